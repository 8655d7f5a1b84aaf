package console

import (
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
	"github.com/stretchr/testify/require"
)

const aDigest = "sha256:1dbafc86718060f27c0895f427340cf9f412934679f6efc7ab007cd823f78e73"

func images() [][]string {
	return [][]string{
		{"SERVICE", "IMAGE", "DIGEST", "PLATFORMS"},
		{"db", "localhost:5000/images/db:17", aDigest, "linux/amd64, linux/arm64"},
		{"frontend", "registry.example.com/a-team/with-a-long-name/frontend:2026-11-25", aDigest, "linux/amd64, linux/arm64, linux/arm/v7"},
		{"größe", "örtlich 世界", "-", "-"},
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	for width, want := range map[int][]string{
		0: {
			"SERVICE   IMAGE                                                             DIGEST                                                                   PLATFORMS",
			"db        localhost:5000/images/db:17                                       " + aDigest + "  linux/amd64, linux/arm64",
			"frontend  registry.example.com/a-team/with-a-long-name/frontend:2026-11-25  " + aDigest + "  linux/amd64, linux/arm64, linux/arm/v7",
			"größe     örtlich 世界                                                      -                                                                        -",
		},
		140: {
			"SERVICE   IMAGE                                                             DIGEST               PLATFORMS",
			"db        localhost:5000/images/db:17                                       sha256:1dbafc867180  linux/amd64, linux/arm64",
			"frontend  registry.example.com/a-team/with-a-long-name/frontend:2026-11-25  sha256:1dbafc867180  linux/amd64, linux/arm64, linux/arm/v7",
			"größe     örtlich 世界                                                      -                    -",
		},
		80: nil,
	} {
		got := Table(images(), width, true, Style{})
		if width == 80 {
			for _, line := range got {
				require.LessOrEqual(t, runewidth.StringWidth(line), 80, line)
			}
			require.Contains(t, got[2], "registry.e")
			require.Contains(t, got[2], "2026-11-25")
			require.Contains(t, got[1], "sha256:1dbafc867180")
			continue
		}
		require.Equal(t, want, got, "%d", width)
	}
	for width := 1; width < 220; width++ {
		for _, line := range Table(images(), width, true, Style{}) {
			require.LessOrEqual(t, runewidth.StringWidth(line), max(width, 4*minColumn+3*gap), "%d", width)
		}
	}
	require.Equal(t, "\x1b[1mSERVICE   IMAGE\x1b[0m", Table([][]string{{"SERVICE", "IMAGE"}, {"a-longer", "b"}}, 0, true, Style{true})[0])
}

func TestTree(t *testing.T) {
	t.Parallel()
	root := Node{Text: "localhost:5000/shop@" + aDigest}
	amd64 := root.Add("linux/amd64 " + aDigest)
	amd64.Add("compose.yaml")
	amd64.Add("web localhost:5000/shop@" + aDigest)
	root.Add("any platform")
	require.Equal(t, []string{
		"localhost:5000/shop@" + aDigest,
		"├── linux/amd64 " + aDigest,
		"│   ├── compose.yaml",
		"│   └── web localhost:5000/shop@" + aDigest,
		"└── any platform",
	}, Tree(root, 0, Style{}))
	require.Equal(t, []string{
		"localhost:5000/shop@sha256:1dbafc867180",
		"├── linux/amd64 sha256:1dbafc867180",
		"│   ├── compose.yaml",
		"│   └── web localhost:5000/shop@sha256:…",
		"└── any platform",
	}, Tree(root, 40, Style{}))
	for _, line := range Tree(root, 12, Style{}) {
		require.LessOrEqual(t, runewidth.StringWidth(line), 12)
	}
	require.Equal(t, "\x1b[2m└── \x1b[0many platform", Tree(root, 0, Style{true})[4])
}

func TestLines(t *testing.T) {
	t.Parallel()
	digest := "sha256:" + strings.Repeat("1", 64)
	long := []string{"~ image db: db:17@" + digest + " -> db:18", "+ service web"}
	require.Equal(t, long, Lines(long, 0))
	require.Equal(t, long, Lines(long, 200))
	require.Equal(t, []string{"~ image db: db:17@sha256:111111111111 -> db:18", "+ service web"}, Lines(long, 40))
}

func TestStyle(t *testing.T) {
	t.Parallel()
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for _, pair := range pairs {
				if value, ok := strings.CutPrefix(pair, name+"="); ok {
					return value
				}
			}
			return ""
		}
	}
	require.Equal(t, "\x1b[31mx\x1b[0m", NewStyle(true, env()).Bad("x"))
	for _, plain := range []Style{{}, NewStyle(false, env()), NewStyle(true, env("NO_COLOR=1")), NewStyle(true, env("TERM=dumb"))} {
		require.Equal(t, "x", plain.Bad("x"))
	}
	require.Zero(t, Width(&strings.Builder{}, env("COLUMNS=100")))
}
