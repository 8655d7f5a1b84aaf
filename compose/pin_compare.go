package compose

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
)

// stepsKey makes a map key of steps.
func stepsKey(steps []any) string {
	var key strings.Builder
	for _, step := range steps {
		fmt.Fprintf(&key, "%T %v\x00", step, step)
	}
	return key.String()
}

// firstDifference walks two models and returns the way to the first value in which
// they differ, unless allowed says that it may. An absent mapping is an empty one.
func firstDifference(a, b any, allowed func(steps []any, a, b any) bool) ([]any, bool) {
	return difference(a, b, nil, allowed)
}

func difference(a, b any, steps []any, allowed func(steps []any, a, b any) bool) ([]any, bool) {
	mapA, isMapA := a.(map[string]any)
	mapB, isMapB := b.(map[string]any)
	if (isMapA || a == nil) && (isMapB || b == nil) && (isMapA || isMapB) {
		for key, value := range entries(mapA) {
			if at, differs := difference(value, mapB[key], append(steps, key), allowed); differs {
				return at, true
			}
		}
		for key, value := range entries(mapB) {
			if _, known := mapA[key]; known {
				continue
			}
			if at, differs := difference(nil, value, append(steps, key), allowed); differs {
				return at, true
			}
		}
		return nil, false
	}
	listA, isListA := a.([]any)
	listB, isListB := b.([]any)
	if isListA && isListB && len(listA) == len(listB) {
		for i := range listA {
			if at, differs := difference(listA[i], listB[i], append(steps, i), allowed); differs {
				return at, true
			}
		}
		return nil, false
	}
	if sameScalar(a, b) || allowed(steps, a, b) {
		return nil, false
	}
	return append([]any(nil), steps...), true
}

// sameScalar compares two values as the loader's own types and YAML's see them.
func sameScalar(a, b any) bool {
	if at, ok := a.(time.Time); ok {
		bt, ok := b.(time.Time)
		return ok && at.Equal(bt)
	}
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	switch {
	case !x.IsValid() || !y.IsValid():
		return x.IsValid() == y.IsValid()
	case x.Kind() == reflect.Bool && y.Kind() == reflect.Bool:
		return x.Bool() == y.Bool()
	case x.Kind() == reflect.String && y.Kind() == reflect.String:
		return x.String() == y.String()
	case x.CanInt() && y.CanInt():
		return x.Int() == y.Int()
	case x.CanUint() && y.CanUint():
		return x.Uint() == y.Uint()
	case x.CanFloat() && y.CanFloat():
		return x.Float() == y.Float() || math.IsNaN(x.Float()) && math.IsNaN(y.Float())
	}
	return reflect.DeepEqual(a, b)
}

// spellSteps writes steps for people.
func spellSteps(steps []any) string {
	parts := make([]string, len(steps))
	for i, step := range steps {
		parts[i] = fmt.Sprint(step)
	}
	return strings.Join(parts, ".")
}
