package referrers_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/internal/remote"
	"github.com/ocompose/ocompose/referrers"
)

// A check is run on every registry. Its outcome must equal the row's.
type check struct {
	name string
	// means describes the check in docs/registries.md.
	means string
	run   func(t *testing.T, host string) string
}

var checks = []check{
	{"attach", "where a pushed referrer is listed", checkAttach},
	{"list", "whether five referrers are listed, in order", checkList},
	{"filter", "whether a filter by artifact type returns only matching referrers", checkFilter},
	{"attach again", "whether pushing again brings back an entry that the list lost", checkAgain},
	{"dangling entry", "whether attaching works when the list names a deleted manifest", checkDangling},
	{"others' entries", "whether entries and fields of other writers keep their bytes", checkOthers},
	{"delete", "whether a deleted referrer leaves manifest and list clean", checkDelete},
}

// TestBehaviorsAndRegistries runs every check on every kind of registry.
func TestBehaviorsAndRegistries(t *testing.T) {
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			host := r.start(t)
			for _, c := range checks {
				want, ok := r.want[c.name]
				require.True(t, ok, "the row has no outcome for %q", c.name)
				if want == nothing {
					continue
				}
				t.Run(c.name, func(t *testing.T) {
					require.Equal(t, want, c.run(t, host))
				})
			}
		})
	}
}

// outcomeOf returns the outcome that the rows use for an error.
func outcomeOf(err error) string {
	var (
		alias    *referrers.AliasError
		foreign  *referrers.ForeignTagError
		listing  *referrers.ListingError
		rejected *referrers.SubjectRejectedError
		deletion *referrers.DeletionForbiddenError
		answer   *transport.Error
	)
	switch {
	case errors.As(err, &alias):
		return "AliasError"
	case errors.As(err, &foreign):
		return "ForeignTagError"
	case errors.As(err, &listing):
		return "ListingError"
	case errors.As(err, &rejected):
		return "SubjectRejectedError"
	case errors.As(err, &deletion):
		return "DeletionForbiddenError"
	case errors.As(err, &answer):
		return fmt.Sprint(answer.StatusCode)
	}
	return err.Error()
}

func newCheck(t *testing.T, host string) (*referrers.Client, fixture) {
	t.Helper()
	c, d := newClient(t)
	repository := "check/" + strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r
		}
		return 'x'
	}, t.Name()[strings.LastIndex(t.Name(), "/")+1:])
	return c, newFixture(t, d, host, repository)
}

// pushSome pushes five referrers and returns them in the order of a listing.
func pushSome(t *testing.T, c *referrers.Client, f fixture) ([]v1.Descriptor, error) {
	t.Helper()
	var a, b []v1.Descriptor
	for i := range 3 {
		d, err := c.Push(t.Context(), f.repo, types.OCIManifestSchema1, f.artifact(t, typeA, label(i)))
		if err != nil {
			return nil, err
		}
		a = append(a, d)
	}
	for i := range 2 {
		d, err := c.Push(t.Context(), f.repo, types.OCIImageIndex, f.composition(t, typeB, label(i)))
		if err != nil {
			return nil, err
		}
		b = append(b, d)
	}
	byDigest := func(x, y v1.Descriptor) int { return strings.Compare(x.Digest.String(), y.Digest.String()) }
	slices.SortFunc(a, byDigest)
	slices.SortFunc(b, byDigest)
	return append(a, b...), nil
}

func checkAttach(t *testing.T, host string) string {
	c, f := newCheck(t, host)
	desc, err := c.Push(t.Context(), f.repo, types.OCIImageIndex, f.composition(t, typeB, "b"))
	if err != nil {
		return outcomeOf(err)
	}
	require.Equal(t, typeB, desc.ArtifactType)
	if raw, ok := f.tag(t); ok && strings.Contains(string(raw), desc.Digest.String()) {
		return viaTag
	}
	return viaAPI
}

func checkList(t *testing.T, host string) string {
	c, f := newCheck(t, host)
	want, err := pushSome(t, c, f)
	if outcome, ok := notListable(t, c, f, err); ok {
		return outcome
	}
	got, err := c.List(t.Context(), f.subject)
	if err != nil {
		return outcomeOf(err)
	}
	require.Equal(t, digests(want), digests(got))
	for _, d := range got {
		require.Equal(t, d.ArtifactType == typeB, d.MediaType == types.OCIImageIndex)
		require.NotEmpty(t, d.Annotations["org.example.label"])
	}
	return all
}

// notListable returns the outcome if a push failed. After an AliasError, nothing may be listed.
func notListable(t *testing.T, c *referrers.Client, f fixture, err error) (string, bool) {
	t.Helper()
	if err == nil {
		return "", false
	}
	var alias *referrers.AliasError
	if !errors.As(err, &alias) {
		return outcomeOf(err), true
	}
	got, err := c.List(t.Context(), f.subject)
	require.NoError(t, err)
	require.Empty(t, got)
	return none, true
}

