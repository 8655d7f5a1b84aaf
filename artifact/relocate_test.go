package artifact

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/compose"
)

func mirror(t *testing.T) name.Repository {
	t.Helper()
	repository, err := name.NewRepository("mirror.example.com/shop")
	require.NoError(t, err)
	return repository
}

var linuxAMD64, linuxARM64 = v1.Platform{OS: "linux", Architecture: "amd64"}, v1.Platform{OS: "linux", Architecture: "arm64"}

// TestRelocatedEqualsPushed: a copied package has the same bytes as one pushed to the same
// place.
func TestRelocatedEqualsPushed(t *testing.T) {
	bundled := func(p *plan) { p.Mode = Bundled }
	attachedBundle := func(p *plan) { attachWeb(p); bundled(p) }
	ofARM64 := func(p *plan) { p.Platforms = []v1.Platform{linuxARM64} }
	ownPlatforms := func(p *plan) {
		p.project = loadProject(t, "services:\n  web: {image: 'nginx:1.27', platform: linux/arm/v6}\n  db: {image: 'postgres:17'}\n")
	}
	withFiles := func(p *plan) { p.project = shopWithFiles(t) }
	for name, test := range map[string]struct {
		before, after func(*plan)
		relocation    Relocation
		// nameless is set for a destination without a name, such as a folder.
		nameless bool
	}{
		"a loose package":                   {nil, nil, Relocation{}, false},
		"a loose package to a bundle":       {nil, bundled, Relocation{Bundle: true}, false},
		"a loose package to a flat bundle":  {nil, func(p *plan) { p.Mode, p.Flat = Bundled, true }, Relocation{Bundle: true, Flat: true}, false},
		"a loose package of files":          {withFiles, withFiles, Relocation{}, false},
		"a loose package of files, bundled": {withFiles, func(p *plan) { withFiles(p); bundled(p) }, Relocation{Bundle: true}, false},
		"a bundle":                          {bundled, bundled, Relocation{}, false},
		"a bundle, with Bundle set":         {bundled, bundled, Relocation{Bundle: true}, false},
		"a bundle to a flat one":            {bundled, func(p *plan) { p.Mode, p.Flat = Bundled, true }, Relocation{Flat: true}, false},
		"a bundle under another name":       {bundled, func(p *plan) { p.Mode, p.As = Bundled, true }, Relocation{As: true}, false},
		"a bundle of some platforms": {bundled, func(p *plan) { p.Mode, p.Platforms = Bundled, []v1.Platform{linuxAMD64, linuxARM64} },
			Relocation{Platforms: []v1.Platform{linuxARM64, linuxAMD64}}, false},
		"a bundle of one platform": {bundled, func(p *plan) { p.Mode, p.Platforms = Bundled, []v1.Platform{linuxARM64} },
			Relocation{Platforms: []v1.Platform{linuxARM64}}, false},
		"a loose package of one platform, bundled": {ofARM64, func(p *plan) { ofARM64(p); bundled(p) }, Relocation{Bundle: true}, false},
		"a loose package of some platforms": {func(p *plan) { p.images["services.db.image"] = p.images["services.web.image"] },
			func(p *plan) { p.Platforms = []v1.Platform{linuxAMD64, linuxARM64} }, Relocation{Platforms: []v1.Platform{linuxARM64, linuxAMD64}}, false},
		"a bundle of some platforms, to a folder": {bundled, func(p *plan) { p.Mode, p.Platforms = Bundled, []v1.Platform{linuxAMD64, linuxARM64} },
			Relocation{Platforms: []v1.Platform{linuxARM64, linuxAMD64}}, true},
		"a bundle with service platforms, of some platforms": {func(p *plan) { ownPlatforms(p); bundled(p) },
			func(p *plan) { ownPlatforms(p); p.Mode, p.Platforms = Bundled, []v1.Platform{linuxAMD64, linuxARM64} },
			Relocation{Platforms: []v1.Platform{linuxARM64, linuxAMD64}}, false},
		"a bundle that already has the name of the destination": {func(p *plan) { p.Mode, p.As, p.Repository = Bundled, true, mirror(t) },
			func(p *plan) { p.Mode, p.As = Bundled, true }, Relocation{}, false},
		"a bundle that gets the name of the destination": {func(p *plan) { p.Mode, p.Repository = Bundled, mirror(t) },
			func(p *plan) { p.Mode, p.As = Bundled, true }, Relocation{As: true}, false},
		"a bundle that keeps another name":     {func(p *plan) { p.Mode, p.As = Bundled, true }, bundled, Relocation{}, false},
		"a flat bundle":                        {func(p *plan) { p.Mode, p.Flat = Bundled, true }, func(p *plan) { p.Mode, p.Flat = Bundled, true }, Relocation{}, false},
		"an attached package":                  {attachWeb, attachWeb, Relocation{}, false},
		"an attached package to a bundle":      {attachWeb, attachedBundle, Relocation{Bundle: true}, false},
		"an attached package to a flat bundle": {attachWeb, func(p *plan) { attachedBundle(p); p.Flat = true }, Relocation{Bundle: true, Flat: true}, false},
		"an attached bundle":                   {attachedBundle, attachedBundle, Relocation{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			before := shopPlan(t)
			shelf := newShelf(t, before)
			after := before
			if test.before != nil {
				test.before(&before)
			}
			if test.after != nil {
				test.after(&after)
			}
			if after.Repository = mirror(t); test.nameless {
				after.Repository = before.Repository
			} else {
				test.relocation.Repository = mirror(t)
			}
			pushed, want, err := after.build()
			require.NoError(t, err)
			built, _, err := before.build()
			require.NoError(t, err)
			moved, spec := shelf.relocate(shelf.reread(built), test.relocation)
			require.Equal(t, string(pushed.Content().Bytes), string(moved.Content().Bytes))
			for i := range pushed.Compositions {
				require.Equal(t, string(pushed.Compositions[i].Content().Bytes), string(moved.Compositions[i].Content().Bytes))
			}
			if len(built.Indexes) > 0 {
				return // everything it lists is copied as well, item by item
			}
			along := roots(want)
			if want.Subject != nil {
				along = append(along, want.Subject.Digest.String()) // a push already stored it there
			}
			require.Subset(t, roots(spec), along)
			require.Subset(t, along, roots(spec))
		})
	}
}

