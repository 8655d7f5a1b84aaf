package loading

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/problem"
)

// maxStageSize bounds the files of a composition together, and maxStageFiles their number.
const (
	maxStageSize  = 64 << 20
	maxStageFiles = 10000
)

const (
	// mainName is the file that Docker Compose writes all Compose files of a composition to,
	// and separator what it puts between them.
	mainName  = "compose.yaml"
	separator = "\n---\n"
)

// A Stage is a private folder that the files of a composition are written to for the
// time of reading them, because the loader reads includes from disk. No path in the
// files leads out of it.
type Stage struct {
	// Root is the project's folder.
	Root string
	// Files are the compose files, in order.
	Files []File

	// top is the temporary folder; Root lies deep in it.
	top string
}

// A StagedFile is a file of a composition.
type StagedFile struct {
	Name    string
	Content []byte
	// IsCompose tells that the file is merged, and not only there for others to name.
	IsCompose bool
}

// NewStage writes files that are not to be trusted to a new folder.
func NewStage(files []StagedFile) (*Stage, error) {
	top, err := os.MkdirTemp("", "ocompose-")
	if err != nil {
		return nil, fmt.Errorf("reading a composition: %w", err)
	}
	s := &Stage{top: top, Root: filepath.Join(top, strings.Repeat("d"+string(filepath.Separator), stageDepth))}
	if err := s.fill(files); err != nil {
		s.Remove()
		return nil, err
	}
	return s, nil
}

// Main returns the path of the file that has all Compose files in one.
func (s *Stage) Main() string { return filepath.Join(s.Root, mainName) }

// Remove deletes the folder.
func (s *Stage) Remove() { os.RemoveAll(s.top) }

func (s *Stage) fill(files []StagedFile) error {
	size := 0
	for _, file := range files {
		size += len(file.Content)
	}
	if size > maxStageSize || len(files) > maxStageFiles {
		return &problem.Error{Kind: problem.File, Reason: fmt.Sprintf("the composition has %d files of %d bytes, more than is read", len(files), size)}
	}
	if err := os.MkdirAll(s.Root, 0o700); err != nil {
		return fmt.Errorf("reading a composition: %w", localfile.Cause(err))
	}
	// Docker Compose has all compose files in one, which they may refer to.
	var compose [][]byte
	for _, file := range files {
		if !file.IsCompose {
			if err := s.write(file.Name, file.Content); err != nil {
				return err
			}
			continue
		}
		name := mainName
		if n := len(s.Files); n > 0 {
			// The name takes part in messages only.
			if name = file.Name; !filepath.IsLocal(name) || name == mainName {
				name = "layer-" + strconv.Itoa(n) + ".yaml"
			}
		}
		compose = append(compose, file.Content)
		s.Files = append(s.Files, File{Path: filepath.Join(s.Root, filepath.FromSlash(name)), Content: file.Content})
	}
	if len(s.Files) == 0 {
		return &problem.Error{Kind: problem.NoProject, Reason: "the composition has no Compose file"}
	}
	return s.write(mainName, bytes.Join(compose, []byte(separator)))
}

// write puts a carried file into the stage. No name leads out of it or names a file twice.
func (s *Stage) write(name string, content []byte) error {
	refused := &problem.Error{Kind: problem.File, Subject: name}
	if !filepath.IsLocal(name) || strings.ContainsAny(name, "\\\x00") || strings.HasSuffix(name, "/") {
		refused.Reason = fmt.Sprintf("the composition carries a file with the name %q, which leads out of its folder", name)
		return refused
	}
	path := filepath.Join(s.Root, filepath.FromSlash(name))
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		var f *os.File
		if f, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err == nil {
			_, err = f.Write(content)
			err = errors.Join(err, f.Close())
		}
	}
	if err != nil {
		refused.Reason, refused.Err = fmt.Sprintf("the composition's file %q", name), localfile.Cause(err)
		return refused
	}
	return nil
}

// Unrooted returns a model without the temporary folder: the paths that includes make
// absolute are the same whenever the composition is read.
func (s *Stage) Unrooted(tree map[string]any) map[string]any {
	clean, _ := model.Copy(tree, func(text string) string { return strings.ReplaceAll(text, s.Root, stagedAs) }).(map[string]any)
	return clean
}

// stagedAs stands for the folder of a stage in models.
const stagedAs = "/composition"

// Clean takes the temporary folder out of the texts of an error.
func (s *Stage) Clean(err error) error {
	for _, e := range problem.All(err) {
		strip := func(text string) string {
			return strings.ReplaceAll(strings.ReplaceAll(text, s.Root+string(filepath.Separator), ""), s.top, "")
		}
		e.Reason = strip(e.Reason)
		if e.Err != nil {
			e.Err = errors.New(strip(e.Err.Error()))
		}
	}
	return err
}
