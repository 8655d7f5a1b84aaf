//go:build unix

package reliability

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// subjectTag is the tag of the image in each worker's repository that packages are attached to.
const subjectTag = "image"

// worker changes one repository.
type worker struct {
	t              *testing.T
	server         *registrytest.Server
	excused        *excused
	name           string // of the repository
	repo, image    string
	dir, home      string
	random         *rand.Rand
	version        int
	tags           map[string]made
	attached       map[string]bool // by digest; including those without a tag
	left           map[string]bool // uploads that no client can end
	changes        int
	killed, failed int
}

// made is a package.
type made struct {
	version  int
	digest   string
	attached bool
}

// change makes one change, and repeats it until it succeeds.
func (w *worker) change() {
	tag := fmt.Sprintf("t%d", w.random.IntN(5))
	old, there := w.tags[tag]
	w.changes++
	switch n := w.random.IntN(12); {
	case n < 3 && there:
		w.until([]int{0, 3}, "delete", w.repo+":"+tag)
		delete(w.tags, tag)
		if !w.tagged(old.digest) {
			delete(w.attached, old.digest)
		}
	case n < 5 && there:
		to := fmt.Sprintf("t%d", w.random.IntN(5))
		w.until([]int{0}, "copy", w.repo+":"+tag, w.repo+":"+to)
		w.tags[to] = old
	case n < 8:
		w.make(tag, true, "attach", "--tag", tag, w.repo+":"+subjectTag)
	case n < 10:
		w.make(tag, false, "push", "--bundle", w.repo+":"+tag)
	default:
		w.make(tag, false, "push", w.repo+":"+tag)
	}
}

func (w *worker) tagged(digest string) bool {
	for _, m := range w.tags {
		if m.digest == digest {
			return true
		}
	}
	return false
}

// make packages the next version.
func (w *worker) make(tag string, attach bool, args ...string) {
	w.version++
	image := w.image
	if attach {
		image = w.repo + ":" + subjectTag
	}
	text := fmt.Sprintf("services:\n  web: {image: '%s'}\nx-version: %d\n", image, w.version)
	if err := os.WriteFile(filepath.Join(w.dir, "compose.yaml"), []byte(text), 0o600); err != nil {
		w.t.Error(err)
		return
	}
	stdout := w.until([]int{0}, append([]string{args[0], "-o", "json"}, args[1:]...)...)
	var result struct{ Digest string }
	if err := json.Unmarshal([]byte(stdout), &result); err != nil {
		w.t.Errorf("%s: %v: %s", strings.Join(args, " "), err, stdout)
		return
	}
	w.tags[tag] = made{version: w.version, digest: result.Digest, attached: attach}
	if attach {
		w.attached[result.Digest] = true
	}
}

// until runs a command until it has one of the statuses, kills some attempts, and returns the
// output.
func (w *worker) until(statuses []int, args ...string) string {
	for attempt := range 10 {
		var life time.Duration
		if attempt < 3 && w.random.IntN(3) == 0 {
			life = time.Duration(1+w.random.IntN(400)) * time.Millisecond
		}
		status, stdout, stderr := w.run(life, args...)
		w.checkUploads(status < 0, args)
		switch {
		case slices.Contains(statuses, status):
			return stdout
		case status < 0:
			w.killed++
		case attempt == 9:
			w.t.Errorf("%s: status %d: %s", strings.Join(args, " "), status, stderr)
		default:
			w.failed++
		}
	}
	return ""
}

// run runs the program with a time limit. The status is negative if it was killed.
func (w *worker) run(life time.Duration, args ...string) (status int, stdout, stderr string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if life > 0 {
		ctx, cancel = context.WithTimeout(ctx, life)
		defer cancel()
	}
	args = append([]string{args[0], "--timeout", commandTimeout.String()}, args[1:]...)
	cmd := exec.CommandContext(ctx, "ocompose", args...)
	cmd.Dir, cmd.Env = w.dir, tooltest.Environ(w.home)
	var out, err strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &err
	_ = cmd.Run()
	return cmd.ProcessState.ExitCode(), out.String(), err.String()
}

// checkUploads fails if a process that was not killed left open an upload that it knew of.
func (w *worker) checkUploads(killed bool, args []string) {
	open := func() []string {
		return slices.DeleteFunc(w.server.Uploads(w.name), func(id string) bool { return w.left[id] || w.excused.has(id) })
	}
	if killed {
		time.Sleep(200 * time.Millisecond) // for requests in flight
		for _, id := range open() {
			w.left[id] = true
		}
		return
	}
	for range 100 { // a request that the process canceled may still be in progress
		if len(open()) == 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	w.t.Errorf("%s left open %v", strings.Join(args, " "), open())
}
