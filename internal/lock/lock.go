// Package lock reads and writes files that hold the digests of an application's images, so that
// they can be reviewed and stored next to its Compose files:
//
//   - a Compose override with the images of all services, as image-digests.yaml of a composition
//     and what docker compose config --lock-image-digests writes;
//   - Carvel's ImagesLock, which imgpkg and kbld write.
package lock

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"go.yaml.in/yaml/v4"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/compose"
)

// The version and kind of an ImagesLock.
//
// See https://carvel.dev/imgpkg/docs/v0.46.x/resources/#imageslock-configuration.
const (
	imagesLockVersion = "imgpkg.carvel.dev/v1alpha1"
	imagesLockKind    = "ImagesLock"
	// annotationID is the reference that an image was resolved from.
	annotationID = "kbld.carvel.dev/id"
)

// MaxSize is the maximum size of a file in bytes.
const MaxSize = 16 << 20

// A Lock has the digests of images.
type Lock struct {
	entries []entry
}

// An entry is one image.
type entry struct {
	// path is the path of the image in the project; empty if the lock has none.
	path string
	// written is the reference that was resolved, without the digest: with the tag, if the lock
	// has it.
	written string
	digest  name.Digest
}

// imagesLock is Carvel's file.
type imagesLock struct {
	Version string        `yaml:"apiVersion"`
	Kind    string        `yaml:"kind"`
	Images  []lockedImage `yaml:"images"`
}

type lockedImage struct {
	Image       string            `yaml:"image"`
	Annotations map[string]string `yaml:"annotations,omitempty"`
}

// Read reads a lock of either kind.
func Read(ctx context.Context, content []byte) (*Lock, error) {
	if len(content) > MaxSize {
		return nil, fmt.Errorf("it has more than %d bytes", MaxSize)
	}
	project, err := compose.Open(ctx, []compose.File{{Name: "compose.yaml", Content: content, Kind: compose.ComposeFile}}, nil)
	if err != nil {
		carvel, isCarvel, carvelErr := readImagesLock(content)
		if isCarvel {
			return carvel, carvelErr
		}
		return nil, err
	}
	l := &Lock{}
	for _, place := range project.Images {
		if err := l.add(place.Path, place.Ref, place.Ref); err != nil {
			return nil, err
		}
	}
	if len(l.entries) == 0 {
		return nil, errors.New("it names no images")
	}
	return l, nil
}

// readImagesLock reads Carvel's file.
func readImagesLock(content []byte) (l *Lock, isCarvel bool, err error) {
	var file imagesLock
	if err := yaml.Unmarshal(content, &file); err != nil || file.Kind != imagesLockKind {
		return nil, false, nil
	}
	if file.Version != imagesLockVersion {
		return nil, true, fmt.Errorf("it is an ImagesLock of version %q, not %s", file.Version, imagesLockVersion)
	}
	l = &Lock{}
	for _, image := range file.Images {
		if err := l.add("", cmp.Or(image.Annotations[annotationID], image.Image), image.Image); err != nil {
			return nil, true, err
		}
	}
	return l, true, nil
}

// add adds an image that was resolved from a reference.
func (l *Lock) add(path, from, ref string) error {
	if !strings.Contains(ref, "@") {
		return fmt.Errorf("its image %q has no digest", ref)
	}
	digest, err := name.NewDigest(ref)
	if err != nil {
		return fmt.Errorf("its image %q: %w", ref, err)
	}
	written, _, _ := strings.Cut(from, "@")
	l.entries = append(l.entries, entry{path, written, digest})
	return nil
}

// A MissingError reports that a lock does not match a project.
type MissingError struct {
	// Service is the name of the service, and Ref its image.
	Service, Ref string
	// Locked is the image in the lock; empty for none.
	Locked string
}

func (e *MissingError) Error() string {
	if e.Locked == "" {
		return fmt.Sprintf("service %s: %s is not in the lock", e.Service, e.Ref)
	}
	return fmt.Sprintf("service %s runs %s, but the lock has %s", e.Service, e.Ref, e.Locked)
}

// Apply returns the project with its images pinned to the digests of the lock, and the places
// and images of the lock that the project does not have. The error has a [MissingError] for
// each image that the lock has no digest for.
func (l *Lock) Apply(project *compose.Project) (pinned *compose.Project, unused []string, err error) {
	used := make([]bool, len(l.entries))
	var problems []error
	copied := *project
	copied.Images = slices.Clone(project.Images)
	for i, place := range copied.Images {
		n, err := l.find(place)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		used[n] = true
		for j, e := range l.entries { // the same image, for another place
			used[j] = used[j] || e.path == "" && e.digest == l.entries[n].digest
		}
		written, _, _ := strings.Cut(place.Ref, "@")
		copied.Images[i].Ref = written + "@" + l.entries[n].digest.DigestStr()
	}
	for i, e := range l.entries {
		if !used[i] {
			unused = append(unused, cmp.Or(e.path, e.written))
		}
	}
	return &copied, unused, errors.Join(problems...)
}

// find returns the entry for a place.
func (l *Lock) find(place compose.Image) (int, error) {
	missing := &MissingError{Service: place.Service, Ref: place.Ref}
	for i, e := range l.entries {
		if e.path != "" && e.path == place.Path {
			if place.Ref == "" || e.matches(place.Ref) {
				return i, nil
			}
			missing.Locked = e.written + "@" + e.digest.DigestStr()
			return 0, missing
		}
	}
	// Docker Compose does not lock hooks, or services of profiles that are not selected. The same
	// reference in another place is the same image.
	for i, e := range l.entries {
		if place.Ref != "" && e.matches(place.Ref) {
			return i, nil
		}
	}
	return 0, missing
}

// matches reports whether the entry is for a reference: with the same repository, and the same
// tag and digest if both have one.
func (e entry) matches(ref string) bool {
	written, digest, _ := strings.Cut(ref, "@")
	repo, tag, ok := split(written)
	own, ownTag, ownOK := split(e.written)
	return ok && ownOK && repo == own && (tag == ownTag || tag == "" || ownTag == "") &&
		(digest == "" || digest == e.digest.DigestStr())
}

// split returns the full name of a reference's repository, and its tag if it has one.
func split(written string) (repo, tag string, ok bool) {
	parsed, err := name.NewTag(written)
	if err != nil {
		return "", "", false
	}
	if strings.HasSuffix(written, ":"+parsed.TagStr()) {
		tag = parsed.TagStr()
	}
	return artifact.RepositoryName(parsed.Context()), tag, true
}

// ImagesLock returns Carvel's file for the pins of a project.
func ImagesLock(project *compose.Project, pins compose.Pins) ([]byte, error) {
	file := imagesLock{Version: imagesLockVersion, Kind: imagesLockKind, Images: []lockedImage{}}
	for _, place := range project.Images {
		digest, err := name.NewDigest(pins[place.Path].Ref)
		if err != nil {
			return nil, err
		}
		image := lockedImage{Image: digest.Context().Name() + "@" + digest.DigestStr()}
		if written, _, _ := strings.Cut(place.Ref, "@"); written != "" {
			image.Annotations = map[string]string{annotationID: written}
		}
		same := func(other lockedImage) bool {
			return other.Image == image.Image && other.Annotations[annotationID] == image.Annotations[annotationID]
		}
		if !slices.ContainsFunc(file.Images, same) {
			file.Images = append(file.Images, image)
		}
	}
	slices.SortFunc(file.Images, func(a, b lockedImage) int {
		return cmp.Or(strings.Compare(a.Image, b.Image), strings.Compare(a.Annotations[annotationID], b.Annotations[annotationID]))
	})
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(file), encoder.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
