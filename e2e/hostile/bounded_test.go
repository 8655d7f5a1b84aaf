//go:build unix

package hostile

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// commandLines are the commands that read the content of a registry at a reference: all of them
// if OCOMPOSE_HOSTILE is set, otherwise a fifth, a different one for each scenario.
func commandLines(ref, target string, scenario int) [][]string {
	all := allCommandLines(ref, target)
	if os.Getenv("OCOMPOSE_HOSTILE") != "" {
		return all
	}
	var some [][]string
	for i := scenario % 5; i < len(all); i += 5 {
		some = append(some, all[i])
	}
	return some
}

func allCommandLines(ref, target string) [][]string {
	return [][]string{
		{"inspect", ref},
		{"inspect", "-o", "json", ref},
		{"pull", "-d", "out", "--platform", "linux/amd64", ref},
		{"verify", ref},
		{"verify", "--deep", ref},
		{"images", ref},
		{"referrers", ref},
		{"referrers", "--all", "-o", "json", ref},
		{"copy", ref, target + "/copied"},
		{"copy", "--bundle", ref, target + "/bundled"},
		{"copy", "--platform", "linux/amd64", ref, target + "/one"},
		{"save", ref, "saved.tar"},
		{"delete", "--dry-run", ref},
		{"delete", "--dry-run", "--images", ref},
		{"push", "-f", "uses.yaml", target + "/pushed"},
		{"push", "--bundle", "-f", "uses.yaml", target + "/pushed-bundle"},
		{"push", "--bundle", "--tag-images", "-f", "uses.yaml", target + "/pushed-tags"},
		{"attach", "-f", "uses.yaml", ref},
	}
}

// heaviest are the commands for which some shapes are more work than for others.
var heaviest = map[string][]string{
	"a file in 8,000 folders":       {"pull", "-d", "out"},
	"100,000 tags":                  {"delete", "--dry-run"},
	"another tag of nested indexes": {"delete", "--dry-run"},
}

// TestMemoryAndTime: with any content of a registry, each command ends within its limits.
func TestMemoryAndTime(t *testing.T) {
	for i, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			e := newEvil(t)
			s.serve(t, e)
			ref := e.host + "/" + repo + ":" + tag
			lines := commandLines(ref, e.host, i)
			if args, ok := heaviest[s.name]; ok {
				lines = append(lines, append(slices.Clone(args), ref))
			}
			for _, args := range lines {
				c := newCommand(t)
				c.write("uses.yaml", "services:\n  web:\n    image: "+ref+"\n")
				end := c.run(args...)
				check(t, args, end)
			}
		})
	}
}

// check compares a command's resources with the limits for all commands.
func check(t *testing.T, args []string, end ended) {
	t.Helper()
	if end.unknown {
		t.Logf("%-50s unknown to the program", strings.Join(args, " "))
		return
	}
	var wrong []string
	if end.memory > maxMemory {
		wrong = append(wrong, "memory")
	}
	if end.processor > maxProcessor {
		wrong = append(wrong, "time")
	}
	if len(end.stderr) > maxOutput {
		wrong = append(wrong, "output")
	}
	if !slices.Contains([]int{0, 1, 3, 4, 5}, end.status) || strings.Contains(end.stderr, "goroutine ") {
		wrong = append(wrong, "status")
	}
	line := fmt.Sprintf("%-50s status %d, %d MiB, %d ms, %d bytes: %s", strings.Join(args, " "), end.status, end.memory>>20, end.processor.Milliseconds(), len(end.stderr), firstLine(end.stderr))
	if len(wrong) > 0 {
		t.Errorf("%s: %s", strings.Join(wrong, ", "), line)
	} else {
		t.Log(line)
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line[:min(len(line), 300)]
}
