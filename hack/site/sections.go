package main

// source is where files that are no pages of the site are shown.
const source = "https://github.com/ocompose/ocompose/blob/main/"

// A section is a part of the navigation.
type section struct {
	Title string
	// Files are Markdown files of the repository, in the order in which they are read.
	Files []string
}

// sections is the navigation. The first file is the first page of the site.
var sections = []section{
	{"Start", []string{"README.md", "docs/concepts.md", "docs/comparison.md", "examples/README.md", "examples/web/README.md", "examples/selfhosted/README.md", "examples/edge/README.md"}},
	{"How to", []string{
		"docs/howto/README.md", "docs/howto/edge-device.md", "docs/howto/air-gap.md", "docs/howto/pipeline.md", "docs/signatures.md",
		"docs/howto/migrate.md", "docs/howto/clean-up.md",
	}},
	{"Reference", []string{
		"docs/commands.md", "docs/cli.md", "docs/environment.md", "docs/compose.md", "docs/format.md", "docs/limits.md",
	}},
	{"Registries", []string{"docs/registries.md"}},
	{"Performance", []string{"docs/performance.md"}},
	{"Security", []string{"SECURITY.md", "docs/reliability.md"}},
	{"Decisions", []string{
		"docs/decisions/README.md", "docs/decisions/0001-remote-and-raw-requests.md", "docs/decisions/0002-verify-while-copying.md",
		"docs/decisions/0003-one-form-of-index.md", "docs/decisions/0004-secrets.md", "docs/decisions/0005-mutate-and-stable-digests.md",
		"docs/decisions/0006-stores.md", "docs/decisions/0007-mounted-files.md",
	}},
	{"Project", []string{"CHANGELOG.md", "CONTRIBUTING.md", "docs/release.md"}},
}
