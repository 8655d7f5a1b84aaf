package e2e

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ocompose/ocompose/internal/tooltest"
)

var update = flag.Bool("update", false, "update the expected output of the scripts")

// TestScript runs the contract of the command line.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, ".home")
			env.Setenv("HOME", home)
			if compose, err := tooltest.Find("docker-compose"); err == nil {
				env.Setenv("PATH", env.Getenv("PATH")+string(os.PathListSeparator)+filepath.Dir(compose))
			}
			env.Setenv("DOCKER_CONFIG", filepath.Join(home, ".docker"))
			env.Setenv("XDG_RUNTIME_DIR", filepath.Join(home, ".run"))
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(home, ".config"))
			env.Values[scriptKey{}] = &script{t: env.T().(testing.TB), home: home}
			return os.MkdirAll(filepath.Join(home, ".docker"), 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"registry":  command((*script).registry),
			"image":     command((*script).image),
			"artifact":  command((*script).artifact),
			"index":     command((*script).index),
			"signature": command((*script).signature),
			"login":     command((*script).login),
			"fault":     command((*script).fault),
			"requests":  command((*script).requests),
			"digest":    command((*script).digest),
			"manifest":  command((*script).manifest),
			"tags":      command((*script).tags),
			"copied":    command((*script).copied),
			"remove":    command((*script).remove),
			"status":    command((*script).status),
			"interrupt": command((*script).interrupt),
			"json":      command((*script).json),
			"expand":    command((*script).expand),
			"save":      command((*script).save),
			"normal":    command((*script).normal),
			"plain":     command((*script).plain),
		},
	})
}

type scriptKey struct{}

// command makes a script command of a method. It can't be negated.
func command(run func(*script, *testscript.TestScript, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg {
			ts.Fatalf("this command can't be negated")
		}
		run(ts.Value(scriptKey{}).(*script), ts, args)
	}
}

// need ends the script if its line has too few arguments.
func need(ts *testscript.TestScript, args []string, n int, usage string) {
	if len(args) < n {
		ts.Fatalf("usage: %s", usage)
	}
}
