package loading

import (
	"strconv"
	"strings"
	"unsafe"

	"go.yaml.in/yaml/v4"
)

// origins record where strings of a model come from. A string is identified by the address
// of its bytes. The loader passes strings on without copying their bytes, unless it builds
// new ones, and no two live strings share an address.
type origins struct {
	// guessed are the keys of made-up values, for values with unset variables.
	guessed map[string]bool
	// standIns are the names that take the place of names with unset variables.
	standIns standIns
	// nodes are the nodes of scalars that are passed with a mark.
	nodes []tracedNode
	// known are the strings that were recorded.
	known map[*byte]*origin
	// all are the origins of known, and of strings without text, in order.
	all []*origin
	// digests are the strings that could be references with a digest.
	digests map[string]bool
}

// A tracedNode is a scalar that is passed with a mark.
type tracedNode struct {
	node *yaml.Node
	// key is the key of the value.
	key string
	// inList is true if it is in a list that an override may have to repeat.
	inList bool
}

// An origin is the source of a string.
type origin struct {
	// text keeps the string's memory alive.
	text string
	// raw is the string before variables were replaced.
	raw string
	// from is the scalar; nil if unknown.
	from *tracedNode
	// found is true if the string is in the model.
	found bool
}

func newOrigins() *origins {
	return &origins{known: map[*byte]*origin{}, digests: map[string]bool{}, standIns: standIns{}}
}

// see records a value that the loader processes.
func (o *origins) see(value string) {
	if strings.Contains(value, "@") {
		o.digests[value] = true
	}
}

// add numbers a scalar.
func (o *origins) add(n tracedNode) int {
	o.nodes = append(o.nodes, n)
	return len(o.nodes) - 1
}

// record records the source of a string, and returns the string to use for it.
func (o *origins) record(value string, raw string, from *tracedNode) string {
	value = strings.Clone(value)
	found := &origin{text: value, raw: raw, from: from}
	o.all = append(o.all, found)
	if value != "" {
		o.known[unsafe.StringData(value)] = found
	}
	return value
}

// of returns the origin of a string; nil if unknown.
func (o *origins) of(value string) *origin {
	if value == "" {
		return nil
	}
	found := o.known[unsafe.StringData(value)]
	if found == nil || len(found.text) != len(value) {
		return nil
	}
	return found
}

// marked returns a value with the mark of a scalar before it.
func (m Marks) marked(number int, value string) string {
	return m.scalar + strconv.Itoa(number) + m.scalar + value
}

// unmark removes the mark of a scalar from a string. The number is -1 if it has none.
func (m Marks) unmark(text string) (number int, value string) {
	rest, ok := strings.CutPrefix(text, m.scalar)
	if !ok || m.scalar == "" {
		return -1, text
	}
	digits, value, _ := strings.Cut(rest, m.scalar)
	number, err := strconv.Atoi(digits)
	if err != nil {
		return -1, text
	}
	return number, value
}

// guess records that a value under a key was made up.
func (o *origins) guess(key string) {
	if o.guessed == nil {
		o.guessed = map[string]bool{}
	}
	o.guessed[key] = true
}
