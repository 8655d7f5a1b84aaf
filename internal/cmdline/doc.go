// Package cmdline parses command lines as people write them: flags before the command,
// between its arguments or after them, -fFILE, -qf FILE, --platform a,b. It knows only the
// names of a program's commands and flags, and its errors suggest corrections.
//
//	--quiet push -fapp.yaml REF --platform linux/amd64,linux/arm64
//	  │      │     │         │     └ a list: two values
//	  │      │     │         └ an argument
//	  │      │     └ a short flag with its value
//	  │      └ the command
//	  └ a flag of the command, before it
package cmdline
