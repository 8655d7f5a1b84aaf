package loading

import (
	"fmt"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/quiet"
)

// CheckConsistency runs Docker Compose's own checks of references in a model: dependencies
// between services, networks, volumes, configs and secrets. absolute is the model with
// absolute paths. References that depend on a variable without a value pass, because only
// the deployment knows them.
func (m *Model) CheckConsistency(absolute map[string]any, profiles []string) error {
	s := settler{unset: m.in.Marks.Unset, gone: map[string]bool{}}
	copied := s.mapping(absolute, "")
	s.unknown(copied, m.origins.guessed)
	defer quiet.Quiet()()
	details := types.ConfigDetails{WorkingDir: m.in.Dir, Environment: types.Mapping(m.in.Env).Clone()}
	opts := loader.ToOptions(&details, []func(*loader.Options){func(o *loader.Options) {
		o.SetProjectName(m.Name, true)
		o.Profiles = profiles
		o.SkipResolveEnvironment = true
		o.SkipResolveLabels = true
	}})
	copied["name"] = m.Name
	normal, err := loader.Normalize(copied, details.Environment)
	if err != nil {
		return err
	}
	if err := checkWays(normal); err != nil {
		return err
	}
	_, err = loader.ModelToProject(normal, opts, details)
	return err
}

// maxWays limits the paths through the dependencies of services: the loader follows each of
// them when it looks for cycles.
const maxWays = 200_000

// checkWays rejects a model with so many dependency paths that the loader would not return.
// Cycles are left to the loader.
func checkWays(normal map[string]any) error {
	next := map[string][]string{}
	for name, service := range model.Entries(normal["services"]) {
		fields, _ := service.(map[string]any)
		for dependency := range model.Entries(fields["depends_on"]) {
			next[name] = append(next[name], dependency)
		}
	}
	ways := map[string]int{}
	var count func(name string) int
	count = func(name string) int {
		if known, ok := ways[name]; ok {
			return known // 0 in a cycle
		}
		ways[name] = 0
		sum := 1
		for _, dependency := range next[name] {
			sum = min(sum+count(dependency), maxWays+1)
		}
		ways[name] = sum
		return sum
	}
	all := 0
	for name := range next {
		if all += count(name); all > maxWays {
			return &problem.Error{Kind: problem.Syntax, Reason: fmt.Sprintf("the dependencies of services have more than %d paths, each of which Docker Compose would follow", maxWays)}
		}
	}
	return nil
}
