package registry_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
	"github.com/ocompose/ocompose/internal/tooltest"
)

// Other clients copy a multi-platform image with its referrers, list it and delete it.
func TestForeignClients(t *testing.T) {
	t.Parallel()
	for client, commands := range map[string][]struct{ run, prints string }{
		"crane": {
			{"crane validate --insecure --platform linux/arm64 --remote HOST/team/app:1", "PASS"},
			{"crane copy --insecure HOST/team/app:1 HOST/copy/app:crane", ""},
			{"crane digest --insecure HOST/copy/app:crane", "INDEX"},
			{"crane ls --insecure HOST/copy/app", "crane"},
			{"crane catalog --insecure HOST", "copy/app"},
			{"crane delete --insecure HOST/copy/app@INDEX", ""},
		},
		"oras": {
			{"oras discover --plain-http --format json HOST/team/app:1", "application/vnd.example.sbom"},
			{"oras copy -r --from-plain-http --to-plain-http HOST/team/app:1 HOST/copy/app:oras", "INDEX"},
			{"oras discover --plain-http HOST/copy/app:oras", "application/vnd.example.sbom"},
			{"oras attach --plain-http --artifact-type application/vnd.example.note --annotation a=b HOST/copy/app:oras", "sha256:"},
			{"oras discover --plain-http HOST/copy/app:oras", "application/vnd.example.note"},
			{"oras repo tags --plain-http HOST/copy/app", "oras"},
			{"oras manifest delete -f --plain-http HOST/copy/app:oras", "Deleted"},
		},
		"regctl": {
			{"regctl registry set HOST --tls disabled", ""},
			{"regctl image copy --referrers HOST/team/app:1 HOST/copy/app:regctl", ""},
			{"regctl image digest HOST/copy/app:regctl", "INDEX"},
			{"regctl artifact tree HOST/copy/app:regctl", "application/vnd.example.sbom"},
			{"regctl tag ls HOST/copy/app", "regctl"},
			{"regctl tag delete HOST/copy/app:regctl", ""},
		},
		"skopeo": {
			{"skopeo copy --all --src-tls-verify=false --dest-tls-verify=false docker://HOST/team/app:1 docker://HOST/copy/app:skopeo", ""},
			{"skopeo inspect --raw --tls-verify=false docker://HOST/copy/app:skopeo", "linux"},
			{"skopeo list-tags --tls-verify=false docker://HOST/copy/app", "skopeo"},
			{"skopeo delete --tls-verify=false docker://HOST/copy/app:skopeo", ""},
		},
	} {
		t.Run(client, func(t *testing.T) {
			t.Parallel()
			program := tooltest.Lookup(t, client)
			s := registrytest.Start(t)
			image := registrytest.PushImage(t, s.Host+"/team/app:1", registrytest.ImageSpec{
				Platforms: []string{"linux/amd64", "linux/arm64"}, Layers: 2, LayerSize: 20_000, Attestations: true,
			})
			s.PushReferrer(t, "team/app", image, "application/vnd.example.sbom", map[string]string{"k": "v"})
			s.Reset()
			home := t.TempDir()
			for _, command := range commands {
				words := strings.Fields(strings.NewReplacer("HOST", s.Host, "INDEX", image.Digest.String()).Replace(command.run))
				cmd := exec.CommandContext(context.Background(), program, words[1:]...)
				cmd.Env = tooltest.Environ(home)
				cmd.Dir = home
				out, err := cmd.CombinedOutput()
				require.NoError(t, err, "%s\n%s", command.run, out)
				require.Contains(t, string(out), strings.ReplaceAll(command.prints, "INDEX", image.Digest.String()), command.run)
			}
			for _, req := range s.Requests() {
				require.Less(t, req.Status, 500, "%s %s", req.Method, req.Path)
			}
		})
	}
}
