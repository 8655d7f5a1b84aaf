package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// TestBuiltProgram builds the program like make and runs it. The other tests run the same code,
// but in a test binary.
func TestBuiltProgram(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ocompose")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=auto", "-o", path, ".")
	build.Dir, build.Env = "..", append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)

	p := programtest.New(t)
	require.Regexp(t, `^ocompose \S+, commit \S+, `+runtime.Version()+`, `+runtime.GOOS+`/`+runtime.GOARCH+`$`, p.Output(path, "version"))
	host := registrytest.Start(t).Host
	p.WriteShop(host)
	require.Equal(t, p.OK("push", host+"/apps/shop:1"), p.Output(path, "push", host+"/apps/shop:2"))
	end := p.Exec(path, "inspect", host+"/apps/none:1")
	require.Equal(t, 3, end.Status)
	require.Empty(t, end.Stdout)
	require.NotEmpty(t, end.Stderr)
}
