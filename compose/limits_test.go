package compose

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLimits: small files that would cost the loader minutes or gigabytes are rejected, in a
// project and in a composition from a registry. Without the limits, this test does not end.
func TestLimits(t *testing.T) {
	t.Parallel()
	each := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	web := "services:\n  web:\n    image: a\n"
	for name, test := range map[string]struct{ content, want string }{
		"ranges of ports":          {web + "    ports:\n" + each(20, "    - \"1-65535\" # %d\n"), "compose.yaml:3: the project has more than 25000 ports"},
		"a range in many services": {"x: &x {ports: ['1-20000']}\nservices:\n" + each(20, "  s%d: {image: a, <<: *x}\n"), "more than 25000 ports"},
		"an extended range":        {"services:\n  s: {image: a, ports: ['1-20000']}\n" + each(20, "  s%d: {extends: s}\n"), "more than 25000 ports"},
		"nested variables":         {web + "    hostname: '" + strings.Repeat("${A:-", 8000) + strings.Repeat("}", 8000) + "'\n", "too many variables in long strings"},
		"many variables":           {web + "    hostname: '" + strings.Repeat("${A}", 20000) + "'\n", "too many variables in long strings"},
		"a chain of extends":       {"services:\n  s0: {image: a}\n" + chain(200), "a chain of extends has more than 100 services"},
		"an extended service":      {"services:\n  s: {image: a, labels: [" + each(1000, "a%d=b, ") + "]}\n" + each(100, "  s%d: {extends: s}\n"), "more than 50000 values"},
		"aliases of aliases":       {"x0: &a0 [1]\n" + doubled(20) + web, "more than 50000 values with its aliases expanded"},
		"lists in lists":           {"x: " + strings.Repeat("[", 500) + strings.Repeat("]", 500) + "\n" + web, "compose.yaml:1: values are nested more than 100 deep"},
		"aliases in each other":    {"x0: &a0 [1]\n" + nested(150) + web, "values are nested more than 100 deep"},
		"a long mapping":           {"x:\n" + each(5000, "  a%d: b\n") + web, "a list or mapping has more than 4000 entries"},
		"a long key":               {"x:\n  ? '" + strings.Repeat("a", 1<<20) + "'\n  : b\n" + web, "more than 50000 values"},
		"long keys":                {"x:\n" + each(3000, "  ? 'a%d"+strings.Repeat("a", 400)+"'\n  : b\n") + web, "more than 50000 values"},
		"services":                 {"services:\n" + each(2500, "  s%d: {image: a}\n"), "more than 2000 services"},
		"volumes":                  {"services:\n  s: {image: a, volumes: [" + each(1000, "'/a:/b%d', ") + "]}\n" + each(5, "  s%d: {extends: s}\n"), "more than 3000 volumes"},
		"documents":                {strings.Repeat("---\n"+web, 101), "more than 100 documents"},
		"a long command":           {web + "    command: " + strings.Repeat("a", 140<<10) + "\n", "commands of the project are longer than 131072 bytes"},
		"a long command of hook":   {web + "    post_start: [{command: " + strings.Repeat("a", 140<<10) + "}]\n", "commands of the project are longer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Load(t.Context(), Options{WorkDir: writeFiles(t, map[string]string{"compose.yaml": test.content})})
			require.ErrorContains(t, err, test.want)
			_, err = Open(t.Context(), []File{{Name: "compose.yaml", Content: []byte(test.content)}}, nil)
			require.ErrorContains(t, err, test.want)
		})
	}
}

// chain is a chain of services, each of which extends the one before.
func chain(n int) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "  s%d: {extends: s%d}\n", i, i-1)
	}
	return b.String()
}

// doubled are lists that contain the one before twice.
func doubled(n int) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "x%d: &a%d [*a%d, *a%d]\n", i, i, i-1, i-1)
	}
	return b.String()
}

// nested are lists that contain the one before.
func nested(n int) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "x%d: &a%d [*a%d]\n", i, i, i-1)
	}
	return b.String()
}

// TestWithinLimits: sizes of real projects are accepted.
func TestWithinLimits(t *testing.T) {
	t.Parallel()
	script := strings.Repeat("echo $${HOME} $$1 and more text in a line\n        ", 1000)
	_, err := Load(t.Context(), Options{WorkDir: writeFiles(t, map[string]string{"compose.yaml": "services:\n  web:\n    image: a\n    ports: ['10000-20000:10000-20000/udp']\n" +
		"configs:\n  c:\n    content: |\n        " + script + "${A:-b}\n"})})
	require.NoError(t, err)
}

