// Package cmdline reads command lines as people write them: flags before the command,
// between its arguments or after them, -fFILE, -qf FILE, --platform a,b. It knows a
// program's commands and flags by name only, and says what is wrong with a line and what
// may have been meant.
//
//	--quiet push -fapp.yaml REF --platform linux/amd64,linux/arm64
//	  │      │     │         │     └ a list: two values
//	  │      │     │         └ an argument
//	  │      │     └ a short flag with its value
//	  │      └ the command
//	  └ a flag of the command, before it
package cmdline
