package compose

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// maxOpenSize bounds the files of a composition together, and maxOpenFiles their number.
const (
	maxOpenSize  = 64 << 20
	maxOpenFiles = 10000
)

// Open reads the files of a composition that came from a registry: the compose files in
// the order of its layers, the pins file among them, and the carried ones. It has the
// same view of them as Docker Compose: later ones override earlier ones.
//
// The files are not trusted. They see no environment and no other file: a path that
// leads outside of the composition is an error, whatever is there, and nothing is
// fetched. An unset variable is none: it stays in [Image.Ref] as it is written.
func Open(ctx context.Context, files []File) (*Project, error) {
	stage, err := newStage(files)
	if err != nil {
		return nil, err
	}
	defer stage.remove()
	g := &graph{dir: stage.root, read: stage.read, within: stage.root}
	for _, main := range stage.mains {
		g.mains = append(g.mains, &graphFile{path: main.Filename, name: g.name(main.Filename), content: main.Content})
	}
	env := types.Mapping{}
	g.walk(env)
	if err := errors.Join(g.errs...); err != nil {
		return nil, err
	}
	r := &reader{dir: stage.root, within: stage.root, env: env, files: stage.mains, name: "composition"}
	model, name, err := r.model(ctx)
	if err != nil {
		return nil, stage.clean(g.diagnose(err))
	}
	p := &Project{Name: name, env: map[string]string{}, opened: true}
	for _, file := range files {
		if file.Kind == ComposeFile {
			p.Files = append(p.Files, file)
		} else {
			p.Carried = append(p.Carried, file)
		}
	}
	p.Variables = g.variables()
	p.Services = packagedServices(model, nil)
	images := imageFinder{locate: g.locate, allowUnset: true}
	images.find(model, p.Services)
	p.Images = images.images
	if err := errors.Join(images.errs...); err != nil {
		return nil, err
	}
	return p, nil
}

// A stage is a private folder that the files of a composition are written to for the
// time of reading them, because the loader reads includes from disk.
type stage struct {
	// top is the temporary folder, root the project's folder deep in it.
	top, root string
	mains     []types.ConfigFile
}

// newStage writes files that are not trusted to a new folder.
func newStage(files []File) (*stage, error) {
	top, err := os.MkdirTemp("", "ocompose-")
	if err != nil {
		return nil, fmt.Errorf("reading a composition: %w", err)
	}
	s := &stage{top: top, root: filepath.Join(top, strings.Repeat("d"+string(filepath.Separator), stageDepth))}
	if err := s.fill(files); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

func (s *stage) remove() { os.RemoveAll(s.top) }

func (s *stage) fill(files []File) error {
	size := 0
	for _, file := range files {
		size += len(file.Content)
	}
	if size > maxOpenSize || len(files) > maxOpenFiles {
		return &Error{Problem: ProblemFile, Reason: fmt.Sprintf("the composition has %d files of %d bytes, more than is read", len(files), size)}
	}
	if err := os.MkdirAll(s.root, 0o700); err != nil {
		return fmt.Errorf("reading a composition: %w", plain(err))
	}
	// Docker Compose has all compose files in one, which they may refer to.
	var compose bytes.Buffer
	for _, file := range files {
		if file.Kind != ComposeFile {
			if err := s.write(file.Name, file.Content); err != nil {
				return err
			}
			continue
		}
		name := "compose.yaml"
		if n := len(s.mains); n > 0 {
			compose.WriteString("\n---\n")
			// The name takes part in messages only.
			if name = file.Name; !filepath.IsLocal(name) || name == "compose.yaml" {
				name = "layer-" + strconv.Itoa(n) + ".yaml"
			}
		}
		compose.Write(file.Content)
		s.mains = append(s.mains, configFile(filepath.Join(s.root, filepath.FromSlash(name)), file.Content))
	}
	if len(s.mains) == 0 {
		return &Error{Problem: ProblemNoProject, Reason: "the composition has no Compose file"}
	}
	return s.write("compose.yaml", compose.Bytes())
}

// write puts a carried file into the stage; no name leads out of it or names a file twice.
func (s *stage) write(name string, content []byte) error {
	refused := &Error{Problem: ProblemFile, Subject: name}
	if !filepath.IsLocal(name) || strings.ContainsAny(name, "\\\x00") || strings.HasSuffix(name, "/") {
		refused.Reason = fmt.Sprintf("the composition carries a file with the name %q, which leads out of its folder", name)
		return refused
	}
	path := filepath.Join(s.root, filepath.FromSlash(name))
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		var f *os.File
		if f, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
			_, err = f.Write(content)
			err = errors.Join(err, f.Close())
		}
	}
	if err != nil {
		refused.Reason, refused.Err = fmt.Sprintf("the composition's file %q", name), plain(err)
		return refused
	}
	return nil
}

// read reads a file of the stage for the graph.
func (s *stage) read(path string) ([]byte, error) {
	if !inside(s.root, path) {
		return nil, errHostilePath
	}
	return readLocal(path)
}

// unrooted is a model without the temporary folder: the paths that includes make absolute
// are the same whenever the composition is read.
func (s *stage) unrooted(model map[string]any) map[string]any {
	clean, _ := copyOf(model, func(text string) string { return strings.ReplaceAll(text, s.root, stagedAs) }).(map[string]any)
	return clean
}

// stagedAs stands for the folder of a stage in models.
const stagedAs = "/composition"

// clean takes the temporary folder out of an error's text.
func (s *stage) clean(err error) error {
	for _, e := range Errors(err) {
		strip := func(text string) string {
			return strings.ReplaceAll(strings.ReplaceAll(text, s.root+string(filepath.Separator), ""), s.top, "")
		}
		e.Reason = strip(e.Reason)
		if e.Err != nil {
			e.Err = errors.New(strip(e.Err.Error()))
		}
	}
	return err
}
