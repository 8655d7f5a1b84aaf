package completion

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/cmdline"
	"github.com/ocompose/ocompose/internal/credentials"
	"github.com/ocompose/ocompose/internal/reference"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/store"
)

// flagValues returns the possible values of a flag.
func flagValues(ctx context.Context, t *terminal.Terminal, app *cli.App, place cmdline.Place) ([]candidate, int) {
	switch place.Flag.Name {
	case "output":
		return words(formatsOf(app.Command(place.Command))...), completeNoFiles
	case "progress":
		return words("auto", "plain", "json", "none"), completeNoFiles
	case "format":
		return words(append(formatsOf(app.Command(place.Command)), "{{json .}}")...), completeNoFiles
	case "platform":
		return words("linux/amd64", "linux/arm64", "linux/arm/v7", "linux/arm/v6", "linux/386", "linux/ppc64le", "linux/riscv64", "linux/s390x", "windows/amd64"), completeNoFiles
	case "artifact-type":
		return words(artifact.Type, "application/vnd.dev.cosign.artifact.sig.v1+json", "application/vnd.cncf.notary.signature", "application/spdx+json", "application/vnd.in-toto+json"), completeNoFiles
	case "service":
		return words(services(ctx, t, place)...), completeNoFiles
	case "image":
		var all []candidate
		for _, service := range services(ctx, t, place) {
			all = append(all, candidate{word: service + "="})
		}
		return all, completeNoFiles | completeNoSpace
	case "since":
		return references(ctx, t, place, "REF")
	case "insecure-registry":
		return words(credentials.Known(t.Getenv)...), completeNoFiles
	case "file", "env-file", "ca-file", "exclude":
		return nil, 0
	case "project-directory", "directory", "dir":
		return nil, completeFolders
	default:
		return nil, completeNoFiles
	}
}

// formatsOf returns the values of --output, as listed in its usage.
func formatsOf(c *cli.Command) []string {
	if c == nil {
		return nil
	}
	for _, f := range c.Flags {
		if output, ok := f.(*cli.StringFlag); ok && output.Name == "output" {
			_, formats, _ := strings.Cut(output.Usage, ": ")
			return strings.Split(formats, ", ")
		}
	}
	return nil
}

// words returns candidates without a description.
func words(all ...string) []candidate {
	var found []candidate
	for _, word := range all {
		found = append(found, candidate{word: word})
	}
	return found
}

// services returns the services of the Compose project that the flags select.
func services(ctx context.Context, t *terminal.Terminal, place cmdline.Place) []string {
	options := compose.Options{Environ: t.Environ, WorkDir: t.Dir, Stdin: strings.NewReader(""), AllowSecrets: true, WithEnv: true, WithoutFiles: true}
	for _, s := range place.Settings {
		switch s.Name {
		case "file":
			options.Files = append(options.Files, s.Value)
		case "project-directory":
			options.ProjectDir = s.Value
		case "env-file":
			options.EnvFiles = append(options.EnvFiles, s.Value)
		}
	}
	project, err := compose.Load(ctx, options)
	if err != nil {
		return nil
	}
	return project.Services
}

// arguments returns the possible values of an argument.
func arguments(ctx context.Context, t *terminal.Terminal, app *cli.App, place cmdline.Place) ([]candidate, int) {
	names := strings.Fields(app.Command(place.Command).ArgsUsage)
	if len(names) == 0 {
		return nil, completeNoFiles
	}
	switch name := names[min(len(place.Args), len(names)-1)]; {
	case len(place.Args) >= len(names) && !strings.HasSuffix(name, "..."):
		return nil, completeNoFiles
	case name == "SHELL":
		return words(slices.Sorted(maps.Keys(shells()))...), completeNoFiles
	case strings.Trim(name, "[]") == "FILE":
		return nil, 0
	case name == "DIR":
		return nil, completeFolders
	case name == "[REGISTRY]":
		return words(credentials.Known(t.Getenv)...), completeNoFiles
	case name == "TAG...":
		return tagsOf(ctx, place, place.Args[0]+":", ""), completeNoFiles
	default:
		return references(ctx, t, place, name)
	}
}

// references returns the completions of a reference: registries with a stored login, or, after
// a repository, its tags.
func references(ctx context.Context, t *terminal.Terminal, place cmdline.Place, name string) ([]candidate, int) {
	if strings.HasPrefix(place.Word, store.LayoutPrefix) {
		return nil, completeFolders
	}
	repository, _, tagged := strings.Cut(place.Word[strings.LastIndexByte(place.Word, '/')+1:], ":")
	if tagged && repository != "" && name != "REPOSITORY" {
		before := place.Word[:strings.LastIndexByte(place.Word, ':')+1]
		return tagsOf(ctx, place, before, before), completeNoFiles
	}
	var all []candidate
	for _, host := range credentials.Known(t.Getenv) {
		all = append(all, candidate{word: host + "/"})
	}
	return append(all, candidate{word: store.LayoutPrefix, about: "a folder"}), completeNoFiles | completeNoSpace
}

// maxTagCandidates is more than anyone reads.
const maxTagCandidates = 200

// tagsOf returns the tags of a reference's repository, each with the prefix before.
func tagsOf(ctx context.Context, place cmdline.Place, ref, before string) []candidate {
	named, _, _ := strings.Cut(ref, "@")
	if cut := strings.LastIndexByte(named, ':'); cut > strings.LastIndexByte(named, '/') {
		named = named[:cut]
	}
	repo, err := reference.Parse(named)
	if err != nil {
		return nil
	}
	connection := remote.Connection{}
	plain := false
	for _, s := range place.Settings {
		switch s.Name {
		case "insecure-registry":
			connection.InsecureHosts = append(connection.InsecureHosts, s.Value)
		case "insecure-skip-tls-verify":
			connection.SkipVerify = true
		case "plain-http":
			plain = true
		}
	}
	client := remote.New(remote.WithConnection(connection), remote.WithPlainHTTP(plain), remote.WithRetries(remote.Retry{Attempts: 1, Stall: completionTime}))
	tags, err := client.ListTags(ctx, repo.Context())
	if err != nil {
		return nil
	}
	var all []candidate
	for _, tag := range tags {
		if word := before + tag; strings.HasPrefix(word, place.Word) && len(all) < maxTagCandidates {
			all = append(all, candidate{word: word})
		}
	}
	return all
}
