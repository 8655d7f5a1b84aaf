//go:build !unix

package artifact

import (
	"os"
	"time"
)

// abandonedAfter is the age at which a staging folder is taken for one of a process that
// is gone, where folders can't be locked.
const abandonedAfter = 24 * time.Hour

func lock(*os.File) bool { return true }

// isAbandoned tells whether the process is gone that made a staging folder.
func isAbandoned(_ *os.File, changed time.Time) bool { return time.Since(changed) > abandonedAfter }
