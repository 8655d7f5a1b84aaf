package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFormula(t *testing.T) {
	t.Parallel()
	sum := func(digit string) string { return strings.Repeat(digit, 64) }
	checksums := sum("1") + "  ocompose_1.2.3_darwin_amd64.tar.gz\n" +
		sum("2") + "  ocompose_1.2.3_darwin_arm64.tar.gz\n" +
		sum("3") + "  ocompose_1.2.3_linux_amd64.tar.gz\n" +
		sum("4") + "  ocompose_1.2.3_linux_arm64.tar.gz\n" +
		sum("5") + "  ocompose_1.2.3_windows_amd64.zip\n" +
		sum("6") + "  ocompose_1.2.3_amd64.deb\n"
	text, err := render(checksums)
	require.NoError(t, err)
	require.Contains(t, string(text), `version "1.2.3"`)
	for platform, digit := range map[string]string{"darwin_amd64": "1", "darwin_arm64": "2", "linux_amd64": "3", "linux_arm64": "4"} {
		require.Contains(t, string(text), `url "https://github.com/ocompose/ocompose/releases/download/v1.2.3/ocompose_1.2.3_`+platform+`.tar.gz"
      sha256 "`+sum(digit)+`"`)
	}

	_, err = render(strings.Replace(checksums, "darwin_arm64", "darwin_riscv64", 1))
	require.EqualError(t, err, "no archive for darwin_arm64")
	_, err = render(strings.Replace(checksums, "1.2.3", "1.2.4", 1))
	require.ErrorContains(t, err, "archives of two versions")
	require.ErrorContains(t, run(nil), "usage")
}