// shopWithFiles is the shop in two Compose files, with a mounted script and an env file.
func shopWithFiles(t *testing.T) *compose.Project {
	t.Helper()
	return loadProject(t, "services:\n  web: {image: 'nginx:1.27', env_file: web.env, volumes: ['./run.sh:/run.sh']}\n  db: {image: 'postgres:17'}\n", func(o *compose.Options) {
		for file, content := range map[string]string{
			"compose.override.yaml": "services: {web: {init: true}}\n", "web.env": "A=b\n", "run.sh": "#!/bin/sh\n",
		} {
			require.NoError(t, os.WriteFile(filepath.Join(o.WorkDir, file), []byte(content), 0o755))
		}
	})
}

// portable is the shop as a single portable manifest, the form for older registries.
func portable(t *testing.T, edit ...func(*plan)) (*shelf, *Package) {
	t.Helper()
	p := shopPlan(t)
	p.Legacy = true
	for _, e := range edit {
		e(&p)
	}
	built, spec, err := p.build()
	require.NoError(t, err)
	require.True(t, spec.Single)
	s := newShelf(t, p)
	return s, s.reread(built)
}

// TestPlatformFromPortableComposition: a package without a composition for a platform
// gets one that runs the images of that platform and names it.
func TestPlatformFromPortableComposition(t *testing.T) {
	s, p := portable(t)
	require.True(t, p.Derives([]v1.Platform{linuxARM64}))
	made, spec := s.relocate(p, Relocation{Repository: mirror(t), Platforms: []v1.Platform{linuxARM64}})
	require.Empty(t, spec.Images, "a loose package contains no images")
	require.False(t, made.IsIndex())
	require.Equal(t, []v1.Platform{linuxARM64}, made.Platforms())
	require.Equal(t, linuxARM64.String(), made.Annotations[AnnotationPlatform])
	web, db := s.byName("docker.io/library/nginx:1.27"), s.byName("docker.io/library/postgres:17")
	require.Equal(t, map[string]string{
		"services.web.image": "nginx:1.27@" + web.On(linuxARM64)[0].Digest.String(),
		"services.db.image":  "postgres:17@" + db.On(linuxARM64)[0].Digest.String(),
	}, refs(s.projects(made)[0]))

	bundled, spec := s.relocate(p, Relocation{Repository: mirror(t), Bundle: true, Platforms: []v1.Platform{linuxARM64}})
	require.Equal(t, []string{web.On(linuxARM64)[0].Digest.String(), db.On(linuxARM64)[0].Digest.String()}, roots(spec))
	require.NotContains(t, bundled.Annotations, AnnotationPlatform, "the platform is in the index")
	require.Equal(t, []v1.Platform{linuxARM64}, bundled.Platforms())
	require.Equal(t, map[string]string{
		"services.web.image": "mirror.example.com/shop@" + web.On(linuxARM64)[0].Digest.String(),
		"services.db.image":  "mirror.example.com/shop@" + db.On(linuxARM64)[0].Digest.String(),
	}, refs(s.projects(bundled)[0]))
}

