package secret

import (
	"regexp"
	"sync"
)

// lazy returns a function that compiles a regular expression when it is first called. Most
// commands judge nothing, and compiling all expressions takes longer than starting.
func lazy(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
