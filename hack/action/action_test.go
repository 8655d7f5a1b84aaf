// Package action has only tests: they run the steps of action.yml as GitHub does.
package action

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// definition is the part of action.yml that a runner reads.
type definition struct {
	Inputs map[string]struct {
		Default string `yaml:"default"`
	} `yaml:"inputs"`
	Outputs map[string]struct {
		Value string `yaml:"value"`
	} `yaml:"outputs"`
	Runs struct {
		Steps []struct {
			ID               string            `yaml:"id"`
			If               string            `yaml:"if"`
			Run              string            `yaml:"run"`
			WorkingDirectory string            `yaml:"working-directory"`
			Env              map[string]string `yaml:"env"`
		} `yaml:"steps"`
	} `yaml:"runs"`
}

var expression = regexp.MustCompile(`\$\{\{ ([\w.-]+) \}\}`)

// runner runs the action in a workspace.
type runner struct {
	releases  string // the URL of the releases
	workspace string
}

// run runs the steps with the inputs, and returns their outputs and log.
func (r runner) run(t *testing.T, inputs map[string]string) (outputs map[string]string, log string, err error) {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	raw, err := os.ReadFile(filepath.Join(root, "action.yml"))
	require.NoError(t, err)
	var action definition
	require.NoError(t, yaml.Unmarshal(raw, &action))

	values := map[string]string{}
	for name, input := range action.Inputs {
		values["inputs."+name] = input.Default
	}
	for name, value := range inputs {
		require.Contains(t, values, "inputs."+name)
		values["inputs."+name] = value
	}
	expand := func(text string) string {
		return expression.ReplaceAllStringFunc(text, func(match string) string {
			return values[expression.FindStringSubmatch(match)[1]]
		})
	}

	temp := t.TempDir()
	path, printed := os.Getenv("PATH"), ""
	for i, step := range action.Runs.Steps {
		if name, ok := strings.CutSuffix(step.If, " != ''"); ok && values[name] == "" {
			continue
		}
		outputFile, pathFile := filepath.Join(temp, fmt.Sprint("output", i)), filepath.Join(temp, fmt.Sprint("path", i))
		cmd := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step.Run)
		cmd.Dir = filepath.Join(r.workspace, expand(step.WorkingDirectory))
		cmd.Env = append(os.Environ(), "PATH="+path, "GITHUB_ACTION_PATH="+root, "GITHUB_OUTPUT="+outputFile, "GITHUB_PATH="+pathFile,
			"RUNNER_TEMP="+temp, "RUNNER_OS=Linux", "RUNNER_ARCH="+map[string]string{"amd64": "X64", "arm64": "ARM64"}[runtime.GOARCH],
			"OCOMPOSE_RELEASES="+r.releases)
		for name, value := range step.Env {
			cmd.Env = append(cmd.Env, name+"="+expand(value))
		}
		out, err := cmd.CombinedOutput()
		printed += string(out)
		if err != nil {
			return nil, printed, err
		}
		for line := range strings.Lines(read(t, pathFile)) {
			path = strings.TrimSpace(line) + string(os.PathListSeparator) + path
		}
		for line := range strings.Lines(read(t, outputFile)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			values["steps."+step.ID+".outputs."+name] = value
		}
	}
	outputs = map[string]string{}
	for name, output := range action.Outputs {
		outputs[name] = expand(output.Value)
	}
	return outputs, printed, nil
}

// read returns the content of a file, or "" if it does not exist.
func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if !os.IsNotExist(err) {
		require.NoError(t, err)
	}
	return string(content)
}

// A site serves files by path.
type site struct{ files sync.Map }

func (s *site) get(path string) []byte {
	content, _ := s.files.Load(path)
	return content.([]byte)
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, ok := s.files.Load(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(content.([]byte))
}

// release serves a release like GitHub, with the current ocompose, and returns its URL and the
// site that serves it.
func release(t *testing.T) (address string, files *site) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the steps run as on a Linux runner")
	}
	program := filepath.Join(t.TempDir(), "ocompose")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", program, "../..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	content, err := os.ReadFile(program)
	require.NoError(t, err)

	var archive bytes.Buffer
	compressed := gzip.NewWriter(&archive)
	w := tar.NewWriter(compressed)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "ocompose", Mode: 0o755, Size: int64(len(content))}))
	_, err = w.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, compressed.Close())

	name := "ocompose_1.2.3_linux_" + runtime.GOARCH + ".tar.gz"
	checksums := fmt.Appendf(nil, "%s  ocompose_1.2.3_plan9_%s.tar.gz\n%x  %s\n", strings.Repeat("0", 64), runtime.GOARCH, sha256.Sum256(archive.Bytes()), name)
	files = &site{}
	for _, version := range []string{"/latest/download/", "/download/v1.2.3/"} {
		files.files.Store(version+"checksums.txt", checksums)
		files.files.Store(version+name, archive.Bytes())
	}
	server := httptest.NewServer(files)
	t.Cleanup(server.Close)
	return server.URL, files
}

func TestAction(t *testing.T) {
	t.Parallel()
	address, _ := release(t)
	registry := registrytest.Start(t)
	registrytest.PushImage(t, registry.Host+"/images/web:1", registrytest.ImageSpec{Platforms: []string{"linux/amd64"}})
	workspace := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(workspace, "deploy"), 0o755))
	compose := "services:\n  web:\n    image: " + registry.Host + "/images/web:1\n"
	require.NoError(t, os.WriteFile(filepath.Join(workspace, "deploy", "my app.yaml"), []byte(compose), 0o600))
	r := runner{address, workspace}

	outputs, log, err := r.run(t, map[string]string{
		"reference": registry.Host + "/apps/shop:1", "working-directory": "deploy", "args": "-f\nmy app.yaml\n\n--bundle\n",
	})
	require.NoError(t, err, log)
	require.Regexp(t, `^sha256:[0-9a-f]{64}$`, outputs["digest"])
	require.Equal(t, registry.Host+"/apps/shop@"+outputs["digest"], outputs["reference"])
	require.Contains(t, log, outputs["reference"])

	outputs, log, err = r.run(t, map[string]string{"version": "v1.2.3"})
	require.NoError(t, err, log)
	require.Equal(t, map[string]string{"digest": "", "reference": ""}, outputs, "nothing is pushed without a reference")
	require.Contains(t, log, "ocompose")
}

func TestActionRejectsOtherArchives(t *testing.T) {
	t.Parallel()
	address, files := release(t)
	r := runner{address, t.TempDir()}
	name := "/latest/download/ocompose_1.2.3_linux_" + runtime.GOARCH + ".tar.gz"
	files.files.Store(name, append(bytes.Clone(files.get(name)), 0))
	_, log, err := r.run(t, nil)
	require.Error(t, err)
	require.Contains(t, log, "::error::installing ocompose latest: ocompose_1.2.3_linux_"+runtime.GOARCH+".tar.gz has the SHA-256")

	_, log, err = r.run(t, map[string]string{"version": "9.9.9"})
	require.Error(t, err)
	require.Contains(t, log, "::error::installing ocompose 9.9.9: getting "+address+"/download/v9.9.9/checksums.txt")

	files.files.Store("/latest/download/checksums.txt", []byte(""))
	_, log, err = r.run(t, nil)
	require.Error(t, err)
	require.Contains(t, log, "the release has no archive for linux_"+runtime.GOARCH)
}
