package compare

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// meterVariable makes the test binary a small program that runs another one and
// writes down how much memory that took. A process that was forked from a large
// one counts the large one's memory as its own.
const meterVariable = "OCOMPOSE_METER"

// meter runs a command under the meter, which writes to the report.
func meter(ctx context.Context, report string, args []string) *exec.Cmd {
	c := exec.CommandContext(ctx, os.Args[0], args...)
	c.Env = append(os.Environ(), meterVariable+"="+report)
	return c
}

// runMetered is the meter: it runs the command of its arguments.
func runMetered(report string) error {
	c := exec.Command(os.Args[1], os.Args[2:]...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	if err := os.Unsetenv(meterVariable); err != nil {
		return err
	}
	if err := c.Run(); err != nil {
		return err
	}
	peak := c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	return os.WriteFile(report, []byte(strconv.FormatInt(peak, 10)), 0o600)
}

// readMeter reads a report: the peak memory in bytes.
func readMeter(t *testing.T, report string) int64 {
	t.Helper()
	text, err := os.ReadFile(report)
	require.NoError(t, err)
	peak, err := strconv.ParseInt(string(text), 10, 64)
	require.NoError(t, err)
	return peak
}
