// Package quiet keeps compose-go's log off standard error. The library warns by way of
// the logger that belongs to the whole process.
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

// Quiet turns the log off until the returned function is called. Several callers may
// ask for it at the same time.
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
