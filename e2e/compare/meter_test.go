package compare

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// meterVariable makes the test binary a small program that runs another one and reports its
// memory and processor time. A process forked from a large one would include the memory of that
// one.
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
	u := usage{
		Memory:    peakMemory(c.ProcessState),
		Processor: c.ProcessState.UserTime() + c.ProcessState.SystemTime(),
	}
	text, err := json.Marshal(u)
	if err != nil {
		return err
	}
	return os.WriteFile(report, text, 0o600)
}

// usage is the resource usage of a process.
type usage struct {
	Memory    int64         // at its peak, in bytes; 0 if the system does not report it
	Processor time.Duration // of all cores, in user and kernel mode
}

// readMeter reads a report.
func readMeter(t *testing.T, report string) usage {
	t.Helper()
	text, err := os.ReadFile(report)
	require.NoError(t, err)
	var u usage
	require.NoError(t, json.Unmarshal(text, &u))
	return u
}
