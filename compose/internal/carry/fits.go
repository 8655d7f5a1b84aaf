package carry

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/mounts"
)

// maxMounted limits the files of one mount.
const maxMounted = 1000

// fits reports whether the files of a mount are within the limits for number and total size. If
// they are not, that is an error: the application would lack them, unless the user decides that
// the host provides them.
func (c *carrier) fits(m mounts.Mount, name string, all []found) bool {
	var total, rest int64
	for _, f := range all {
		total += f.size
		if _, taken := c.carried[c.name(f.path)]; !taken {
			rest += f.size
		}
	}
	var limit string
	switch {
	case len(all) > maxMounted:
		limit = fmt.Sprintf("the limit is %d files for each mount, and no flag raises it", maxMounted)
	case rest > c.left && c.left < c.MaxFilesSize:
		limit = fmt.Sprintf("the limit is %s for all mounts together, of which other mounts have %s (--max-files-size raises it)", mebibytes(c.MaxFilesSize), mebibytes(c.MaxFilesSize-c.left))
	case rest > c.left:
		limit = fmt.Sprintf("the limit is %s for all mounts together (--max-files-size raises it)", mebibytes(c.MaxFilesSize))
	default:
		return true
	}
	size := mebibytes(total)
	if m.Path != all[0].path {
		slices.SortStableFunc(all, func(a, b found) int { return cmp.Compare(b.size, a.size) })
		var largest []string
		for _, f := range all[:min(len(all), 3)] {
			largest = append(largest, fmt.Sprintf("%s (%s)", c.name(f.path), mebibytes(f.size)))
		}
		files := "files"
		if len(all) == 1 {
			files = "file"
		}
		size = fmt.Sprintf("%d %s with %s, the largest %s", len(all), files, size, strings.Join(largest, ", "))
	}
	c.failMount(m, name, errors.New("it has "+size+"; "+limit+". --exclude "+name+" leaves it to the deployment host"))
	return false
}

// mebibytes formats a number of bytes.
func mebibytes(n int64) string {
	switch {
	case n == 1:
		return "1 byte"
	case n < 1<<20/10:
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