// TestKeptCompositions: each platform keeps the composition that runs there, once. Several
// platforms also keep the portable one.
func TestKeptCompositions(t *testing.T) {
	p := shopPlan(t)
	built, _, err := p.build()
	require.NoError(t, err)
	require.Equal(t, []v1.Platform{linuxAMD64, linuxARM64}, built.Platforms())
	v2 := v1.Platform{OS: "linux", Architecture: "amd64", Variant: "v2"}
	for _, test := range []struct {
		platforms []v1.Platform
		want      []int
	}{
		{nil, []int{0, 1, 2}},
		{[]v1.Platform{linuxARM64}, []int{1}},
		{[]v1.Platform{linuxAMD64, linuxARM64}, []int{0, 1, 2}},
		{[]v1.Platform{v2, linuxAMD64}, []int{0}},
		{[]v1.Platform{v2}, []int{0}},
		{[]v1.Platform{{OS: "linux", Architecture: "s390x"}}, []int{2}},
	} {
		kept, err := built.Kept(test.platforms)
		require.NoError(t, err)
		require.Equal(t, test.want, kept, "%v", test.platforms)
	}

	// Another writer may spell out a variant, and list several compositions without a platform.
	other := *built
	other.Compositions = slices.Clone(built.Compositions)
	other.Compositions[1].Platform = &v1.Platform{OS: "linux", Architecture: "arm64", Variant: "v8"}
	other.Compositions = append(other.Compositions, other.Compositions[2])
	kept, err := other.Kept([]v1.Platform{linuxARM64})
	require.NoError(t, err)
	require.Equal(t, []int{1}, kept)
	kept, err = other.Kept([]v1.Platform{{OS: "linux", Architecture: "s390x"}})
	require.NoError(t, err)
	require.Equal(t, []int{3}, kept, "the last one stays, because Docker Compose reads it")

	p.NoPortable = true
	built, _, err = p.build()
	require.NoError(t, err)
	_, err = built.Kept([]v1.Platform{{OS: "linux", Architecture: "s390x"}})
	var platforms *PlatformError
	require.ErrorAs(t, err, &platforms)
	require.ErrorContains(t, err, "it has no linux/s390x: it has linux/amd64, linux/arm64")
}

// TestMargoPackageIsNotTrimmed: neither images nor platforms can be selected.
func TestMargoPackageIsNotTrimmed(t *testing.T) {
	p := shopPlan(t)
	p.project = loadProject(t, shop, func(o *compose.Options) { o.Archived = true })
	p.Format, p.Tag = MargoFormat, "1.0.0"
	built, _, err := p.build()
	require.NoError(t, err)
	for _, r := range []Relocation{{Bundle: true}, {Platforms: []v1.Platform{linuxARM64}}} {
		_, err := built.Relocate(r)
		require.ErrorIs(t, err, errMargo)
	}
}

