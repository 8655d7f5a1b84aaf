package e2e

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ocompose/ocompose/internal/registry"
	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// script is the state that the commands of one script share.
type script struct {
	t    testing.TB
	home string
	// servers are the registries by the variable with their address.
	servers map[string]*registrytest.Server
	images  int
	logins  map[string]string
}

// The user of registries with credentials.
const user, password = "alice", "secret"

// asUser is the option to send these credentials, which every registry accepts.
func asUser() remote.Option {
	return remote.WithAuth(&authn.Basic{Username: user, Password: password})
}

func (s *script) registry(ts *testscript.TestScript, args []string) {
	variable := "REG"
	if len(args) > 0 && strings.ToUpper(args[0]) == args[0] {
		variable, args = args[0], args[1:]
	}
	var options []registry.Option
	var faults []registrytest.Fault
	secure := false
	for _, arg := range args {
		switch arg {
		case "tls": // with an untrusted certificate
			secure = true
		case "noreferrers":
			options = append(options, registry.WithReferrersAPI(false))
		case "oci10":
			options = append(options, registry.WithOCI10(true))
		case "flat": // rejects nested indexes
			faults = append(faults, registrytest.FlatIndexesOnly()...)
		case "website": // without a registry
			faults = append(faults, registrytest.Fault{Do: registrytest.HTML(http.StatusNotFound)})
		case "nodelete":
			options = append(options, registry.WithDelete(false))
		case "auth":
			options = append(options, registry.WithTokenAuth(registry.Access{
				Users: map[string]string{user: password},
				Allow: func(who, repository, action string) bool {
					return who == user || action == "pull" && strings.HasPrefix(repository, "public/")
				},
			}))
		default:
			ts.Fatalf("registry has no option %q", arg)
		}
	}
	server := registrytest.Start(s.t, options...)
	server.Faults().Add(faults...)
	if s.servers == nil {
		s.servers = map[string]*registrytest.Server{}
	}
	s.servers[variable] = server
	host := server.Host
	if secure {
		front := httptest.NewTLSServer(server.Handler())
		front.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.t.Cleanup(front.Close)
		host = front.Listener.Addr().String()
		certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw})
		ts.Check(os.WriteFile(ts.MkAbs(variable+".pem"), certificate, 0o644))
	}
	ts.Setenv(variable, host)
	ts.Setenv("PORT", server.Host[strings.LastIndex(server.Host, ":")+1:])
}

func (s *script) image(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "image REF [PLATFORM...]")
	s.images++
	spec := registrytest.ImageSpec{Seed: uint64(s.images)}
	for _, arg := range args[1:] {
		switch arg {
		case "docker":
			spec.Docker = true
		case "attested":
			spec.Attestations = true
		case "again": // the content of the last one
			s.images--
			spec.Seed = uint64(s.images)
		default:
			spec.Platforms = append(spec.Platforms, arg)
		}
	}
	registrytest.PushImage(s.t, args[0], spec, asUser())
}

func (s *script) artifact(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "artifact REF TYPE")
	ts.Check(putArtifact(args[0], args[1], nil))
}

func (s *script) signature(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "signature REF TYPE")
	ref := reference(ts, args[0])
	subject, err := remote.Head(ref, asUser())
	ts.Check(err)
	ts.Check(putArtifact(ref.Context().Name()+":signature", args[1], subject))
}

func (s *script) index(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "index REF TYPE")
	raw, err := json.Marshal(v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, ArtifactType: args[1], Manifests: []v1.Descriptor{}})
	ts.Check(err)
	ts.Check(remote.Put(reference(ts, args[0]), registrytest.Manifest{Raw: raw, Type: types.OCIImageIndex}, asUser()))
}

// putArtifact pushes a manifest with an artifactType, an empty config and no layers.
func putArtifact(ref, artifactType string, subject *v1.Descriptor) error {
	tag, err := name.NewTag(ref, name.Insecure)
	if err != nil {
		return err
	}
	config := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), "application/vnd.oci.empty.v1+json")
	manifest, err := config.Manifest()
	if err != nil {
		return err
	}
	raw, err := config.RawConfigFile()
	if err != nil {
		return err
	}
	if err := remote.WriteLayer(tag.Context(), static.NewLayer(raw, "application/vnd.oci.empty.v1+json"), asUser()); err != nil {
		return err
	}
	manifest = manifest.DeepCopy()
	manifest.ArtifactType, manifest.Subject, manifest.Layers = artifactType, subject, []v1.Descriptor{}
	content, err := json.Marshal(manifest)
	if err != nil {
		return err
	}
	return remote.Put(tag, registrytest.Manifest{Raw: content, Type: types.OCIManifestSchema1}, asUser())
}

