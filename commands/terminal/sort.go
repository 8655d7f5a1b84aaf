package terminal

import (
	"cmp"
	"maps"
	"slices"
)

// SortedKeys returns the sorted keys of m.
func SortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
