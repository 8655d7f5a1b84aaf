package loading

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ocompose/ocompose/compose/internal/localfile"
	"github.com/ocompose/ocompose/compose/internal/model"
	"github.com/ocompose/ocompose/compose/internal/problem"
)

// maxStageSize limits the total size of a composition's files, in bytes, and maxStageFiles
// their number.
const (
	maxStageSize  = 64 << 20
	maxStageFiles = 10000
)

const (
	// mainName is the file to which Docker Compose writes all Compose files of a composition,
	// and separator is the text between them.
	mainName  = "compose.yaml"
	separator = "\n---\n"
)

// A Stage is a private folder for the files of a composition while they are loaded, because
// the loader reads included files from disk. No path in the files points outside it. It
// exists on disk only after [Stage.Write]: few compositions include anything.
type Stage struct {
	// Root is the project's folder.
	Root string
	// Files are the Compose files, in order.
	Files []File

	// top is the temporary folder; Root is deep inside it.
	top string
	// contents are the contents of all files by path.
	contents map[string][]byte
	// folders are the folders that have files.
	folders map[string]bool
	written bool
}

// A StagedFile is a file of a composition.
type StagedFile struct {
	Name    string
	Content []byte
	// IsCompose is true if the file is merged, not only referenced by other files.
	IsCompose bool
}

// NewStage prepares a folder for untrusted files.
func NewStage(files []StagedFile) (*Stage, error) {
	size := 0
	for _, file := range files {
		size += len(file.Content)
	}
	if size > maxStageSize || len(files) > maxStageFiles {
		return nil, &problem.Error{Kind: problem.File, Reason: fmt.Sprintf("the composition has %d files and %d bytes, but the limits are %d files and %d bytes", len(files), size, maxStageFiles, maxStageSize)}
	}
	s := &Stage{top: filepath.Join(os.TempDir(), "ocompose-"+rand.Text()), contents: map[string][]byte{}, folders: map[string]bool{}}
	s.Root = filepath.Join(s.top, strings.Repeat("d"+string(filepath.Separator), stageDepth))
	// Docker Compose joins all Compose files into one, which they may refer to.
	var compose [][]byte
	for _, file := range files {
		if !file.IsCompose {
			if err := s.add(file.Name, file.Content); err != nil {
				return nil, err
			}
			continue
		}
		name := mainName
		if n := len(s.Files); n > 0 {
			// The name is used only in messages.
			if name = file.Name; !filepath.IsLocal(name) || name == mainName {
				name = "layer-" + strconv.Itoa(n) + ".yaml"
			}
		}
		compose = append(compose, file.Content)
		s.Files = append(s.Files, File{Path: filepath.Join(s.Root, filepath.FromSlash(name)), Content: file.Content})
	}
	if len(s.Files) == 0 {
		return nil, &problem.Error{Kind: problem.NoProject, Reason: "the composition has no Compose file"}
	}
	return s, s.add(mainName, bytes.Join(compose, []byte(separator)))
}

// maxNameLength is the longest file name that file systems allow, in bytes.
const maxNameLength = 255

// add adds a file. Its name must not point outside the stage, or be that of another file or
// folder.
func (s *Stage) add(name string, content []byte) error {
	refused := &problem.Error{Kind: problem.File, Subject: name}
	if !filepath.IsLocal(name) || strings.ContainsAny(name, "\\\x00") || strings.HasSuffix(name, "/") {
		refused.Reason = fmt.Sprintf("the composition carries a file with the name %q, which points outside its folder", name)
		return refused
	}
	refused.Reason = fmt.Sprintf("the composition's file %q", name)
	path := filepath.Join(s.Root, filepath.FromSlash(name))
	for part := range strings.SplitSeq(name, "/") {
		if len(part) > maxNameLength {
			refused.Err = errors.New("the name is too long")
			return refused
		}
	}
	if _, twice := s.contents[path]; twice || s.folders[path] || path == s.Root {
		refused.Err = fs.ErrExist
		return refused
	}
	for dir := filepath.Dir(path); dir != s.Root; dir = filepath.Dir(dir) {
		if _, isFile := s.contents[dir]; isFile {
			refused.Err = fs.ErrExist
			return refused
		}
		s.folders[dir] = true
	}
	s.contents[path] = content
	return nil
}

// Read returns the content of a file.
func (s *Stage) Read(path string) ([]byte, error) {
	content, ok := s.contents[path]
	switch {
	case s.folders[path] || path == s.Root:
		return nil, localfile.ErrDirectory
	case !ok:
		return nil, fs.ErrNotExist
	case len(content) > localfile.MaxSize:
		return nil, localfile.ErrTooLarge
	}
	return content, nil
}

// Write writes the files to disk, once.
func (s *Stage) Write() error {
	if s.written {
		return nil
	}
	s.written = true
	if err := os.Mkdir(s.top, 0o700); err != nil {
		return fmt.Errorf("reading a composition: %w", localfile.Cause(err))
	}
	for path, content := range s.contents {
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if err == nil {
			err = os.WriteFile(path, content, 0o600)
		}
		if err != nil {
			return fmt.Errorf("reading a composition: %w", localfile.Cause(err))
		}
	}
	return nil
}

// Main returns the path of the file with all Compose files joined.
func (s *Stage) Main() string { return filepath.Join(s.Root, mainName) }

// Remove deletes the folder.
func (s *Stage) Remove() {
	if s.written {
		_ = os.RemoveAll(s.top)
	}
}

// Unrooted returns a model without the temporary folder, so that absolute paths of includes
// are the same whenever the composition is read.
func (s *Stage) Unrooted(tree map[string]any) map[string]any {
	clean, _ := model.Copy(tree, func(text string) string { return strings.ReplaceAll(text, s.Root, StagedAs) }).(map[string]any)
	return clean
}

// StagedAs replaces the folder of a stage in models.
const StagedAs = "/composition"

// Clean removes the temporary folder from the messages of an error.
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