func (s *script) login(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "login HOST")
	if s.logins == nil {
		s.logins = map[string]string{}
	}
	s.logins[args[0]] = base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	auths := map[string]any{}
	for host, auth := range s.logins {
		auths[host] = map[string]string{"auth": auth}
	}
	raw, err := json.Marshal(map[string]any{"auths": auths})
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(s.home, ".docker", "config.json"), raw, 0o600))
}

// server finds a registry by its address.
func (s *script) server(ts *testscript.TestScript, host string) *registrytest.Server {
	for _, server := range s.servers {
		if server.Host == host {
			return server
		}
	}
	ts.Fatalf("there is no registry %q", host)
	return nil
}

func (s *script) fault(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "fault HOST METHOD PATH STATUS [TIMES]")
	server := s.server(ts, args[0])
	if args[1] == "off" {
		server.Faults().Clear()
		return
	}
	need(ts, args, 4, "fault HOST METHOD PATH STATUS [TIMES]")
	status, err := strconv.Atoi(args[3])
	ts.Check(err)
	fault := registrytest.Fault{Match: registrytest.On(args[1], args[2]), Do: registrytest.Status(status)}
	if len(args) > 4 {
		fault.Times, err = strconv.Atoi(args[4])
		ts.Check(err)
	}
	server.Faults().Add(fault)
}

func (s *script) requests(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "requests mark|count")
	if args[0] == "mark" {
		for _, server := range s.servers {
			server.Reset()
		}
		return
	}
	need(ts, args, 4, "requests count METHODS PATH N")
	want, err := strconv.Atoi(args[3])
	ts.Check(err)
	var found []string
	for _, server := range s.servers {
		found = append(found, matching(server, args[1], args[2])...)
	}
	if len(found) != want {
		ts.Fatalf("%d requests %s %s instead of %d:\n%s", len(found), args[1], args[2], want, strings.Join(found, "\n"))
	}
}

// matching returns the requests with a path and one of the methods ("GET|PUT", or "any").
func matching(server *registrytest.Server, methods, path string) []string {
	pattern := regexp.MustCompile(path)
	var found []string
	for _, r := range server.Requests() {
		if (methods == "any" || slices.Contains(strings.Split(methods, "|"), r.Method)) && pattern.MatchString(r.Path) {
			found = append(found, fmt.Sprintf("%s %s: %d", r.Method, r.Path, r.Status))
		}
	}
	return found
}

// block blocks the first matching request of any registry until release is called. The channel is
// closed when the request arrives.
func (s *script) block(method, path string) (arrived <-chan struct{}, release func()) {
	var begun atomic.Bool
	there, done := make(chan struct{}), make(chan struct{})
	wait := func(http.Handler) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
			if begun.CompareAndSwap(false, true) {
				close(there)
			}
			select {
			case <-req.Context().Done():
			case <-done:
			}
			panic(http.ErrAbortHandler)
		})
	}
	for _, server := range s.servers {
		server.Faults().Add(registrytest.Fault{Match: registrytest.On(method, path), Do: wait})
	}
	return there, func() {
		close(done)
		for _, server := range s.servers {
			server.Faults().Clear()
		}
	}
}

func (s *script) digest(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "digest REF")
	desc, err := remote.Head(reference(ts, args[0]), asUser())
	ts.Check(err)
	fmt.Fprintln(ts.Stdout(), desc.Digest)
}

func (s *script) manifest(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "manifest REF")
	desc, err := remote.Get(reference(ts, args[0]), asUser())
	ts.Check(err)
	_, err = ts.Stdout().Write(desc.Manifest)
	ts.Check(err)
}

func (s *script) tags(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "tags REPOSITORY")
	out := ts.Stdout() // also if nothing is printed, or the last output would stay
	for _, tag := range registrytest.Tags(repository(ts, args[0]), asUser()) {
		fmt.Fprintln(out, tag)
	}
}

// copied copies an index with its content unchanged, like other clients.
func (s *script) copied(ts *testscript.TestScript, args []string) {
	need(ts, args, 2, "copied SRC DST")
	index, err := remote.Index(reference(ts, args[0]), asUser())
	ts.Check(err)
	ts.Check(remote.WriteIndex(reference(ts, args[1]), index, asUser()))
}

func (s *script) remove(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "remove REPOSITORY|DIGEST-REFERENCE")
	if strings.Contains(args[0], "@") {
		ts.Check(remote.Delete(reference(ts, args[0]), asUser()))
		return
	}
	ts.Check(registrytest.RemoveAll(repository(ts, args[0]), asUser()))
}

func reference(ts *testscript.TestScript, ref string) name.Reference {
	parsed, err := name.ParseReference(strings.TrimPrefix(ref, "oci://"), name.Insecure)
	ts.Check(err)
	return parsed
}

func repository(ts *testscript.TestScript, repo string) name.Repository {
	parsed, err := name.NewRepository(repo, name.Insecure)
	ts.Check(err)
	return parsed
}
