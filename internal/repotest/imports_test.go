package repotest

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// depguardRule is a rule of depguard in .golangci.yml.
type depguardRule struct {
	Files []string `yaml:"files"`
	Allow []string `yaml:"allow"`
	Deny  []struct {
		Package string `yaml:"pkg"`
	} `yaml:"deny"`
}

// TestImportRules: depguard checks only packages with a rule, so each package needs one that
// denies imports from this module, and each rule needs an existing package.
func TestImportRules(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(root, ".golangci.yml"))
	require.NoError(t, err)
	packages := map[string]bool{}
	for _, f := range files(t) {
		if f.production() {
			packages[path.Dir(f.path)] = true
		}
	}
	require.Empty(t, importRuleProblems(t, raw, packages))

	require.Equal(t, []string{
		"b: a new package needs a rule in .golangci.yml",
		"c: its rule does not deny " + module,
		"d: its rule is for other files",
		"e: its rule allows gone, which is not a package of this module",
		"gone: the rule's package does not exist",
	}, importRuleProblems(t, []byte(`
linters: {settings: {depguard: {rules: {
  a: {files: ["${config-path}/a/*.go"], deny: &own [{pkg: github.com/ocompose/ocompose}], allow: [github.com/ocompose/ocompose/e$]},
  c: {files: ["${config-path}/c/*.go"], deny: [{pkg: net/http}]},
  d: {files: ["${config-path}/e/*.go"], deny: *own},
  e: {files: ["${config-path}/e/*.go"], deny: *own, allow: [github.com/ocompose/ocompose/gone$]},
  gone: {files: ["${config-path}/gone/*.go"], deny: *own},
  some-library: {files: ["!${config-path}/a/*.go"], deny: [{pkg: example.com/library}]}
}}}}`), map[string]bool{"a": true, "b": true, "c": true, "d": true, "e": true}))
}

// importRuleProblems compares the rules that are named after packages with the existing packages.
func importRuleProblems(t *testing.T, config []byte, packages map[string]bool) []string {
	t.Helper()
	var parsed struct {
		Linters struct {
			Settings struct {
				Depguard struct {
					Rules map[string]depguardRule `yaml:"rules"`
				} `yaml:"depguard"`
			} `yaml:"settings"`
		} `yaml:"linters"`
	}
	require.NoError(t, yaml.Unmarshal(config, &parsed))
	rules := parsed.Linters.Settings.Depguard.Rules
	require.NotEmpty(t, rules)

	var problems []string
	for dir := range packages {
		name, glob := dir, dir+"/*.go"
		if dir == "." {
			name, glob = "main", "*.go"
		}
		rule, ok := rules[name]
		switch {
		case !ok:
			problems = append(problems, name+": a new package needs a rule in .golangci.yml")
		case !slices.Equal(rule.Files, []string{"${config-path}/" + glob}):
			problems = append(problems, name+": its rule is for other files")
		case !rule.denies(module):
			problems = append(problems, name+": its rule does not deny "+module)
		}
	}
	for name, rule := range rules {
		if rule.denies(module) && !packages[name] && name != "main" {
			problems = append(problems, name+": the rule's package does not exist")
		}
		for _, allowed := range rule.Allow {
			dir := strings.TrimSuffix(strings.TrimPrefix(allowed, module+"/"), "$")
			if !packages[dir] || !strings.HasSuffix(allowed, "$") {
				problems = append(problems, name+": its rule allows "+dir+", which is not a package of this module")
			}
		}
	}
	slices.Sort(problems)
	return problems
}

func (r depguardRule) denies(pkg string) bool {
	for _, d := range r.Deny {
		if d.Package == pkg {
			return true
		}
	}
	return false
}
