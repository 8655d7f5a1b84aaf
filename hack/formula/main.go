// Command formula prints the Homebrew formula of a release:
//
//	formula CHECKSUMS
//
// CHECKSUMS is the release's checksums.txt, which names the archives and with them the
// version.
package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"text/template"
)

//go:embed ocompose.rb.tmpl
var formula string

var archive = regexp.MustCompile(`^ocompose_(.+)_((?:darwin|linux)_(?:amd64|arm64))\.tar\.gz$`)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "formula:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: formula CHECKSUMS")
	}
	checksums, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	text, err := render(string(checksums))
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	_, err = os.Stdout.Write(text)
	return err
}

// render fills the template from the checksums: lines with a SHA-256 digest in hex and a
// file name.
func render(checksums string) ([]byte, error) {
	values := map[string]string{}
	for line := range strings.Lines(checksums) {
		sum, file, ok := strings.Cut(strings.TrimSpace(line), "  ")
		match := archive.FindStringSubmatch(file)
		if !ok || match == nil {
			continue
		}
		if version, ok := values["version"]; ok && version != match[1] {
			return nil, fmt.Errorf("archives of two versions: %s and %s", version, match[1])
		}
		values["version"] = match[1]
		values[match[2]] = sum
	}
	for _, platform := range []string{"darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64"} {
		if values[platform] == "" {
			return nil, fmt.Errorf("no archive for %s", platform)
		}
	}
	parsed, err := template.New("formula").Option("missingkey=error").Parse(formula)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, values)
	return out.Bytes(), err
}
