package compose

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/compose/internal/yamlnode"
)

// CheckFlightControl returns an error if Flight Control's agent rejects a Compose file with
// its override, which may be nil: the agent supports mounts only in short form, requires a
// full image name for each service, and rejects container_name. A service in the override
// replaces that in the file completely.
//
// See https://github.com/flightctl/flightctl/blob/v1.4.0-main/internal/api/common/common.go
// and https://github.com/flightctl/flightctl/blob/v1.4.0-main/internal/util/validation/compose.go.
func CheckFlightControl(file, override []byte) error {
	var errs []error
	services := map[string]*yaml.Node{}
	for _, content := range [][]byte{file, override} {
		if content == nil {
			continue
		}
		documents, err := yamlnode.Parse(context.Background(), content)
		if err != nil {
			return err
		}
		if len(documents) > 1 {
			return errors.New("a Compose file has several YAML documents, and Flight Control reads only the first")
		}
		for _, document := range documents {
			for name, service := range yamlnode.Entries(yamlnode.Value(yamlnode.Resolve(document), "services")) {
				services[name] = service
				errs = append(errs, checkService(name, service))
			}
			for name, volume := range yamlnode.Entries(yamlnode.Value(yamlnode.Resolve(document), "volumes")) {
				if external := yamlnode.Resolve(yamlnode.Value(volume, "external")); external != nil && external.ShortTag() != "!!bool" && external.ShortTag() != "!!null" {
					errs = append(errs, fmt.Errorf("volume %s: external must be true or false for Flight Control", name))
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(services)) {
		if yamlnode.Text(yamlnode.Value(services[name], "image")) == "" {
			errs = append(errs, fmt.Errorf("service %s: it has no image, but Flight Control requires an image for each service", name))
		}
	}
	return errors.Join(errs...)
}

// checkService returns an error if Flight Control rejects a service in one file.
func checkService(name string, service *yaml.Node) error {
	if yamlnode.Text(yamlnode.Value(service, "container_name")) != "" {
		return fmt.Errorf("service %s: Flight Control does not support container_name", name)
	}
	for _, mount := range yamlnode.Items(yamlnode.Value(service, "volumes")) {
		if !yamlnode.IsScalar(mount) {
			return fmt.Errorf("service %s: Flight Control supports volumes only in short form, SOURCE:TARGET, which --flatten writes if possible", name)
		}
	}
	return nil
}
