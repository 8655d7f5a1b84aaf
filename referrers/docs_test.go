package referrers_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

//go:generate go test . -run TestRegistriesDocument -update

var update = flag.Bool("update", false, "update docs/registries.md")

// TestRegistriesDocument compares docs/registries.md with the rows and checks of the tests. Run
// go test ./referrers -run TestRegistriesDocument -update to rewrite it.
func TestRegistriesDocument(t *testing.T) {
	path := filepath.Join("..", "docs", "registries.md")
	want := registriesDocument()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "docs/registries.md is stale: go test ./referrers -run TestRegistriesDocument -update")
}

func registriesDocument() string {
	var b strings.Builder
	b.WriteString(`<!-- Written by TestRegistriesDocument in referrers/docs_test.go from the tables that drive the tests. -->

# Registries

Registries differ from the specification and from each other. This page lists their behavior, what ocompose does about it,
and the result. Every line is a test, with the embedded registry in place of registries that can't be run here.

`)
	writeReported(&b)
	writeClients(&b)
	b.WriteString(`## Referrers

A composition that is attached to an image is found through its ` + "`subject`" + `. Registries differ in how
they list the referrers of a manifest.

| A registry that… | Seen at | ocompose… | Reference |
|---|---|---|---|
`)
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.name, r.seen, r.does, links(r.refs))
	}
	b.WriteString("\nThe results:\n\n")
	for _, c := range checks {
		fmt.Fprintf(&b, "- **%s**: %s\n", c.name, c.means)
	}
	b.WriteString("\n|")
	for _, c := range checks {
		fmt.Fprintf(&b, " | %s", c.name)
	}
	b.WriteString(" |\n|---")
	b.WriteString(strings.Repeat("|---", len(checks)))
	b.WriteString("|\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s", r.name)
		for _, c := range checks {
			fmt.Fprintf(&b, " | %s", r.want[c.name])
		}
		b.WriteString(" |\n")
	}
	b.WriteString(`
*API* and *tag schema* are where the referrer is listed afterwards. *restored*: the list had lost the entry and has it again.
*–*: does not apply. A name that ends in *Error* is the typed error of the Go package, and a number the registry's status. In
both cases all listed referrers stay listed.

### Many writers at once

Without the referrers API, the list is an image index that every writer reads, changes and writes back. Hardly any registry lets a
writer write on the condition that the list is unchanged. So ocompose writes right after reading, waits several times the longest
window that it saw between a read and a write, and reads again. It restores lost entries, its own and others that it has seen, until the
list no longer changes. First it checks that the manifest was not deleted meanwhile. 32 processes that attach to one image at
the same time all stay listed: ` + "`make storm`" + ` shows it on distribution 3, docker-registry 2.8 and the embedded registry.

An attach costs three requests with the API and six with the tag schema, including the probe of the registry, however
many referrers there are; ` + "`go test ./referrers -run '^$' -bench Attach`" + ` reports requests and bytes for 1 to 1000.
`)
	return b.String()
}

// writeReported writes the table of registries with behavior that users reported.
func writeReported(b *strings.Builder) {
	b.WriteString(`## Pushing and copying

| A registry that… | Seen at | ocompose… | Reports |
|---|---|---|---|
`)
	reported := registrytest.ReportedRegistries()
	for _, r := range reported {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", r.Name, r.Seen, r.Does, links(r.Refs))
	}
	b.WriteString("\nThe results, from TestReportedRegistries in internal/action:\n\n")
	for _, c := range registrytest.ReportedChecks {
		fmt.Fprintf(b, "- **%s**: %s\n", c[0], c[1])
	}
	b.WriteString("\n|")
	for _, c := range registrytest.ReportedChecks {
		fmt.Fprintf(b, " | %s", c[0])
	}
	b.WriteString(" |\n|---" + strings.Repeat("|---", len(registrytest.ReportedChecks)) + "|\n")
	for _, r := range reported {
		fmt.Fprintf(b, "| %s", r.Name)
		for _, c := range registrytest.ReportedChecks {
			fmt.Fprintf(b, " | %s", r.Want[c[0]])
		}
		b.WriteString(" |\n")
	}
	b.WriteString("\n")
}

// writeClients writes the table of other clients.
func writeClients(b *strings.Builder) {
	b.WriteString("## Other clients\n\n| A client | does | so | Test in e2e |\n|---|---|---|---|\n")
	for _, c := range registrytest.Clients() {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", c.Name, c.Does, c.So, c.Test)
	}
	b.WriteString("\nDebian has no Podman 5.5. Its artifact commands pull with the library of skopeo, which the test runs, and extract each\n" +
		"layer under its title. The title must be a plain file name: for a project with files in folders, use `--format flightctl`.\n\n")
}

// TestClientsHaveTests: every row about another client names an existing test.
func TestClientsHaveTests(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "e2e", "*", "*_test.go"))
	require.NoError(t, err)
	var all strings.Builder
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		all.Write(content)
	}
	for _, c := range registrytest.Clients() {
		require.Contains(t, all.String(), "func "+c.Test+"(t *testing.T)")
	}
}

// links formats references as Markdown.
func links(refs []string) string {
	var all []string
	for _, ref := range refs {
		all = append(all, fmt.Sprintf("[%s](%s)", shortRef(ref), ref))
	}
	return strings.Join(all, ", ")
}

// shortRef shortens a reference.
func shortRef(ref string) string {
	if section, ok := strings.CutPrefix(ref, spec); ok {
		return "spec: " + strings.ReplaceAll(section, "-", " ")
	}
	parts := strings.Split(strings.TrimPrefix(ref, "https://github.com/"), "/")
	if len(parts) == 4 {
		return parts[1] + " " + parts[3]
	}
	return ref
}
