package reliability

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

const (
	// stormRoundsEnv is the number of rounds on each registry; the default is one.
	stormRoundsEnv = "OCOMPOSE_PUSH_STORM_ROUNDS"
	// stormProcesses is the number of concurrent programs.
	stormProcesses = 32
)

// TestPushStorm has many programs push one project, or attach it, to one repository at the same
// time. Every program that succeeds must be right: its tag points at the complete package, in the
// requested form.
func TestPushStorm(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv(stormRoundsEnv))
	if err != nil {
		if testing.Short() {
			t.Skip("takes seconds")
		}
		rounds = 1
	}
	for _, r := range programtest.Registries() {
		t.Run(r.Name, func(t *testing.T) {
			p := programtest.New(t)
			host := r.Start(t)
			for round := range rounds {
				repo := fmt.Sprintf("%s/round%d", host, round)
				p.WriteShop(repo)
				project := p.Read("compose.yaml")
				for form, args := range map[string]func(i int) []string{
					"loose, one tag":        func(int) []string { return []string{"push", repo + "/loose:1"} },
					"loose, distinct tags":  func(i int) []string { return []string{"push", fmt.Sprintf("%s/tags:%d", repo, i)} },
					"bundle, distinct tags": func(i int) []string { return []string{"push", "--bundle", fmt.Sprintf("%s/bundle:%d", repo, i)} },
					"attach": func(i int) []string {
						return []string{"attach", fmt.Sprintf("--annotation=number=%d-%d", round, i), fmt.Sprintf("--tag=attached-%d", i), repo + "/images/web:1"}
					},
				} {
					made := storm(p, project, args)
					require.Len(t, made, stormProcesses, form)
					for i, reference := range made {
						command := args(i)
						tag := command[len(command)-1]
						if command[0] == "attach" {
							tag = fmt.Sprintf("%s/images/web:attached-%d", repo, i)
						}
						tagged, err := remote.Head(registrytest.Parse(t, tag))
						require.NoError(t, err)
						require.Equal(t, reference[strings.Index(reference, "@")+1:], tagged.Digest.String(), form)
						require.Equal(t, types.OCIImageIndex, tagged.MediaType, form)
					}
				}
				listed := strings.Fields(p.OK("referrers", "-q", repo+"/images/web:1"))
				require.Len(t, listed, stormProcesses*(1+len(programtest.Platforms())))
			}
		})
	}
}

// storm runs ocompose many times concurrently, with a project on standard input, and returns the
// output of each. All must succeed.
func storm(p *programtest.Program, project string, args func(i int) []string) []string {
	p.T.Helper()
	var err error
	ctx, cancel := context.WithTimeout(p.T.Context(), programtest.Patience)
	defer cancel()
	type process struct {
		cmd            *exec.Cmd
		stdin          io.WriteCloser
		stdout, stderr bytes.Buffer
	}
	processes := make([]*process, stormProcesses)
	for i := range processes {
		running := &process{cmd: exec.CommandContext(ctx, "ocompose", append(args(i), "-f", "-")...)}
		running.cmd.Dir, running.cmd.Env = p.Dir, tooltest.Environ(p.Home, p.Env...)
		running.cmd.Stdout, running.cmd.Stderr = &running.stdout, &running.stderr
		running.stdin, err = running.cmd.StdinPipe()
		require.NoError(p.T, err)
		require.NoError(p.T, running.cmd.Start())
		processes[i] = running
	}
	for _, running := range processes {
		_, err := io.WriteString(running.stdin, project)
		require.NoError(p.T, err)
	}
	for _, running := range processes { // they wait for the end of their input
		require.NoError(p.T, running.stdin.Close())
	}
	var made []string
	for _, running := range processes {
		err := running.cmd.Wait()
		require.NoError(p.T, err, "%s\n%s", running.cmd, &running.stderr)
		made = append(made, strings.TrimSpace(running.stdout.String()))
	}
	return made
}
