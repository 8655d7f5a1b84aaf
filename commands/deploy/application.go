package deploy

import (
	"cmp"
	"path"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ocompose/ocompose/artifact"
	"github.com/ocompose/ocompose/commands/flags"
	"github.com/ocompose/ocompose/commands/program"
	"github.com/ocompose/ocompose/commands/terminal"
	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/action/file"
	"github.com/ocompose/ocompose/internal/action/session"
	"github.com/ocompose/ocompose/internal/deployment"
)

// An application is a deployed composition.
type application struct {
	// project is its project name for Docker Compose.
	project string
	// repository is the repository of its package. A file with a package of the same repository
	// updates it.
	repository string
	folder     *deployment.Folder
}

// findApplication determines the application that a package belongs to. Its project name is the
// first of: the given one, the one in the Compose file, the recorded one of an earlier
// deployment, the last part of the repository's name, and the name of the file without its
// extension.
func findApplication(t *terminal.Terminal, c program.Call, at session.Location, digest v1.Hash, project *compose.Project) (application, error) {
	app := application{repository: at.Store.Name()}
	base := file.BaseName(at.Store)
	if from, ok := file.SavedFrom(at.Store, digest); ok {
		app.repository = artifact.RepositoryName(from)
		base = path.Base(from.RepositoryStr())
	}
	app.project = cmp.Or(compose.NormalizeName(base), compose.Unnamed)
	given := cmp.Or(c.Flags.String("project-name"), t.Getenv("COMPOSE_PROJECT_NAME"))
	switch {
	case given != "":
		if err := flags.CheckValue("project-name", given); err != nil {
			return application{}, err
		}
		app.project = given
	case project.Name != compose.Unnamed:
		app.project = project.Name
	default:
		before, err := deployed(t, c, at, app.repository)
		if err != nil {
			return application{}, err
		}
		app.project = cmp.Or(before, app.project)
	}
	dir, err := applicationDir(t, c, app.project)
	if err != nil {
		return application{}, err
	}
	app.folder, err = deployment.Open(dir)
	if err != nil {
		return application{}, err
	}
	if r := app.folder.Record; r != nil && r.Repository == at.Store.Name() {
		r.Repository = app.repository // the record may name the file instead
	}
	return app, nil
}

// deployed returns the recorded project name for a package of a repository: from the folder that
// a flag gives, or else from the folder with the file's name, extension included. It is empty if
// there is none.
func deployed(t *terminal.Terminal, c program.Call, at session.Location, repository string) (string, error) {
	whole := compose.NormalizeName(filepath.Base(at.Store.Name()))
	if whole == "" && c.Flags.String("folder") == "" {
		return "", nil
	}
	dir, err := applicationDir(t, c, whole)
	if err != nil {
		return "", err
	}
	folder, err := deployment.Open(dir)
	if err != nil || folder.Record == nil {
		return "", err
	}
	if r := folder.Record.Repository; r != repository && r != at.Store.Name() {
		return "", nil
	}
	return folder.Record.Project, nil
}

// applicationDir returns the folder of an application's files.
func applicationDir(t *terminal.Terminal, c program.Call, name string) (string, error) {
	if dir := c.Flags.String("folder"); dir != "" {
		return t.Path(dir), nil
	}
	dir, err := t.DataDir()
	return filepath.Join(dir, deployment.FolderName(name)), err
}
