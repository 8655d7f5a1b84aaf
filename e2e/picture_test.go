package e2e

import (
	"context"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/programtest"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// TestPageInABrowser: the page of inspect --html shows every part of the composition in a
// browser, in light and dark mode.
func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	browser := tooltest.Lookup(t, "chromium")
	server := registrytest.Start(t)
	p := programtest.New(t)
	p.WriteShop(server.Host)
	made := p.OK("push", "--bundle", server.Host+"/apps/shop:1")
	p.OK("inspect", "--html", "page.html", server.Host+"/apps/shop:1")

	open := func(args ...string) string {
		ctx, cancel := context.WithTimeout(t.Context(), programtest.Patience)
		defer cancel()
		args = append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir=" + t.TempDir()}, args...)
		cmd := exec.CommandContext(ctx, browser, append(args, "file://"+filepath.Join(p.Dir, "page.html"))...)
		cmd.Env = tooltest.Environ(p.Home)
		out, err := cmd.Output()
		require.NoError(t, err)
		return string(out)
	}
	text := open("--dump-dom")
	_, digest, _ := strings.Cut(made, "@")
	for _, part := range []string{digest[:len("sha256:")+12], "linux/amd64", "linux/arm64", "any platform", server.Host + "/images/db:17", "compose.yaml"} {
		require.Contains(t, text, part)
	}
	paper := func(args ...string) (corner [3]uint32, colors int) {
		file := filepath.Join(t.TempDir(), "page.png")
		open(append(args, "--window-size=1600,900", "--screenshot="+file)...)
		f, err := os.Open(file)
		require.NoError(t, err)
		defer f.Close()
		picture, err := png.Decode(f)
		require.NoError(t, err)
		r, g, b, _ := picture.At(2, 2).RGBA()
		return [3]uint32{r >> 8, g >> 8, b >> 8}, colorsOf(picture)
	}
	light, colors := paper()
	require.Equal(t, [3]uint32{0xff, 0xff, 0xff}, light)
	require.Greater(t, colors, 20, "there are boxes of several kinds")
	dark, colors := paper("--blink-settings=preferredColorScheme=0")
	require.Equal(t, [3]uint32{0x0d, 0x11, 0x17}, dark)
	require.Greater(t, colors, 20)
}

// colorsOf counts the colors of a picture.
func colorsOf(m image.Image) int {
	seen := map[[3]uint32]bool{}
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y += 3 {
		for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
			r, g, b, _ := m.At(x, y).RGBA()
			seen[[3]uint32{r >> 8, g >> 8, b >> 8}] = true
		}
	}
	return len(seen)
}
