package filegraph

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/place"
	"github.com/ocompose/ocompose/compose/internal/problem"
	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// The limits of a project.
const (
	// maxServices are the services and jobs of a project.
	maxServices = 2000
	// maxExtends limits the length of a chain of extends.
	maxExtends = 100
	// maxIncludes limits the length of a chain of includes.
	maxIncludes = 50
	// maxIncludeLevels limits the includes of a project, each counted once per level above it.
	maxIncludeLevels = 10_000
	// maxIncludeVariables limits the variables that all includes see together: the loader copies
	// them for each include.
	maxIncludeVariables = 500_000
	// maxPorts are the ports of a project, counting each port of a range.
	maxPorts = 25_000
	// maxMounts are the volumes of all services.
	maxMounts = 3000
	// maxCommand are the bytes of a command in string form, which the loader splits in
	// quadratic time. Linux allows no longer argument. For several commands, the sum of the
	// squares counts.
	maxCommand = 128 << 10
)

// A budget limits the expanded size of a project in the loader: each file once for each
// reference to it, and each service with everything that it extends.
type budget struct {
	sizes yamlnode.Sizes

	values, services, ports, mounts, commands int
}

// check returns an error for a project that exceeds a limit.
func (g *Graph) check() error {
	b := budget{sizes: yamlnode.Sizes{}}
	for _, f := range g.Files {
		for _, document := range f.Documents {
			if b.values += b.sizes.Of(document); b.values > yamlnode.MaxValues {
				return tooMuch(f, 0, "the project has more than %d values with its aliases, includes and extends expanded", yamlnode.MaxValues)
			}
			if f.Role == Extended {
				continue // its services are counted where they are extended
			}
			for container := range place.Nodes(document) {
				if b.services++; b.services > maxServices {
					return tooMuch(f, 0, "the project has more than %d services", maxServices)
				}
				if err := b.service(f, container.Node); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// service adds a service and the services that it extends.
func (b *budget) service(f *File, service *yaml.Node) error {
	seen := map[*yaml.Node]bool{}
	at := f
	for node := service; node != nil && !seen[node]; {
		seen[node] = true
		if len(seen) > maxExtends {
			return tooMuch(f, service.Line, "a chain of extends has more than %d services", maxExtends)
		}
		if len(seen) > 1 {
			if b.values += b.sizes.Of(node); b.values > yamlnode.MaxValues {
				return tooMuch(f, service.Line, "the project has more than %d values with its extends expanded", yamlnode.MaxValues)
			}
		}
		if b.ports += ports(node); b.ports > maxPorts {
			return tooMuch(f, service.Line, "the project has more than %d ports, counting each port of a range", maxPorts)
		}
		if b.mounts += len(yamlnode.Items(yamlnode.Value(node, "volumes"))); b.mounts > maxMounts {
			return tooMuch(f, service.Line, "the services of the project have more than %d volumes", maxMounts)
		}
		if b.commands += commands(node); b.commands > maxCommand*maxCommand {
			return tooMuch(f, service.Line, "the commands of the project are longer than %d bytes in total", maxCommand)
		}
		at, node = at.extended(node)
	}
	return nil
}

// extended returns the service that a service extends, and its file.
func (f *File) extended(service *yaml.Node) (*File, *yaml.Node) {
	extends := yamlnode.Value(service, "extends")
	if name := yamlnode.Text(extends); name != "" {
		return f, f.container(name)
	}
	name := yamlnode.Text(yamlnode.Value(extends, "service"))
	if file := yamlnode.Value(extends, "file"); file != nil {
		base := f.bases[localfile.Absolute(f.dir, yamlnode.Text(file))]
		if base == nil {
			return f, nil
		}
		return base, base.container(name)
	}
	return f, f.container(name)
}

func tooMuch(f *File, line int, format string, limit int) error {
	return &problem.Error{Kind: problem.File, Position: problem.Position{File: f.Name, Line: line}, Reason: fmt.Sprintf(format, limit)}
}

// commands sums up the squares of the lengths of the commands of a service and its hooks.
func commands(service *yaml.Node) int {
	sum := 0
	for _, key := range []string{"command", "entrypoint"} {
		n := len(yamlnode.Text(yamlnode.Value(service, key)))
		sum += n * n
	}
	for _, hooks := range []string{"pre_start", "post_start", "pre_stop"} {
		for _, hook := range yamlnode.Items(yamlnode.Value(service, hooks)) {
			sum += commands(hook)
		}
	}
	return sum
}

// ports counts the ports that the short forms of a service expand to.
func ports(service *yaml.Node) int {
	n := 0
	for _, item := range yamlnode.Items(yamlnode.Value(service, "ports")) {
		text, _, _ := strings.Cut(yamlnode.Text(item), "/")
		most := 1
		for part := range strings.SplitSeq(text, ":") {
			from, to, isRange := strings.Cut(part, "-")
			first, err := strconv.Atoi(from)
			last, err2 := strconv.Atoi(to)
			if isRange && err == nil && err2 == nil && last <= 1<<16 {
				most = max(most, last-first+1)
			}
		}
		n += most
	}
	return n
}
