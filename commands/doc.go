// Package commands is the command line of ocompose. A command has one file: it
// reads its flags, makes one call and prints what came of it.
//
// The result goes to stdout and nothing else does; the exit status tells what
// kind of failure there was. docs/cli.md is the contract.
package commands

//go:generate go run ../hack/docs ../docs/commands.md ../docs/schema ../docs/images
