package loading

import (
	"fmt"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/variables"
)

// A settler copies a model without variables that have no value, so that no check fails
// because of them: each is replaced with a unique string if its key is required, otherwise
// it is left out with its entry.
type settler struct {
	unset variables.Marks
	found int
	// gone are the keys of values that were left out.
	gone map[string]bool
}

// needed are the keys whose values must not be left out.
var needed = map[string]bool{
	"image": true, "context": true, "dockerfile": true, "dockerfile_inline": true, "target": true,
	"file": true, "content": true, "environment": true, "device": true, "model": true, "type": true, "path": true,
}

// mapping copies a mapping under a key. It returns nil if the mapping is left out.
func (s *settler) mapping(m map[string]any, key string) map[string]any {
	copied := make(map[string]any, len(m))
	asBind := false
	for name, value := range m {
		text, isText := value.(string)
		switch {
		case s.unset.In(name):
			s.found++
		case !isText || !s.unset.In(text):
			if value, ok := s.value(value, name); ok {
				copied[name] = value
			}
		case name == "source" && key == "volumes":
			asBind = true
		case name == "source":
			s.found++
			return nil // a reference that only the variable determines
		case needed[name]:
			copied[name] = s.text()
		default:
			s.found++
			s.gone[name] = true
		}
	}
	if asBind { // a bind mount has no reference
		copied["type"], copied["source"] = "bind", s.text()
	}
	return copied
}

// value copies a value under a key. It returns false if the value is left out.
func (s *settler) value(value any, key string) (any, bool) {
	switch value := value.(type) {
	case map[string]any:
		copied := s.mapping(value, key)
		return copied, copied != nil
	case []any:
		copied := make([]any, 0, len(value))
		for _, item := range value {
			if text, ok := item.(string); ok && s.unset.In(text) {
				s.found++
				if key == "test" {
					return nil, false // whose first word determines its meaning
				}
				continue
			}
			if item, ok := s.value(item, key); ok {
				copied = append(copied, item)
			}
		}
		return copied, true
	}
	return value, true
}

// text returns a unique string: two mounts must not have the same target.
func (s *settler) text() string {
	s.found++
	return fmt.Sprintf("/unset-%d", s.found)
}

// agreeing maps fields of services to the fields below deploy that they must agree with.
var agreeing = map[string]string{
	"scale": "replicas", "cpus": "cpus", "mem_limit": "memory", "mem_reservation": "memory", "pids_limit": "pids",
}

// unknown leaves out the fields of services that must agree with others, if one of the two
// was left out or made up. guessed are the keys of made-up values.
func (s *settler) unknown(copied map[string]any, guessed map[string]bool) {
	for _, service := range model.Entries(copied["services"]) {
		fields, _ := service.(map[string]any)
		if guessed["container_name"] && fields["container_name"] == placeholderText {
			delete(fields, "container_name")
		}
		for key, below := range agreeing {
			if guessed[key] || guessed[below] || s.gone[key] || s.gone[below] {
				delete(fields, key)
			}
		}
	}
}
