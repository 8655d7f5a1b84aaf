package ignore

import (
	"path/filepath"
	"strings"

	"github.com/moby/patternmatcher"

	"github.com/ocompose/ocompose/compose/internal/localfile"
)

// rules are the rules of one .gitignore file.
type rules struct {
	// prefix is the path from the folder of the file to that of the Matcher, if the Matcher is
	// below it.
	prefix string
	all    []rule
}

// A rule is one line of a .gitignore file.
//
// See https://git-scm.com/docs/gitignore.
type rule struct {
	pattern *patternmatcher.PatternMatcher
	// include is true if the rule negates a match, and folders if it matches only folders.
	include, folders bool
}

// readRules reads the rules of a folder; none if the file is missing or can't be read.
func readRules(dir, prefix string) rules {
	r := rules{prefix: prefix}
	content, err := localfile.Read(filepath.Join(dir, gitFile))
	if err != nil {
		return r
	}
	for line := range strings.Lines(strings.TrimPrefix(string(content), "\ufeff")) {
		if parsed, ok := parseRule(line); ok {
			r.all = append(r.all, parsed)
		}
	}
	return r
}

// apply applies the rules to a path relative to the folder of the file.
func (r rules) apply(name string, isDir bool, ignored *bool) {
	for _, each := range r.all {
		if each.include != *ignored || each.folders && !isDir {
			continue
		}
		if matches, err := each.pattern.MatchesUsingParentResult(name, false); err == nil && matches { //nolint:staticcheck // the variant that ignores parent folders, which By handles
			*ignored = !each.include
		}
	}
}

// parseRule parses one line. Git ignores invalid rules.
func parseRule(line string) (rule, bool) {
	line = trimSpaces(strings.TrimRight(line, "\r\n"))
	if line == "" || line[0] == '#' {
		return rule{}, false
	}
	var r rule
	if r.include = line[0] == '!'; r.include {
		line = line[1:]
	}
	line, r.folders = strings.CutSuffix(line, "/")
	if strings.Contains(line, "/") {
		line = strings.TrimPrefix(line, "/")
	} else {
		line = "**/" + line
	}
	line = strings.ReplaceAll(line, "[!", "[^")
	if line == "" || line == "**/" || strings.HasPrefix(line, "!") || strings.HasPrefix(line, "/") {
		return rule{}, false
	}
	var err error
	r.pattern, err = patternmatcher.New([]string{line})
	return r, err == nil
}

// trimSpaces removes trailing spaces from a line, except one after a backslash.
func trimSpaces(line string) string {
	trimmed := strings.TrimRight(line, " ")
	if strings.HasSuffix(trimmed, `\`) && len(trimmed) < len(line) {
		return strings.TrimSuffix(trimmed, `\`) + "[ ]"
	}
	return trimmed
}
