package show

import (
	"fmt"
	"strings"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/internal/console"
	"github.com/ocompose/ocompose/internal/report"
)

// listRows are the rows of a table of referrers, with a column for tags, dates and
// annotations if any has one. Where columns are dear, one type for all has none.
func listRows(row terminal.PrintRow, all []report.Referrer, onTerminal bool) {
	columns := []struct {
		title string
		cell  func(report.Referrer) string
		shown bool
	}{
		{"PLATFORM", func(r report.Referrer) string { return r.Platform }, true},
		{"TYPE", func(r report.Referrer) string { return r.ArtifactType }, !onTerminal || !isOneType(all)},
		{"TAG", func(r report.Referrer) string { return strings.Join(r.Tags, ", ") }, false},
		{"CREATED", createdText, false},
		{"ANNOTATIONS", func(r report.Referrer) string { return strings.Join(annotationTexts(r), ", ") }, false},
		{"REFERENCE", func(r report.Referrer) string { return r.Reference }, true},
	}
	for i := range columns {
		for _, r := range all {
			columns[i].shown = columns[i].shown || columns[i].title != "TYPE" && columns[i].cell(r) != ""
		}
	}
	var titles []string
	for _, c := range columns {
		if c.shown {
			titles = append(titles, c.title)
		}
	}
	row(strings.Join(titles, "\t"))
	for _, r := range all {
		var cells []any
		for _, c := range columns {
			if c.shown {
				cells = append(cells, terminal.OrDash(c.cell(r)))
			}
		}
		row(strings.TrimSuffix(strings.Repeat("%s\t", len(cells)), "\t"), cells...)
	}
}

// isOneType tells whether all referrers have one artifact type.
func isOneType(all []report.Referrer) bool {
	for _, r := range all {
		if r.ArtifactType != all[0].ArtifactType {
			return false
		}
	}
	return true
}

// createdText is when a referrer was created, to the minute, and that it is the newest.
func createdText(r report.Referrer) string {
	text := r.Created
	if day, clock, ok := strings.Cut(text, "T"); ok && len(clock) >= 5 {
		text = day + " " + clock[:5]
	}
	if r.Newest {
		text += " (newest)"
	}
	return text
}

// annotationTexts are the annotations of a referrer but for what is told otherwise.
func annotationTexts(r report.Referrer) []string {
	var all []string
	for _, key := range terminal.SortedKeys(r.Annotations) {
		if key != ocispec.AnnotationCreated && !strings.HasPrefix(key, "dev.ocompose.") {
			all = append(all, key+"="+r.Annotations[key])
		}
	}
	return all
}

// listingTree draws an image with what refers to it and to each of its platforms.
func listingTree(listing *report.Listing) console.Node {
	root := console.Node{Text: listing.Image.Reference}
	for _, r := range listing.Referrers {
		parent := &root
		if r.Subject != listing.Image.Digest {
			parent = platformNode(&root, r.Platform+" "+r.Subject)
		}
		n := parent.Add(referrerText(r))
		for _, annotation := range annotationTexts(r) {
			n.Add(console.Printable(annotation))
		}
	}
	return root
}

// platformNode is the branch of a platform, which is the last one or new.
func platformNode(root *console.Node, text string) *console.Node {
	if last := len(root.Children) - 1; last >= 0 && root.Children[last].Text == text {
		return &root.Children[last]
	}
	return root.Add(text)
}

// referrerText is a referrer in a line.
func referrerText(r report.Referrer) string {
	text := console.Printable(r.ArtifactType) + " " + r.Digest
	if about := strings.TrimSpace(strings.Join(r.Tags, ", ") + " " + createdText(r)); about != "" {
		text += " " + console.Printable(about)
	}
	return text
}

// Listing prints referrers in the format asked for.
func Listing(t *terminal.Terminal, listing *report.Listing, format string) error {
	switch {
	case format == "json":
		return t.PrintJSON(listing)
	case format == "tree":
		return t.PrintText(console.Tree(listingTree(listing), t.Width(), t.Style())...)
	case t.Quiet:
		var references []string
		for _, r := range listing.Referrers {
			references = append(references, r.Reference)
		}
		return t.Print(references...)
	}
	if len(listing.Referrers) == 0 {
		t.Note("nothing refers to %s%s", listing.Image.Reference, others(listing.Others))
		return nil
	}
	return t.Table(func(row terminal.PrintRow) { listRows(row, listing.Referrers, t.Width() > 0) })
}

// others tells of referrers that are not listed.
func others(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" of that type: %s, see --all", terminal.Count(n, "other"))
}
