package repotest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// licenses are those that an Apache-2.0 program may link, each with a phrase unique to it.
var licenses = map[string]string{
	"Apache-2.0": "Apache License",
	"MIT":        "Permission is hereby granted, free of charge",
	"BSD":        "Redistribution and use in source and binary forms",
	"ISC":        "Permission to use, copy, modify, and/or distribute this software for any purpose",
	"Unlicense":  "This is free and unencumbered software released into the public domain",
	"MPL-2.0":    "Mozilla Public License Version 2.0",
}

// TestLicenses checks the license of every module that is linked into the program.
func TestLicenses(t *testing.T) {
	t.Parallel()
	list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}\t{{.Dir}}{{end}}", ".")
	list.Dir = root
	out, err := list.Output()
	require.NoError(t, err)
	modules := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if path, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && path != module {
			modules[path] = dir
		}
	}
	require.NotEmpty(t, modules)
	for path, dir := range modules {
		var files []string
		for _, name := range licenseFiles {
			found, err := filepath.Glob(filepath.Join(dir, name))
			require.NoError(t, err)
			files = append(files, found...)
		}
		require.NotEmpty(t, files, "%s has no license", path)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			require.NotEmpty(t, license(string(text)), "%s has a license that is not in the list: %s", path, file)
		}
	}
	require.Empty(t, license("GNU AFFERO GENERAL PUBLIC LICENSE"))
	require.Equal(t, "MIT", license("Permission is hereby\n granted, free of charge, to"))
}

// licenseFiles matches the names of license files in both spellings, but not LICENSE.docs.
var licenseFiles = []string{"LICEN[CS]E", "COPYING", "LICEN[CS]E.txt", "LICEN[CS]E.md", "UNLICENSE"}

// license returns the name of the license with this text, or "" if it is not in the list.
func license(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	for name, phrase := range licenses {
		if strings.Contains(text, phrase) {
			return name
		}
	}
	return ""
}