// TestEnvFileLimits: small env files whose values grow with every line are rejected.
func TestEnvFileLimits(t *testing.T) {
	t.Parallel()
	grows := func(format string) string {
		var b strings.Builder
		b.WriteString("A0=0123456789\n")
		for i := range 40 {
			fmt.Fprintf(&b, format+"\n", i+1, i)
		}
		return b.String()
	}
	const expanded, work = "more than 8 MiB with their variables replaced", "more variables in long values"
	web := "services:\n  web: {image: a}\n"
	for name, test := range map[string]struct{ env, want string }{
		"plain":                   {grows("A%d=${A%[2]d}${A%[2]d}"), expanded},
		"without braces":          {grows("A%d=$A%[2]d$A%[2]d"), expanded},
		"in quotes":               {grows("A%d=\"${A%[2]d}\n${A%[2]d}\""), expanded},
		"over lines":              {grows("A%d=\"${A%[2]d}\nX=1\n${A%[2]d}\""), expanded},
		"exported":                {grows("export A%d: ${A%[2]d}${A%[2]d}"), expanded},
		"in defaults":             {grows("A%d=${X:-${A%[2]d}${A%[2]d}}"), expanded},
		"in alternatives":         {grows("A%d=${A0:+${A%[2]d}${A%[2]d}}"), expanded},
		"with escapes":            {grows("A%d=\"\\0044{A%[2]d}$\\0173A%[2]d}\""), expanded},
		"one name":                {"A=0123456789\n" + strings.Repeat("A=${A}${A}\n", 40), expanded},
		"nested":                  {"A=" + strings.Repeat("${A:-", 8000) + strings.Repeat("}", 8000) + "\n", work},
		"too large":               {"A=" + strings.Repeat("a", 1<<20) + "\n", "larger than 1 MiB"},
		"after a byte order mark": {"\ufeff" + grows("A%d=${A%[2]d}${A%[2]d}"), expanded},
		"with CRLF":               {strings.ReplaceAll(grows("A%d=${A%[2]d}${A%[2]d}"), "\n", "\r\n"), expanded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, files := range []map[string]string{
				{"compose.yaml": web, ".env": test.env},
				{"compose.yaml": "include: [sub/compose.yaml]\n", "sub/compose.yaml": web, "sub/.env": test.env},
				{"compose.yaml": "include: [{path: sub/compose.yaml, env_file: sub/some.env}]\n", "sub/compose.yaml": web, "sub/some.env": test.env},
			} {
				_, err := Load(t.Context(), Options{WorkDir: writeFiles(t, files)})
				require.ErrorContains(t, err, test.want)
			}
		})
	}
}

// TestIncludeLimits: includes that cost the loader more than their number suggests are rejected.
func TestIncludeLimits(t *testing.T) {
	t.Parallel()
	web := "services:\n  web: {image: a}\n"
	for name, test := range map[string]struct {
		chains, length, variables int
		want                      string
	}{
		"a long chain":   {1, 60, 0, "includes are nested more than 50 deep"},
		"many chains":    {30, 40, 0, "more than 10000 includes, counting each"},
		"many variables": {1000, 1, 5000, "more than 500000 variables in total"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{".env": ""}
			var first []string
			for c := range test.chains {
				first = append(first, fmt.Sprintf("f%d_0.yaml", c))
				for i := range test.length {
					files[fmt.Sprintf("f%d_%d.yaml", c, i)] = fmt.Sprintf("include: [f%d_%d.yaml]\n", c, i+1)
				}
				files[fmt.Sprintf("f%d_%d.yaml", c, test.length)] = fmt.Sprintf("services: {s%d: {image: a}}\n", c)
			}
			for i := range test.variables {
				files[".env"] += fmt.Sprintf("V%d=\n", i)
			}
			files["compose.yaml"] = "include: [" + strings.Join(first, ", ") + "]\n" + web
			_, err := Load(t.Context(), Options{WorkDir: writeFiles(t, files)})
			require.ErrorContains(t, err, test.want)
		})
	}
}
