// Package action is the parent of the packages that implement the commands. They read from
// stores, build the result with package artifact, and write it:
//
//	project ─▶ resolve images ─▶ artifact.NewSpec ──┐
//	                                                ├─▶ artifact.Build ─▶ publish ─▶ store
//	package ─▶ fetch ─▶ artifact.Package.Relocate ──┘
//
// Package session is the base of all others; follow finds referrers; publish pushes, attaches,
// copies and tags; file saves and loads; pull, verify, inspect and remove implement the commands
// of these names. The tests in this folder cover them together.
package action
