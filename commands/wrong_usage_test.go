package commands

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/commands/failure"
	"github.com/ocompose/ocompose/commands/line"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/cmdline"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// badValues are values that each flag rejects, besides the empty one. A flag without any accepts
// every text, or looks it up later.
var badValues = map[string][]string{
	"annotation":        {"novalue", "=value", " =value", "a b=c", "\x1b=c"},
	"artifact-type":     {"x", "x y", "application/", "/json", "a/b/c", "\x1b[31m/x"},
	"directory":         {"compose.yaml"},
	"dir":               nil,
	"env-file":          nil,
	"file":              nil,
	"format":            {"xml", "{{", "{{.Nope}}", "{{nope}}", "{{json . | nope}}", "JSON", "csv"},
	"image":             {"web", "web=", "=web", "*=r.example/web", "*=r.example/{name}{service}", "web=UPPER", "web=https://r.example/web:1", "web=r.example/web:x?y"},
	"ca-file":           {"absent/folder", "compose.yaml", "."},
	"insecure-registry": {"https://r.example", "r.example/app", "r.example:port", "a b", "r.example,", "r.example:0"},
	"timeout":           {"0", "-1s", "10", "soon", "1y", "1s "},
	"username":          {"alice:secret", "a\x1bb", "a\nb"},
	"progress":          {"fancy", "PLAIN", "tty", "0"},
	"max-size":          {"0", "-1", "lots"},
	"referrers":         {"x", "ALL", "a b", "all,"},
	"since":             {"https://r.example/app:1", "UPPER", "a b"},
	"jobs":              {"0", "-1", "1.5", "many", "1e3", "99999999999999999999", "1001", " 1", "0x10"},
	"listen":            {"5000", "localhost", "localhost:", "localhost:http", "localhost:99999", "127.0.0.1:5000:1"},
	"max-files-size":    {"0", "-1", "lots", "10 apples", "1e400"},
	"output":            {"xml", "JSON", "json ", "yaml"},
	"platform":          {"linux", "linux/", "/amd64", "linux//amd64", "linux/amd64/v1/x", "linux/am d64", "linux/amd64,", ",", "linux/amd64,,linux/arm64", "linux\\amd64"},
	"allow-secret":      nil,
	"exclude":           {""},
	"html":              nil,
	"folder":            {"compose.yaml"},
	"project-name":      {"UPPER", "a b", "-a", "a.b", "ä"},
	"profile":           {"a b", "a,", "ä"},
	"project-directory": {"absent/folder", "compose.yaml"},
	"service":           {"a b", "web,", "a/b"},
	"as":                {"", "UPPER", "https://r.example/app", "r.example", "r.example/app:1", "r.example/app@sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "a b"},
	"locked":            nil,
	"signature":         nil,
	"portable-tag":      {"x?y", "", ".1", "1,2", "r.example/app:1"},
	"tag":               {"x?y", "a b", ".1", "-1", "a/b", "1+2", strings.Repeat("x", 129), "sha256:1", "r.example/app:1"},
}

// badReferences are invalid references to content in a registry.
var badReferences = []string{
	"", " ", "a b", "https://HOST/app:1", "http://HOST/app:1", "docker://HOST/app:1", "docker-daemon:HOST/app:1", "file:///app",
	"HOST", "HOST/", "HOST//app", "HOST/app/", "HOST/Upper:1", "HOST/app:", "HOST/app:x?y", "HOST/app:.1", "HOST/-app", "HOST/$APP:1",
	"HOST/app@", "HOST/app@latest", "HOST/app@sha256:123", "localhost:99999/app", "HOST/app:1:2", "alice:s3cret@HOST/app", ":", "@", "HOST/app:1\n",
}

// together are invalid combinations of flags, for each command.
var together = map[string][]string{
	"push":      {"--dry-run --repair REF", "--no-portable --portable-tag x REF", "REF,", "REF,x?y", "REF,1", "REF,,2", "--max-files-size 1k --without-files REF", "--image web=a --image web=b REF", "--image web=a,web=b REF", "--annotation a=b --annotation a=c REF", "-f - -f - REF", "-f - -u a --password-stdin REF"},
	"attach":    {"--dry-run --repair REF", "--max-files-size 1k --without-files REF", "--image web=a --image web=b REF", "--annotation a=b --annotation a=c REF"},
	"login":     {"--password-stdin HOST", "--username a --identity-token-stdin HOST", "--password-stdin --identity-token-stdin HOST", "HOST"},
	"copy":      {"--referrers all,none REF REF", "--referrers all --referrers a/b REF REF"},
	"load":      {"--engine FILE REF", "FILE", "--platform linux/amd64 FILE REF", "--listen localhost:1 FILE REF", "-d . FILE REF", "--allow-hidden FILE REF"},
	"serve":     {"--dir x FILE", "--demo FILE"},
	"up":        {"--password-stdin REF"},
	"compose":   {"REF", "--offline --update REF ps"},
	"version":   {"--format json --output json"},
	"inspect":   {"--html x --dot REF", "--mermaid --dot REF", "--html x -o json REF", "--format {{.Digest}} -o json REF", "--debug --quiet REF", "--progress plain -q REF", "--username a REF", "--password-stdin REF", "--username a --password-stdin REF", "--username a --password-stdin oci-layout:x"},
	"referrers": {"--all --artifact-type a/b REF"},
	"images":    {"--platform linux/amd64", "-f compose.yaml REF", "--env-file .env REF", "--with-env REF", "--profile a REF", "--project-directory . REF", "--max-files-size 1k --without-files"},
}

// A wrongUsage is an invalid command line and the expected part of its error.
type wrongUsage struct {
	line  []string
	about string
}

// wrongUsages are all commands with all their flags, each used wrongly in every way.
func wrongUsages(t *testing.T, host string) []wrongUsage {
	app := newApp(&terminal.Terminal{})
	all := []wrongUsage{
		{[]string{"nonsense"}, "nonsense"}, {[]string{"PUSH"}, "PUSH"}, {[]string{""}, `""`}, {[]string{"-"}, `"-"`}, {[]string{"--"}, "--"},
		{[]string{"--nonsense"}, "--nonsense"}, {[]string{"--quiet"}, "quiet"}, {[]string{"--jobs"}, "jobs"}, {[]string{"help", "nonsense"}, "nonsense"},
		{[]string{"help", "push", "more"}, "more"}, {[]string{"-x"}, "-x"}, {[]string{"push pull"}, "push pull"},
	}
	for name := range line.OtherCommands() {
		all = append(all, wrongUsage{[]string{name, host + "/app:1"}, "did you mean"})
	}
	// The network flags are the same in all commands, so each is tried in every way only once.
	shared, tried := map[string]bool{"output": true, "quiet": true}, map[string]bool{}
	for _, f := range program.NetworkFlags() {
		shared[f.Names()[0]] = true
	}
	for _, c := range app.Commands {
		names, good := goodArguments(c, host)
		with := func(about string, more ...string) {
			all = append(all, wrongUsage{append(append([]string{c.Name}, more...), good...), about})
		}
		all = append(all, wrongArguments(c.Name, names, good, host)...)
		with("nonsense", "--nonsense")
		with("did you mean|has no flag", "--"+c.Flags[0].Names()[0]+"x")
		with("-Z", "-Z")
		with("two dashes", "-quiet")
		for _, f := range c.Flags {
			bad := wrongFlag(t, line.Flag(f))
			if tried[f.Names()[0]] {
				bad = bad[len(bad)-1:]
			}
			if shared[f.Names()[0]] {
				tried[f.Names()[0]] = true
			}
			for _, bad := range bad {
				with(bad.about, bad.line...)
			}
		}
		for _, line := range together[c.Name] {
			all = append(all, wrongUsage{append([]string{c.Name}, strings.Fields(strings.NewReplacer("REF", host+"/app:1", "HOST", host, "FILE", "compose.yaml").Replace(line))...), "--|-f|standard input|REF|the tag"})
		}
	}
	return all
}

// goodArguments are the names of a command's arguments, and valid arguments.
func goodArguments(c *cli.Command, host string) (names, good []string) {
	names = strings.Fields(c.ArgsUsage)
	for _, name := range names {
		if name == "[REGISTRY]" {
			good = append(good, host)
			continue
		}
		good = append(good, map[string]string{"REPOSITORY": host + "/app", "TAG...": "v2"}[name])
		if last := len(good) - 1; good[last] == "" {
			good[last] = host + "/app:1"
		}
	}
	return names, good
}

// wrongArguments are calls of a command with too few, too many or invalid arguments.
func wrongArguments(command string, names, good []string, host string) []wrongUsage {
	all := []wrongUsage{{append([]string{command}, append(good, "")...), `""|empty`}}
	if len(names) == 0 || !strings.HasSuffix(names[len(names)-1], "...") {
		all = append(all, wrongUsage{append([]string{command}, append(good, "more")...), `"more"`})
	}
	for i, name := range names {
		bad := append([]string{}, badReferences...)
		switch name {
		case "REPOSITORY":
			bad = append(bad, "HOST/app:1", "HOST/app@sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "oci-layout:", "oci-layout:folder:1")
		case "[REGISTRY]":
			bad = []string{"", " ", "https://HOST", "http://HOST/v2/", "HOST/app", "a b", "r_.example", "r.example:port", "alice:s3cret@r.example"}
		case "FILE", "[FILE]", "[ARG]...":
			bad = []string{""}
		case "SHELL":
			bad = []string{"", "sh", "BASH", "bash zsh", "/bin/bash"}
		case "DIR":
			bad = []string{"", "compose.yaml"}
		case "TAG...":
			bad = append([]string{"HOST/other:1", "HOST/app"}, badValues["tag"]...)
		}
		if !strings.HasPrefix(name, "[") {
			all = append(all, wrongUsage{append([]string{command}, good[:i]...), strings.TrimRight(name, ".")})
		}
		for _, bad := range bad {
			args := append([]string{command}, good...)
			args[i+1] = strings.ReplaceAll(bad, "HOST", host)
			all = append(all, wrongUsage{args, "reference|registry|empty|tag|completion|DIR"})
		}
	}
	return all
}

// wrongFlag are wrong ways to use a flag.
func wrongFlag(t *testing.T, f cmdline.Flag) []wrongUsage {
	name := "--" + f.Name
	if f.Kind == cmdline.Switch {
		return []wrongUsage{
			{[]string{name + "=maybe"}, name}, {[]string{name + "="}, name}, {[]string{name, name + "=false"}, name},
		}
	}
	bad, ok := badValues[f.Name]
	require.True(t, ok, "%s: add its invalid values to badValues", name)
	all := []wrongUsage{
		{[]string{name + "="}, name}, {[]string{name, ""}, name}, {[]string{name, "--quiet"}, name}, {[]string{name, "-q"}, name},
	}
	if f.Short != "" {
		all = append(all, wrongUsage{[]string{"-" + f.Short + "="}, name})
	}
	if f.Kind == cmdline.Single {
		all = append(all, wrongUsage{[]string{name + "=a", name + "=b"}, name})
	}
	for _, value := range bad {
		all = append(all, wrongUsage{[]string{name, value}, name}, wrongUsage{[]string{name + "=" + value}, name})
	}
	if f.Kind == cmdline.Multiple || f.Kind == cmdline.List {
		all = append(all, wrongUsage{[]string{name + "=x", name + "=x"}, name})
	}
	return all
}

// TestWrongUsage: every usage error is a few lines on stderr with status 2, without a result,
// before any request to a registry.
func TestWrongUsage(t *testing.T) {
	t.Parallel()
	server := registrytest.Start(t)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "compose.yaml"), []byte("services: {web: {image: "+server.Host+"/web:1}}\n"), 0o644))
	all := wrongUsages(t, server.Host)
	for _, wrong := range all {
		stdout, stderr, status := runProgram(dir, wrong.line...)
		require.Equal(t, failure.ExitUsage, status, "%q\n%s%s", wrong.line, stdout, stderr)
		require.Empty(t, stdout, "%q", wrong.line)
		lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
		require.LessOrEqual(t, len(lines), 3, "%q\n%s", wrong.line, stderr)
		require.Regexp(t, "^ocompose: ", lines[0])
		require.Regexp(t, wrong.about, lines[0], "%q", wrong.line)
		require.NotContains(t, stderr, "s3cret", "%q", wrong.line)
		require.NotContains(t, stderr, "\x1b", "%q", wrong.line)
	}
	require.Empty(t, server.Requests())
	require.Greater(t, len(all), 500)
	t.Logf("%d wrong lines", len(all))
}

// run runs the program in a folder.
func runProgram(dir string, args ...string) (stdout, stderr string, status int) {
	var out, complaints bytes.Buffer
	status = Main(context.Background(), args, terminal.Process{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &complaints, Dir: dir})
	return out.String(), complaints.String(), status
}
