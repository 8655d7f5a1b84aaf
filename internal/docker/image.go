package docker

import (
	"context"
	"strings"
)

// HasImage reports whether the engine has an image under a name.
func (d Docker) HasImage(ctx context.Context, ref string) (bool, error) {
	_, err := d.output(ctx, "image", "inspect", "--format", "{{.Id}}", "--", ref)
	if err != nil && strings.Contains(strings.ToLower(err.Error()), "no such image") {
		return false, nil
	}
	return err == nil, err
}

// SaveImage writes an image of the engine to a file, in the format of docker image save.
func (d Docker) SaveImage(ctx context.Context, ref, file string) error {
	_, err := d.output(ctx, "image", "save", "--output", file, "--", ref)
	return err
}
