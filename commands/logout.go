package commands

import (
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/urfave/cli/v2"

	"github.com/ocompose/ocompose/internal/credentials"
	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/internal/report"
)

func newLogout(t *terminal) *cli.Command {
	return t.build(command{
		name:  "logout",
		usage: "remove the login to a registry",
		args:  "[REGISTRY]",
		description: "Removes the login from where ocompose login stores it. Without REGISTRY, logs out of\n" +
			"Docker Hub.",
		examples: []string{"ocompose logout registry.example.com"},
		formats:  []string{"json"},
		document: report.LoggedOut{},
		local:    true,
		run: func(c call) error {
			registry, err := parseRegistry(c.args)
			if err != nil {
				return err
			}
			store, err := credentials.Open(t.getenv)
			if err != nil {
				return err
			}
			found, err := store.Remove(registry)
			if err != nil {
				return err
			}
			called := credentials.Name(registry)
			if !found {
				t.note("there is no login to %s in %s", called, store.Path())
			}
			if left, err := remote.DefaultKeychain().Resolve(registry); err == nil && left != authn.Anonymous {
				t.warn("another login to " + called + " is kept elsewhere and still used: see REGISTRY_AUTH_FILE, DOCKER_AUTH_CONFIG and podman logout")
			}
			if c.format == "json" {
				return t.printJSON(report.LoggedOut{Registry: called, Found: found})
			}
			return nil
		},
	})
}
