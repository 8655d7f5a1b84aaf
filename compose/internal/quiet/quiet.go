// Package quiet suppresses compose-go's log output. The library logs warnings to the global
// logger.
package quiet

import (
	"io"
	"sync"

	"github.com/sirupsen/logrus"
)

var logging struct {
	sync.Mutex
	users int
	out   io.Writer
}

// Quiet turns the log off until restore is called. It is safe for concurrent use.
func Quiet() (restore func()) {
	logging.Lock()
	defer logging.Unlock()
	logger := logrus.StandardLogger()
	if logging.users++; logging.users == 1 {
		logging.out = logger.Out
		logger.SetOutput(io.Discard)
	}
	return func() {
		logging.Lock()
		defer logging.Unlock()
		if logging.users--; logging.users == 0 {
			logger.SetOutput(logging.out)
		}
	}
}