// TestTrimmedCopyIsNotAttached: the trimmed image has a digest other than the subject's.
func TestTrimmedCopyIsNotAttached(t *testing.T) {
	p := shopPlan(t)
	attachWeb(&p)
	s := newShelf(t, p)
	built, _, err := p.build()
	require.NoError(t, err)
	moved, spec := s.relocate(s.reread(built), Relocation{Repository: mirror(t), Platforms: []v1.Platform{linuxAMD64, linuxARM64}})
	require.Nil(t, moved.Subject)
	require.Empty(t, moved.Images, "a loose package lists no images")
	require.Len(t, spec.Images, 1, "the former subject is copied too, trimmed")
	require.NotEqual(t, built.Subject.Digest, spec.Images[0].Roots[0].Descriptor.Digest)
	require.Equal(t, "mirror.example.com/shop@"+roots(spec)[0], refs(s.projects(moved)[2])["services.web.image"])
}

// TestCompositionFromPortableIsAttached: a composition made from the portable one has the image of
// its platform as the subject, like a pushed one.
func TestCompositionFromPortableIsAttached(t *testing.T) {
	p := shopPlan(t)
	for _, image := range []string{"web.image", "db.image"} {
		p.images["services."+image] = fakeImage(t, "nginx:1.27", "linux/amd64", "linux/arm64", "linux/s390x")
	}
	attachWeb(&p)
	p.Platforms = []v1.Platform{linuxAMD64, linuxARM64}
	s := newShelf(t, p)
	built, _, err := p.build()
	require.NoError(t, err)
	old, z := s.reread(built), v1.Platform{OS: "linux", Architecture: "s390x"}
	require.True(t, old.Derives([]v1.Platform{z}))

	moved, _ := s.relocate(old, Relocation{Repository: mirror(t), Platforms: []v1.Platform{z}})
	require.Equal(t, []v1.Platform{z}, moved.Platforms())
	require.Len(t, moved.Compositions, 1)
	require.NotNil(t, moved.Compositions[0].Subject())
	require.Equal(t, p.Subject.On(z)[0].Digest, moved.Compositions[0].Subject().Digest)
}

// TestRelocationKeepsForeignContent: layers and annotations of other programs stay.
func TestRelocationKeepsForeignContent(t *testing.T) {
	s, p := portable(t)
	m := *p.Compositions[0].Manifest
	m.Layers = slices.Clone(m.Layers)
	m.Layers[0].Annotations = maps.Clone(m.Layers[0].Annotations)
	m.Layers[0].Annotations["com.example.note"] = "kept"
	extended, err := newContent(ComposeFileType, []byte("services: {}\n"))
	require.NoError(t, err)
	s.content[extended.Descriptor.Digest] = extended.Bytes
	extended.Descriptor.Annotations = map[string]string{AnnotationFile: "base.yaml", AnnotationExtends: "true"}
	others := []v1.Descriptor{extended.Descriptor, fileLayer("application/x-other", titleKey, "x")}
	m.Layers = append(m.Layers, others...)
	root, err := encode(m.MediaType, m)
	require.NoError(t, err)
	p, err = Parse("it", root)
	require.NoError(t, err)

	moved, _ := s.relocate(p, Relocation{Repository: mirror(t), Bundle: true})
	layers := moved.Compositions[0].Manifest.Layers
	require.Equal(t, others, layers[len(layers)-2:])
	require.Equal(t, "kept", layers[0].Annotations["com.example.note"])
	require.NotEqual(t, m.Layers[0].Digest, layers[0].Digest, "the image names are rewritten")
}

// TestPortableCompositionHasThePlatformOfItsImages: if all images in the index are for one
// platform.
func TestPortableCompositionHasThePlatformOfItsImages(t *testing.T) {
	one := func(name string, platform v1.Platform) *Image {
		d := fakeManifest(t, name)
		root := Content{Descriptor: *reference(d), Bytes: []byte(name)}
		d.Platform = &platform
		return &Image{Name: name, Origin: name, Root: root, Manifests: []v1.Descriptor{d}}
	}
	s, p := portable(t, func(p *plan) {
		p.images = map[string]*Image{"services.web.image": one("web", linuxARM64), "services.db.image": one("db", linuxARM64)}
	})
	bundled, _ := s.relocate(p, Relocation{Repository: mirror(t), Bundle: true})
	require.Equal(t, []v1.Platform{linuxARM64}, bundled.Platforms())

	s.images[0].Manifests[0].Platform = &linuxAMD64
	bundled, _ = s.relocate(p, Relocation{Repository: mirror(t), Bundle: true})
	require.Empty(t, bundled.Platforms(), "the images are for several platforms")
}
