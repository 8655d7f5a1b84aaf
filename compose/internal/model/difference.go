package model

import (
	"math"
	"reflect"
	"time"
)

// Difference walks two models and returns the path of the first value that differs and that
// allowed does not permit. An absent mapping equals an empty one. The path passed to
// allowed is valid only during the call.
func Difference(a, b any, allowed func(path Path, a, b any) bool) (Path, bool) {
	return difference(a, b, nil, allowed)
}

func difference(a, b any, path Path, allowed func(path Path, a, b any) bool) (Path, bool) {
	mapA, isMapA := a.(map[string]any)
	mapB, isMapB := b.(map[string]any)
	if (isMapA || a == nil) && (isMapB || b == nil) && (isMapA || isMapB) {
		for key, value := range Entries(mapA) {
			if at, differs := difference(value, mapB[key], append(path, key), allowed); differs {
				return at, true
			}
		}
		for key, value := range Entries(mapB) {
			if _, known := mapA[key]; known {
				continue
			}
			if at, differs := difference(nil, value, append(path, key), allowed); differs {
				return at, true
			}
		}
		return nil, false
	}
	listA, isListA := a.([]any)
	listB, isListB := b.([]any)
	if isListA && isListB && len(listA) == len(listB) {
		for i := range listA {
			if at, differs := difference(listA[i], listB[i], append(path, i), allowed); differs {
				return at, true
			}
		}
		return nil, false
	}
	if sameScalar(a, b) || allowed(path, a, b) {
		return nil, false
	}
	return append(Path(nil), path...), true
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
