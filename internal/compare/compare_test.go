package compare

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ocompose/ocompose/compose"
	"github.com/ocompose/ocompose/internal/report"
)

// shop is an application.
func shop() Application {
	return Application{
		Platforms: []string{"linux/amd64"},
		Services:  []string{"db", "web"},
		Images: map[string]report.ComparedImage{
			"services.web.image": {Service: "web", Name: "docker.io/library/nginx", Tag: "1", Digest: "sha256:1"},
			"services.db.image":  {Service: "db", Name: "docker.io/library/postgres", Digest: "sha256:2", Platform: "linux/arm64"},
		},
		Files:     map[string]File{"compose.yaml": {Digest: "sha256:3"}, "run.sh": {Kind: compose.RestoredFile, Executable: true, Digest: "sha256:4"}},
		Variables: []compose.Variable{{Name: "PORT", Default: "80"}, {Name: "KEY", Required: true}},
	}
}

// TestCompareFindsEachChange makes each change separately, in both directions.
func TestCompareFindsEachChange(t *testing.T) {
	t.Parallel()
	image := func(edit func(*report.ComparedImage)) func(*Application) {
		return func(a *Application) {
			i := a.Images["services.web.image"]
			edit(&i)
			a.Images["services.web.image"] = i
		}
	}
	for name, test := range map[string]struct {
		edit         func(*Application)
		there, again string // the change, and the one in the other direction
		fields       []string
	}{
		"a platform":   {func(a *Application) { a.Platforms = append(a.Platforms, "linux/arm64") }, report.Added, report.Removed, nil},
		"a service":    {func(a *Application) { a.Services = a.Services[:1] }, report.Removed, report.Added, nil},
		"an image":     {func(a *Application) { delete(a.Images, "services.db.image") }, report.Removed, report.Added, nil},
		"a name":       {image(func(i *report.ComparedImage) { i.Name = "quay.io/nginx" }), report.Changed, report.Changed, []string{"name"}},
		"a tag":        {image(func(i *report.ComparedImage) { i.Tag = "2" }), report.Changed, report.Changed, []string{"tag"}},
		"a digest":     {image(func(i *report.ComparedImage) { i.Digest = "sha256:9" }), report.Changed, report.Changed, []string{"digest"}},
		"no pin":       {image(func(i *report.ComparedImage) { i.Digest = "" }), report.Changed, report.Changed, []string{"digest"}},
		"its platform": {image(func(i *report.ComparedImage) { i.Platform = "linux/s390x" }), report.Changed, report.Changed, []string{"platform"}},
		"tag and digest": {image(func(i *report.ComparedImage) { i.Tag, i.Digest = "2", "sha256:9" }),
			report.Changed, report.Changed, []string{"tag", "digest"}},
		"a file":     {func(a *Application) { a.Files["new"] = File{} }, report.Added, report.Removed, nil},
		"content":    {func(a *Application) { a.Files["compose.yaml"] = File{Digest: "sha256:9"} }, report.Changed, report.Changed, []string{"content"}},
		"a mode":     {func(a *Application) { a.Files["run.sh"] = File{Kind: compose.RestoredFile, Digest: "sha256:4"} }, report.Changed, report.Changed, []string{"executable"}},
		"a kind":     {func(a *Application) { a.Files["compose.yaml"] = File{Kind: compose.ExtraFile, Digest: "sha256:3"} }, report.Changed, report.Changed, []string{"kind"}},
		"a variable": {func(a *Application) { a.Variables = a.Variables[:1] }, report.Removed, report.Added, nil},
		"a default":  {func(a *Application) { a.Variables[0].Default = "81" }, report.Changed, report.Changed, nil},
		"required":   {func(a *Application) { a.Variables[0].Required = true }, report.Changed, report.Changed, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := shop(), shop()
			test.edit(&b)
			change, fields := only(t, Compare(a, b))
			require.Equal(t, test.there, change)
			require.Equal(t, test.fields, fields)
			change, fields = only(t, Compare(b, a))
			require.Equal(t, test.again, change)
			require.Equal(t, test.fields, fields)
		})
	}
}

// only is the single change of a comparison.
func only(t *testing.T, d report.Difference) (change string, fields []string) {
	t.Helper()
	require.False(t, d.Same)
	n := 0
	for _, c := range append(d.Platforms, d.Services...) {
		change, n = c.Change, n+1
	}
	for _, c := range d.Images {
		change, fields, n = c.Change, c.Fields, n+1
		require.Equal(t, c.Change == report.Added, c.A == nil)
		require.Equal(t, c.Change == report.Removed, c.B == nil)
		require.NotEmpty(t, c.Service)
	}
	for _, c := range d.Files {
		change, fields, n = c.Change, c.Fields, n+1
	}
	for _, c := range d.Variables {
		change, n = c.Change, n+1
	}
	require.Equal(t, 1, n)
	return change, fields
}

// TestCompareIgnoresLocations: locations and forms of packages are not changes.
func TestCompareIgnoresLocations(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*Application){
		"nothing":   func(*Application) {},
		"a project": func(a *Application) { a.Platforms = nil },
		"how a file is restored": func(a *Application) {
			a.Files["run.sh"] = File{Kind: compose.ExtraFile, Executable: true, Digest: "sha256:4"}
		},
		"an unknown origin": func(a *Application) {
			a.Images["services.web.image"] = report.ComparedImage{Service: "web", Digest: "sha256:1"}
		},
		"another place, by digest": func(a *Application) {
			a.Images["services.web.image"] = report.ComparedImage{Service: "web", Name: "example.com/shop", Digest: "sha256:1"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := shop()
			edit(&b)
			require.True(t, Compare(shop(), b).Same)
			require.True(t, Compare(b, shop()).Same)
		})
	}
}
