package compose

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// privateUse are texts that a program could mistake for its own marks: all private-use characters
// of the first plane, and texts in the form of such marks.
func privateUse() map[string]string {
	var all strings.Builder
	for c := rune(0xE000); c <= 0xF8FF; c++ {
		all.WriteRune(c)
	}
	texts := map[string]string{"all": all.String(), "half of one": "a\xee\x80", "supplementary": "\U000F0000\U00100000\U0010FFFD"}
	for c := rune(0xF8F0); c <= 0xF8F7; c++ {
		texts[fmt.Sprintf("%U", c)] = string(c)
	}
	for _, first := range []rune{0xE000, 0xE001, 0xE002, 0xE003, 0xE004, 0xE005, 0xF8F0, 0xF8F4} {
		texts[fmt.Sprintf("a pair of %U", first)] = fmt.Sprintf("%c99%c", first, first+1)
		texts[fmt.Sprintf("one twice, %U", first)] = fmt.Sprintf("%c0%cX", first, first)
	}
	return texts
}

// TestMarksInValues loads, flattens, pins and opens projects with private-use characters in
// every position, literal and escaped: they have no special meaning.
func TestMarksInValues(t *testing.T) {
	t.Parallel()
	for name, text := range privateUse() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := text // in the form of a file name
			if len(file) > 100 {
				file = file[:90]
			}
			value, escaped := text, ""
			for _, r := range strings.ToValidUTF8(text, "") {
				escaped += fmt.Sprintf("\\U%08X", r)
			}
			yaml := strings.ToValidUTF8(text, "")
			file = strings.ToValidUTF8(file, "")
			dir := writeProject(t, "compose.yaml", strings.Join([]string{
				"include: ['sub" + file + "/i" + file + ".yaml']",
				"x-i: &i 'x" + yaml + "'",
				"services:",
				"  a:",
				"    image: 'a" + yaml + "'",
				"    command: ['" + yaml + "', \"" + escaped + "\", '${V}', '${V}${W}', '${UNSET}']",
				"    environment: {'E" + yaml + "': '" + yaml + "', F: '$V'}",
				"    labels: {'" + yaml + "': *i}",
				"    env_file: [{path: 'e" + file + "', required: false}]",
				"    volumes: ['./d" + file + ":/d', '/v${V}:/e', {type: image, source: \"v" + escaped + "\", target: '/t" + yaml + "'}]",
				"    pre_start: [{image: 'h${V}', command: ['" + yaml + "', '$UNSET']}]",
				"  b:",
				"    image: '$V${W}'",
				"    platform: '" + yaml + "'",
				"    extends: {file: 'x" + file + ".yaml', service: 'e" + yaml + "'}",
			}, "\n")+"\n",
				"sub"+file+"/i"+file+".yaml", "services: {c: {image: 'c"+yaml+"$V', volumes: ['./x:/x']}}\n",
				"x"+file+".yaml", "services: {'e"+yaml+"': {init: true}}\n",
				"e"+file, "A="+yaml+"\n", "d"+file+"/f", "")
			for _, flat := range []bool{false, true} {
				p, err := Load(t.Context(), Options{WorkDir: dir, WithEnv: true, Flatten: flat, Environ: []string{"V=" + value, "W=" + value, "N" + value + "=1"}})
				require.NoError(t, err)
				require.Equal(t, map[string]string{
					"services.a.image": "a" + yaml, "services.b.image": value + value, "services.c.image": "c" + yaml + value,
					"services.a.pre_start.0.image": "h" + value, "services.a.volumes./t" + yaml + ".source": "v" + yaml,
				}, refs(p))
				for _, inPlace := range []bool{false, true} {
					pins := pinAll(p, inPlace)
					files, err := p.Pin(t.Context(), pins)
					require.NoError(t, err)
					opened, err := Open(t.Context(), files, nil)
					require.NoError(t, err)
					for path, ref := range refs(opened) {
						require.Equal(t, pins[path].Ref, ref, path)
					}
					again, err := opened.Pin(t.Context(), pins)
					require.NoError(t, err)
					require.Equal(t, textOf(files), textOf(again))
				}
			}
		})
	}
}

// TestPinsAreReferences rejects pins with characters that are used as marks.
func TestPinsAreReferences(t *testing.T) {
	t.Parallel()
	p := loadProject(t, writeProject(t, "compose.yaml", "services: {a: {image: a}}"), nil)
	for c := rune(0xE000); c <= 0xE003; c++ {
		_, err := p.Pin(t.Context(), Pins{"services.a.image": {Ref: "a" + string(c)}})
		require.ErrorContains(t, err, "the pin of services.a.image is not a reference")
	}
}
