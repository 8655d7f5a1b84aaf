package loading

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/model"
)

// Remotes are the compositions in registries that the files of a project include or extend.
// The loader finds each of them in its own [Stage], which is on disk only during a load. A
// nil *Remotes has none. It is safe for concurrent use.
type Remotes struct {
	mu     sync.Mutex
	byRef  map[string]*remoteStage
	stages []*remoteStage
	// users is the number of loads that currently need the stages on disk.
	users int
}

type remoteStage struct {
	*Stage
	key string
}

// Add registers a composition under a reference, with its files. Compositions with the same key
// are the same, even under different references.
func (r *Remotes) Add(ref, key string, files []StagedFile) (*Stage, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.stages {
		if s.key == key {
			r.set(ref, s)
			return s.Stage, nil
		}
	}
	stage, err := NewStage(files)
	if err != nil {
		return nil, err
	}
	s := &remoteStage{Stage: stage, key: key}
	r.stages = append(r.stages, s)
	r.set(ref, s)
	return stage, nil
}

func (r *Remotes) set(ref string, s *remoteStage) {
	if r.byRef == nil {
		r.byRef = map[string]*remoteStage{}
	}
	r.byRef[ref] = s
}

// Alias registers the composition of one reference under another reference, too.
func (r *Remotes) Alias(ref, other string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.byRef[ref]; s != nil {
		r.set(other, s)
	}
}

// Len returns the number of compositions.
func (r *Remotes) Len() int {
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.stages)
}

// Find returns the composition registered under a reference, or nil.
func (r *Remotes) Find(ref string) *Stage {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.byRef[ref]; s != nil {
		return s.Stage
	}
	return nil
}

// Around returns the composition that contains a path, or nil.
func (r *Remotes) Around(path string) *Stage {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.stages {
		if localfile.Inside(s.Root, path) {
			return s.Stage
		}
	}
	return nil
}

// write writes the compositions to disk until release is called.
func (r *Remotes) write() (release func(), err error) {
	if r.Len() == 0 {
		return func() {}, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.users++
	release = func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.users--; r.users == 0 {
			for _, s := range r.stages {
				s.Remove()
				s.written = false
			}
		}
	}
	for _, s := range r.stages {
		if err := s.Write(); err != nil {
			return release, err
		}
	}
	return release, nil
}

// unrooted returns a model in which the folders of the compositions have stable names, the
// same for every load.
func (r *Remotes) unrooted(tree map[string]any) map[string]any {
	if r.Len() == 0 {
		return tree
	}
	clean, _ := model.Copy(tree, r.Lasting).(map[string]any)
	return clean
}

// Lasting replaces the folders of the compositions in a string with stable names, which
// begin with [RemoteAs].
func (r *Remotes) Lasting(text string) string {
	if r == nil {
		return text
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.stages {
		text = strings.ReplaceAll(text, s.Root, RemoteAs+s.key)
	}
	return text
}

// Name returns the name of a file in its composition, for a path that begins with a stable
// name, and whether the composition has such a file.
func (r *Remotes) Name(path string) (name string, carried, ok bool) {
	if r == nil {
		return "", false, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.stages {
		rest, found := strings.CutPrefix(path, RemoteAs+s.key)
		if !found || rest != "" && !strings.HasPrefix(rest, "/") {
			continue
		}
		at := s.Root + rest
		_, isFile := s.contents[at]
		return strings.TrimPrefix(rest, "/"), isFile || s.folders[at] || rest == "", true
	}
	return "", false, false
}

// Ref returns the first reference of the composition that contains a path, for a path that begins
// with a stable name; "" if there is none.
func (r *Remotes) Ref(path string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, ref := range slices.Sorted(maps.Keys(r.byRef)) {
		if rest, found := strings.CutPrefix(path, RemoteAs+r.byRef[ref].key); found && (rest == "" || strings.HasPrefix(rest, "/")) {
			return ref
		}
	}
	return ""
}

// Content returns the content of a file in a composition, for a path that begins with a stable
// name, and whether there is such a file.
func (r *Remotes) Content(path string) ([]byte, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.stages {
		if rest, found := strings.CutPrefix(path, RemoteAs+s.key+"/"); found {
			content, ok := s.contents[s.Root+string(filepath.Separator)+rest]
			return content, ok
		}
	}
	return nil, false
}

// Clean removes the temporary folders from the messages of an error.
func (r *Remotes) Clean(err error) error {
	if r.Len() == 0 || err == nil {
		return err
	}
	r.mu.Lock()
	stages := r.stages
	r.mu.Unlock()
	for _, s := range stages {
		err = s.Clean(err)
	}
	return err
}

// RemoteAs is the prefix of the stable names of folders of compositions in registries.
const RemoteAs = "/registry/"
