package cmdline

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// program is a small program with a flag of each kind.
func program() Program {
	quiet := Flag{Name: "quiet", Short: "q"}
	jobs := Flag{Name: "jobs", Kind: Single}
	return Program{
		Commands: []Command{
			{Name: "push", Flags: []Flag{quiet, jobs, {Name: "bundle"}, {Name: "file", Short: "f", Kind: Multiple}, {Name: "platform", Kind: List}, {Name: "project-directory", Kind: Single}}},
			{Name: "copy", Flags: []Flag{quiet, jobs, {Name: "bundle"}}},
			{Name: "pull", Flags: []Flag{quiet, {Name: "platform", Kind: Single}, {Name: "directory", Short: "d", Kind: Single}, {Name: "force"}}},
			{Name: "referrers"},
		},
		OtherCommands: map[string]string{"publish": "push", "cp": "copy"},
		OtherFlags:    map[string][]string{"app": {"--bundle"}, "concurrency": {"--jobs N"}, "insecure": {"--plain-http"}, "debug": {"a debugger"}},
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"":                    " []",
		"help":                "help",
		"-h":                  "help",
		"--help":              "help",
		"help push":           "help push",
		"help -h push":        "help push",
		"--help push":         "help push",
		"push --help":         "help push",
		"push A B -h":         "help push",
		"push --nonsense -h":  "help push",
		"push -q=maybe A -h":  "help push",
		"--quiet push -h":     "help push",
		"--quiet --help push": "help push",

		"push":                        "push []",
		"push REF":                    "push [REF]",
		"push -- -f":                  "push [-f]",
		"push -- REF -- --bundle":     "push [REF -- --bundle]",
		"push - REF":                  "push [- REF]",
		"push REF -f a.yaml":          "push file=a.yaml [REF]",
		"push --file=a.yaml REF -q":   "push file=a.yaml quiet=true [REF]",
		"push -fa.yaml REF":           "push file=a.yaml [REF]",
		"push -f=a.yaml REF":          "push file=a.yaml [REF]",
		"push -qf a.yaml REF":         "push quiet=true file=a.yaml [REF]",
		"push -qfa.yaml REF":          "push quiet=true file=a.yaml [REF]",
		"push -q=false REF":           "push quiet=false [REF]",
		"push -f - REF":               "push file=- [REF]",
		"push -f a -f b REF":          "push file=a file=b [REF]",
		"push -f a,b REF":             "push file=a,b [REF]",
		"push --platform a,b REF":     "push platform=a platform=b [REF]",
		"push --platform=a --bundle":  "push platform=a bundle=true []",
		"push --bundle=true REF":      "push bundle=true [REF]",
		"push --bundle --bundle":      "push bundle=true []",
		"push --project-directory=-f": "push project-directory=-f []",
		"copy A --jobs -1 B":          "copy jobs=-1 [A B]",

		"--quiet push REF":           "push quiet=true [REF]",
		"-q --jobs 3 push REF":       "push quiet=true jobs=3 [REF]",
		"-fa.yaml push REF":          "push file=a.yaml [REF]",
		"--platform a,b push REF":    "push platform=a platform=b [REF]",
		"--platform a push --jobs 1": "push platform=a jobs=1 []",
	} {
		got, err := program().Parse(strings.Fields(line))
		require.NoError(t, err, "%q", line)
		require.Equal(t, want, written(got), "%q", line)
	}
}

// written formats a parsed line.
func written(l Line) string {
	if l.Help {
		return strings.TrimSpace("help " + l.Command)
	}
	words := []string{l.Command}
	for _, s := range l.Settings {
		words = append(words, s.Name+"="+s.Value)
	}
	return strings.Join(append(words, "["+strings.Join(l.Args, " ")+"]"), " ")
}

func TestParseRejects(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"pusch":              `there is no command "pusch": did you mean push?`,
		"psuh REF":           `there is no command "psuh": did you mean push?`,
		"PUSH":               `there is no command "PUSH": did you mean push?`,
		"publish":            `there is no command "publish": did you mean push?`,
		"cp A B":             `there is no command "cp": did you mean copy?`,
		"referrer":           `there is no command "referrer": did you mean referrers?`,
		"start":              `there is no command "start"`,
		"x":                  `there is no command "x"`,
		"help nope":          `there is no command "nope"`,
		"help push copy":     `help: unexpected argument "copy"`,
		"help --bundle":      `help expects the name of a command, not --bundle`,
		"--":                 `there is no flag --`,
		"--nonsense":         `there is no flag --nonsense`,
		"--quiet":            `the command is missing after --quiet`,
		"--directory . push": `push has no flag --directory`,
		"--bundle pull REF":  `pull has no flag --bundle`,

		"--platform a,b pull":        `--platform accepts only one value for pull`,
		"push --nonsense REF":        `push has no flag --nonsense`,
		"push --":                    "",
		"push --plaftorm a REF":      `push has no flag --plaftorm: did you mean --platform?`,
		"push --projectdirectory=.":  `push has no flag --projectdirectory: did you mean --project-directory?`,
		"push --project_directory=.": `push has no flag --project_directory: did you mean --project-directory?`,
		"push --app REF":             `push has no flag --app: did you mean --bundle?`,
		"push --concurrency=3 REF":   `push has no flag --concurrency: did you mean --jobs N?`,
		"push --debug REF":           `push has no flag --debug: did you mean a debugger?`,
		"push --insecure REF":        `push has no flag --insecure`,
		"pull --app REF":             `pull has no flag --app`,
		"push -x REF":                `push has no flag -x`,
		"push -qx REF":               `push has no flag -qx`,
		"push -file a REF":           `a flag with a long name has two dashes: did you mean --file?`,
		"push -platform=a REF":       `a flag with a long name has two dashes: did you mean --platform?`,
		"push --f a REF":             `push has no flag --f`,
		"push --=a REF":              `push has no flag --`,

		"push REF -f":                      `-f needs a value`,
		"push --project-directory -q":      `--project-directory needs a value`,
		"push --jobs --bundle REF":         `--jobs needs a value`,
		"push --platform -- REF":           `--platform needs a value`,
		"push --jobs= REF":                 `--jobs has an empty value`,
		"push -f= REF":                     `--file has an empty value`,
		"push --platform a,,b REF":         `--platform has an empty value`,
		"push --platform a, REF":           `--platform has an empty value`,
		"push --platform=, REF":            `--platform has an empty value`,
		"push --bundle= REF":               `--bundle=: the flag is a switch: its value can only be true or false`,
		"push --bundle=maybe REF":          `--bundle=maybe: the flag is a switch: its value can only be true or false`,
		"push -q=x REF":                    `-q=x: the flag is a switch: its value can only be true or false`,
		"push --bundle --bundle=false":     `--bundle is set both to true and to false`,
		"push --jobs 1 --jobs 2":           `--jobs is given twice, with "1" and "2", but accepts only one value`,
		"--jobs 1 push --jobs 1":           `--jobs is given twice, with "1" and "1", but accepts only one value`,
		"push -f a --file=a":               `--file a is given twice`,
		"push --platform a,b --platform=a": `--platform a is given twice`,
	} {
		_, err := program().Parse(strings.Fields(line))
		if want == "" {
			require.NoError(t, err, "%q", line)
			continue
		}
		require.EqualError(t, err, want, "%q", line)
		var e *Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, strings.Contains(want, "did you mean"), e.Suggests, "%q", line)
	}
	_, err := program().Parse([]string{"push", "--jobs", "", "REF"})
	require.EqualError(t, err, "--jobs has an empty value")
}

// FuzzParse: any line is parsed or rejected, and the parts of a parsed line belong to the
// program.
func FuzzParse(f *testing.F) {
	f.Add("push\x00-qfa.yaml\x00REF")
	f.Add("--quiet\x00copy\x00--\x00-x")
	f.Fuzz(func(t *testing.T, text string) {
		p := program()
		line, err := p.Parse(strings.Split(text, "\x00"))
		if err != nil {
			var e *Error
			require.ErrorAs(t, err, &e)
			return
		}
		c, ok := p.command(line.Command)
		require.True(t, ok || line.Command == "")
		for _, s := range line.Settings {
			_, ok := c.flag(s.Name)
			require.True(t, ok, s.Name)
			require.NotEmpty(t, s.Value)
		}
	})
}
