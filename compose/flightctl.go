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

// CheckFlightControl returns why Flight Control's agent refuses a Compose file with its
// override, which is nil if there is none: it knows mounts in their short form only, wants a
// full image name of each service, and no container_name. A service of the override takes the
// place of the one in the file, as a whole.
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
					errs = append(errs, fmt.Errorf("volume %s: external has to be true or false for Flight Control", name))
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(services)) {
		if yamlnode.Text(yamlnode.Value(services[name], "image")) == "" {
			errs = append(errs, fmt.Errorf("service %s: it has no image, and Flight Control needs one of each service", name))
		}
	}
	return errors.Join(errs...)
}

// checkService returns what Flight Control does not take of a service in one file.
func checkService(name string, service *yaml.Node) error {
	if yamlnode.Text(yamlnode.Value(service, "container_name")) != "" {
		return fmt.Errorf("service %s: Flight Control does not take container_name", name)
	}
	for _, mount := range yamlnode.Items(yamlnode.Value(service, "volumes")) {
		if !yamlnode.IsScalar(mount) {
			return fmt.Errorf("service %s: Flight Control reads volumes in the short form only, SOURCE:TARGET, which --flatten writes where it can say the same", name)
		}
	}
	return nil
}
