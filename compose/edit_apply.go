package compose

import (
	"bytes"
	"errors"
	"slices"

	"gopkg.in/yaml.v3"
)

// edits say which candidates get which new values.
type edits map[*candidate]string

// applyEdits returns content with the candidates of one file rewritten, every other
// byte as it was. It is an error if the result does not parse to the same documents
// but for the new values.
func applyEdits(content []byte, changes edits) ([]byte, error) {
	if len(changes) == 0 {
		return content, nil
	}
	ordered := make([]*candidate, 0, len(changes))
	for c := range changes {
		ordered = append(ordered, c)
	}
	slices.SortFunc(ordered, func(a, b *candidate) int { return a.source.start - b.source.start })
	var edited bytes.Buffer
	at := 0
	for _, c := range ordered {
		if c.source.start < at {
			return nil, errors.New("edits overlap")
		}
		edited.Write(content[at:c.source.start])
		edited.WriteString(c.source.spell(changes[c]))
		at = c.source.end
	}
	edited.Write(content[at:])
	if err := checkEdits(content, edited.Bytes(), ordered, changes); err != nil {
		return nil, err
	}
	return edited.Bytes(), nil
}

// checkEdits compares the documents before and after.
func checkEdits(before, after []byte, ordered []*candidate, changes edits) error {
	was, err := parseDocuments(before)
	if err != nil {
		return err
	}
	is, err := parseDocuments(after)
	if err != nil {
		return err
	}
	values := make(map[[2]int]string, len(ordered))
	for _, c := range ordered {
		values[[2]int{c.node.Line, c.node.Column}] = changes[c]
	}
	if len(was) != len(is) {
		return errors.New("the edited file has other documents")
	}
	for i := range was {
		if !sameNode(was[i], is[i], values) {
			return errors.New("the edited file means something else")
		}
	}
	if len(values) > 0 {
		return errors.New("an edit is lost")
	}
	return nil
}

// sameNode tells whether two trees are the same but for the values at the given
// lines and columns of the first, which it takes out of the map as it meets them.
func sameNode(was, is *yaml.Node, values map[[2]int]string) bool {
	position := [2]int{was.Line, was.Column}
	value, edited := values[position]
	if edited && isScalar(was) {
		delete(values, position)
		if is.Kind != yaml.ScalarNode || is.Value != value {
			return false
		}
		return was.Kind == yaml.AliasNode || was.Anchor == is.Anchor && was.ShortTag() == is.ShortTag()
	}
	if was.Kind != is.Kind || was.Value != is.Value || was.Anchor != is.Anchor ||
		was.Style != is.Style || was.ShortTag() != is.ShortTag() || len(was.Content) != len(is.Content) ||
		was.HeadComment != is.HeadComment || was.LineComment != is.LineComment || was.FootComment != is.FootComment {
		return false
	}
	for i := range was.Content {
		if !sameNode(was.Content[i], is.Content[i], values) {
			return false
		}
	}
	return true
}
