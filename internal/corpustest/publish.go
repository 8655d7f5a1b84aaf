package corpustest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	ggcr "github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// A Published composition is in a registry, for projects that include it.
type Published struct {
	// Ref is the reference with its digest: "oci://HOST/library/db@sha256:…".
	Ref string
	// Main is the Compose file, and Carried are the other files by name.
	Main    []byte
	Carried map[string][]byte
}

// Publish pushes the compositions that a project includes to a registry, as docker compose
// publish does, with the registry's host instead of [Host]. It returns them by reference:
// "oci://HOST/library/db:1".
func (p Project) Publish(host string) (map[string]Published, error) {
	all := map[string]Published{}
	for ref, folder := range p.Included {
		tag, err := name.NewTag(host+"/"+ref, name.Insecure)
		if err != nil {
			return nil, err
		}
		published, err := publish(tag, filepath.Join(p.Dir, folder), host)
		if err != nil {
			return nil, fmt.Errorf("publishing %s: %w", ref, err)
		}
		all["oci://"+host+"/"+ref] = published
	}
	return all, nil
}

// publish pushes the files of a folder without subfolders.
func publish(tag name.Tag, folder, host string) (Published, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return Published{}, err
	}
	published := Published{Carried: map[string][]byte{}}
	var layers []v1.Descriptor
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return Published{}, err
		}
		content = bytes.ReplaceAll(content, []byte(Host), []byte(host))
		kind, key := types.MediaType("application/vnd.docker.compose.envfile"), "com.docker.compose.envfile"
		if entry.Name() == "compose.yaml" {
			published.Main = content
			kind, key = "application/vnd.docker.compose.file+yaml", "com.docker.compose.file"
		} else {
			published.Carried[entry.Name()] = content
		}
		layer := static.NewLayer(content, kind)
		if err := ggcr.WriteLayer(tag.Context(), layer); err != nil {
			return Published{}, err
		}
		digest, err := layer.Digest()
		if err != nil {
			return Published{}, err
		}
		layers = append(layers, v1.Descriptor{MediaType: kind, Digest: digest, Size: int64(len(content)), Annotations: map[string]string{key: entry.Name()}})
	}
	config := static.NewLayer([]byte("{}"), "application/vnd.docker.compose.config.empty.v1+json")
	if err := ggcr.WriteLayer(tag.Context(), config); err != nil {
		return Published{}, err
	}
	digest, err := config.Digest()
	if err != nil {
		return Published{}, err
	}
	body, err := json.Marshal(v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Layers: layers,
		Config: v1.Descriptor{MediaType: "application/vnd.docker.compose.config.empty.v1+json", Digest: digest, Size: 2},
	})
	if err != nil {
		return Published{}, err
	}
	digest, _, err = v1.SHA256(bytes.NewReader(body))
	if err != nil {
		return Published{}, err
	}
	published.Ref = "oci://" + tag.Context().Digest(digest.String()).Name()
	return published, ggcr.Put(tag, manifest(body))
}

// manifest is the content of a manifest.
type manifest []byte

// RawManifest returns the content.
func (m manifest) RawManifest() ([]byte, error) { return m, nil }

// MediaType returns the media type.
func (m manifest) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }
