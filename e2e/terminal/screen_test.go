package terminal

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// A screen is a terminal of a certain size, by tmux. It shows what a person sees of a program that
// moves the cursor and draws lines again.
type screen struct {
	*programtest.Program
	path, socket string
}

// screenSettings configure tmux. The last output in a window is a title, which tmux reads after all
// other output. The window stays open, because tmux may close it before it has read everything.
const screenSettings = `set -g default-terminal screen-256color
set -g history-limit 20000
set -g status off
set-hook -g pane-title-changed 'wait-for -S ended'
`

// newScreen starts a terminal for the program, in its folder and with its environment.
func newScreen(p *programtest.Program, columns, rows int) screen {
	p.T.Helper()
	path := tooltest.Lookup(p.T, "tmux")
	dir, err := os.MkdirTemp("", "tmux") // the path of a socket has to be short
	require.NoError(p.T, err)
	settings := filepath.Join(dir, "tmux.conf")
	require.NoError(p.T, os.WriteFile(settings, []byte(screenSettings), 0o600))
	s := screen{p, path, filepath.Join(dir, "socket")}
	p.Output(path, "-u", "-f", settings, "-S", s.socket, "new-session", "-d", "-x", fmt.Sprint(columns), "-y", fmt.Sprint(rows), "cat")
	p.T.Cleanup(func() {
		out, err := exec.Command(path, "-S", s.socket, "kill-server").CombinedOutput()
		assert.NoError(p.T, err, string(out))
		assert.NoError(p.T, os.RemoveAll(dir))
	})
	return s
}

func (s screen) tmux(args ...string) string {
	s.T.Helper()
	return s.Output(s.path, append([]string{"-S", s.socket}, args...)...)
}

// show runs ocompose to its end, and returns what is seen then.
func (s screen) show(args []string, flags ...string) string {
	s.T.Helper()
	pane := s.start(args...)
	defer s.tmux("kill-pane", "-t", pane)
	s.tmux("wait-for", "ended")
	return s.seen(pane, flags...)
}

// start runs ocompose in a window, below a prompt: tmux keeps what is cleared from the first line on.
func (s screen) start(args ...string) (pane string) {
	s.T.Helper()
	window := []string{"new-window", "-d", "-P", "-F", "#{pane_id}", "-c", s.Dir}
	for _, variable := range s.Env {
		window = append(window, "-e", variable)
	}
	window = append(window, "--", "sh", "-c", `echo '$'; ocompose "$@"; printf '\033]2;ended\033\\'; cat`, "sh")
	return s.tmux(append(window, args...)...)
}

// seen returns what is in a window below the prompt, and what went out at its top. Wrapped lines are joined. Flags are
// those of tmux capture-pane: -e for colors.
func (s screen) seen(pane string, flags ...string) string {
	s.T.Helper()
	captured := s.tmux(append([]string{"capture-pane", "-p", "-J", "-S", "-", "-t", pane}, flags...)...)
	_, captured, _ = strings.Cut(captured, "\n")
	var text strings.Builder
	for line := range strings.Lines(captured) {
		text.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return strings.TrimRight(text.String(), "\n") + "\n"
}