func checkFilter(t *testing.T, host string) string {
	c, f := newCheck(t, host)
	want, err := pushSome(t, c, f)
	if outcome, ok := notListable(t, c, f, err); ok {
		return outcome
	}
	for artifactType, want := range map[string][]v1.Descriptor{typeA: want[:3], typeB: want[3:], "x/none": nil} {
		got, err := c.List(t.Context(), f.subject, referrers.WithArtifactType(artifactType))
		if err != nil {
			return outcomeOf(err)
		}
		require.Equal(t, digests(want), digests(got))
	}
	return exact
}

func checkAgain(t *testing.T, host string) string {
	c, f := newCheck(t, host)
	want, err := pushSome(t, c, f)
	if err != nil {
		return outcomeOf(err)
	}
	outcome := works
	if raw, ok := f.tag(t); ok && strings.Contains(string(raw), want[0].Digest.String()) {
		// Another writer that does not know the first entries wins.
		f.setTag(t, tagIndex(t, want[3:]))
		outcome = restored
	}
	// Another process, which has seen none of the entries.
	c, _ = newClient(t)
	for i := range 3 {
		if _, err := c.Push(t.Context(), f.repo, types.OCIManifestSchema1, f.artifact(t, typeA, label(i))); err != nil {
			return outcomeOf(err)
		}
	}
	got, err := c.List(t.Context(), f.subject)
	if err != nil {
		return outcomeOf(err)
	}
	require.Equal(t, digests(want), digests(got))
	return outcome
}

// tagIndex is an index under the referrers tag, written by another program.
func tagIndex(t *testing.T, entries []v1.Descriptor) []byte {
	t.Helper()
	return mustJSON(t, v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: entries})
}

func checkDangling(t *testing.T, host string) string {
	c, f := newCheck(t, host)
	pushed, err := pushSome(t, c, f)
	if err != nil {
		return outcomeOf(err)
	}
	for _, d := range pushed[:2] {
		require.NoError(t, f.direct.DeleteManifest(t.Context(), f.repo.Digest(d.Digest.String())))
	}
	c, _ = newClient(t)
	last, err := c.Push(t.Context(), f.repo, types.OCIManifestSchema1, f.artifact(t, typeA, "after"))
	if err != nil {
		return outcomeOf(err)
	}
	got, err := c.List(t.Context(), f.subject)
	require.NoError(t, err)
	for _, d := range append(pushed[2:], last) {
		require.Contains(t, digests(got), d.Digest.String())
	}
	return works
}

func checkOthers(t *testing.T, host string) string {
	c, f := newCheck(t, host)
	// An older writer: no artifact type, and unknown fields.
	other := f.put(t, types.OCIManifestSchema1, f.artifact(t, typeB, "other"))
	entry := fmt.Sprintf(`{ "mediaType":"application/vnd.oci.image.manifest.v1+json",  "digest":%q,"size":%d,"x-vendor":{"b":[1, 2],"a":"<>"}}`, other.Digest, other.Size)
	annotations := `{ "org.example.list": "of old" }`
	raw := fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","annotations":%s,"manifests":[%s]}`, annotations, entry)
	if _, err := f.direct.PutManifest(t.Context(), referrers.Tag(f.subject), types.OCIImageIndex, []byte(raw)); err != nil {
		return outcomeOf(err)
	}
	desc, err := c.Push(t.Context(), f.repo, types.OCIManifestSchema1, f.artifact(t, typeA, "mine"))
	if err != nil {
		return outcomeOf(err)
	}
	after, ok := f.tag(t)
	require.True(t, ok)
	require.Contains(t, string(after), entry)
	require.Contains(t, string(after), annotations)
	require.Contains(t, string(after), desc.Digest.String())

	// The artifact type is added for the reader.
	got, err := c.List(t.Context(), f.subject, referrers.WithArtifactType(typeB))
	require.NoError(t, err)
	require.Equal(t, digests([]v1.Descriptor{other}), digests(got))
	require.Equal(t, "other", got[0].Annotations["org.example.label"])
	return kept
}

func checkDelete(t *testing.T, host string) string {
	c, f := newCheck(t, host)
	pushed, err := pushSome(t, c, f)
	if err != nil {
		return outcomeOf(err)
	}
	for i, d := range pushed {
		ref := f.repo.Digest(d.Digest.String())
		if err := c.Delete(t.Context(), ref); err != nil {
			// The push is complete: the referrer exists and is listed.
			requireManifest(t, f, ref, true)
			got, listErr := c.List(t.Context(), f.subject)
			require.NoError(t, listErr)
			require.Equal(t, digests(pushed[i:]), digests(got))
			return outcomeOf(err)
		}
		requireManifest(t, f, ref, false)
		got, err := c.List(t.Context(), f.subject)
		if err != nil {
			return outcomeOf(err)
		}
		require.Equal(t, digests(pushed[i+1:]), digests(got))
	}
	if _, tagged := f.tag(t); tagged {
		return emptyList
	}
	return clean
}

func requireManifest(t *testing.T, f fixture, ref name.Digest, there bool) {
	t.Helper()
	_, err := f.direct.GetManifest(t.Context(), ref)
	if there {
		require.NoError(t, err)
		return
	}
	require.True(t, remote.IsNotFound(err), "%v", err)
}
