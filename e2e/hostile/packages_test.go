//go:build unix

package hostile

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// A scenario is the content of a hostile registry under evil/app:1.
type scenario struct {
	name  string
	serve func(t testing.TB, e *evil)
}

const (
	repo = "evil/app"
	tag  = "1"
)

// shapes are packages and images designed to be expensive.
var shapes = []scenario{
	{"a manifest of empty layers", func(_ testing.TB, e *evil) {
		e.put(repo, tag, manifestType, repeat(manifestOf(compositionType), "]}", maxManifest, same("{}")))
	}},
	{"a manifest of equal layers", func(_ testing.TB, e *evil) {
		e.put(repo, tag, manifestType, repeat(manifestOf(compositionType), "]}", maxManifest, same(layer("f", number(1), 1))))
	}},
	{"a manifest of many files", func(_ testing.TB, e *evil) {
		file := e.blob("content")
		e.put(repo, tag, manifestType, repeat(manifestOf(compositionType), "]}", maxManifest, func(i int) string {
			return layer(fmt.Sprintf("f%d", i), file.Digest.String(), 7)
		}))
	}},
	{"a manifest of many missing files", func(_ testing.TB, e *evil) {
		e.put(repo, tag, manifestType, numbered(big(maxManifest), 1))
	}},
	{"a manifest of twice the maximum size", func(_ testing.TB, e *evil) {
		e.put(repo, tag, manifestType, numbered(big(2*maxManifest), 1))
	}},
	{"an index of huge compositions", func(_ testing.TB, e *evil) { e.compositions(200, maxManifest) }},
	{"an index of large compositions", func(_ testing.TB, e *evil) { e.compositions(200, 250_000) }},
	{"an index of compositions with large files", func(_ testing.TB, e *evil) {
		var entries []string
		for i := range 200 {
			file := e.blob(innocent + "#" + strings.Repeat(" ", 1<<20) + fmt.Sprint(i))
			l := fmt.Sprintf(`{"mediaType":%q,"size":%d,"digest":%q,"annotations":{%q:"compose.yaml"}}`, composeFile, file.Size, file.Digest, title)
			d := e.put(repo, "", manifestType, []byte(manifestOf(compositionType)+l+"]}"))
			entries = append(entries, entry(d, asComposition+fmt.Sprintf(`,"platform":{"os":"linux","architecture":"a%d"}`, i)))
		}
		e.put(repo, tag, indexType, []byte(indexOf(compositionType)+list(entries...)+"]}"))
	}},
	{"a file above the size limit", func(t testing.TB, e *evil) {
		e.composition(t, repo, tag, innocent+"#"+strings.Repeat(" ", 15<<20))
	}},
	{"a file with very many nodes", func(t testing.TB, e *evil) {
		e.composition(t, repo, tag, innocent+"x-list:\n"+strings.Repeat("- a\n", 3<<20))
	}},
	{"an index of equal entries", func(t testing.TB, e *evil) {
		one := describe(manifestType, e.composition(t, repo, "", innocent))
		e.put(repo, tag, indexType, repeat(indexOf(compositionType), "]}", maxManifest, same(entry(one, asComposition))))
	}},
	{"an index of equal images", func(t testing.TB, e *evil) {
		one := describe(manifestType, e.composition(t, repo, "", innocent))
		image := describe(manifestType, e.image(t, repo, "", "layer"))
		e.put(repo, tag, indexType, repeat(indexOf(compositionType)+entry(one, asComposition)+",", "]}", maxManifest, same(entry(image, onLinux))))
	}},
	{"an image of equal entries", func(t testing.TB, e *evil) {
		image := describe(manifestType, e.image(t, repo, "", "layer"))
		e.put(repo, tag, indexType, repeat(indexOf(""), "]}", maxManifest, same(entry(image, onLinux))))
	}},
	{"an image of many platforms", func(t testing.TB, e *evil) {
		image := describe(manifestType, e.image(t, repo, "", "layer"))
		e.put(repo, tag, indexType, repeat(indexOf(""), "]}", maxManifest, func(i int) string {
			return entry(image, fmt.Sprintf(`,"platform":{"os":"linux","architecture":"a%d"}`, i))
		}))
	}},
	{"an image without platforms", func(_ testing.TB, e *evil) {
		e.put(repo, tag, indexType, []byte(indexOf("")+list(e.images("")...)+"]}"))
	}},
	{"an image with a huge config", func(_ testing.TB, e *evil) {
		config := e.blob(string(repeat(`{"os":"linux","architecture":"amd64","history":[`, "]}", maxManifest-1, same("{}"))))
		e.put(repo, tag, manifestType, fmt.Appendf(nil, `{"schemaVersion":2,"mediaType":%q,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":%d,"digest":%q},"layers":[]}`, manifestType, config.Size, config.Digest))
	}},
	{"an image of huge images", func(_ testing.TB, e *evil) {
		e.put(repo, tag, indexType, []byte(indexOf("")+list(e.images(onLinux)...)+"]}"))
	}},
	{"a bundle of huge images", func(t testing.TB, e *evil) {
		entries := []string{entry(describe(manifestType, e.composition(t, repo, "", innocent)), asComposition)}
		entries = append(entries, e.images(onLinux)...)
		e.put(repo, tag, indexType, []byte(indexOf(compositionType)+list(entries...)+`],"annotations":{"dev.ocompose.mode":"bundled"}}`))
	}},
	{"indexes that list the next twice", func(t testing.TB, e *evil) {
		d := e.nested(t, 40, 2, "")
		e.put(repo, tag, indexType, []byte(indexOf("")+list(entry(d, `,"annotations":{"n":"1"}`), entry(d, `,"annotations":{"n":"2"}`))+"]}"))
	}},
	{"a bundle of indexes that list the next twice", func(t testing.TB, e *evil) {
		d := e.nested(t, 40, 2, "")
		one := describe(manifestType, e.composition(t, repo, "", innocent))
		e.put(repo, tag, indexType, []byte(indexOf(compositionType)+list(entry(one, asComposition), entry(d, ""))+"]}"))
	}},
	{"indexes that list the next a thousand times", func(t testing.TB, e *evil) {
		d := e.nested(t, 3, 1000, onLinux)
		e.put(repo, tag, indexType, []byte(indexOf("")+entry(d, "")+"]}"))
	}},
	{"a file in 8,000 folders", func(_ testing.TB, e *evil) {
		file := e.blob("content")
		e.put(repo, tag, manifestType, []byte(manifestOf(compositionType)+layer(strings.Repeat("a/", 8000)+"f", file.Digest.String(), 7)+"]}"))
	}},
	{"many files in many folders", func(_ testing.TB, e *evil) {
		file := e.blob("content")
		e.put(repo, tag, manifestType, repeat(manifestOf(compositionType), "]}", maxManifest, func(i int) string {
			return layer(fmt.Sprintf("%s%d/f", strings.Repeat(fmt.Sprintf("%d/", i), 30), i), file.Digest.String(), 7)
		}))
	}},
	{"annotations", func(_ testing.TB, e *evil) {
		e.put(repo, tag, manifestType, repeat(manifestOf(compositionType)+`],"annotations":{`, "}}", maxManifest, func(i int) string { return fmt.Sprintf(`"k%d":""`, i) }))
	}},
	{"an annotation of a manifest's size", func(_ testing.TB, e *evil) {
		e.put(repo, tag, manifestType, []byte(manifestOf(compositionType)+`],"annotations":{"k":"`+strings.Repeat("x", maxManifest-1000)+`"}}`))
	}},
	{"features of a platform", func(t testing.TB, e *evil) {
		one := describe(manifestType, e.composition(t, repo, "", innocent))
		more := asComposition + `,"platform":{"os":"linux","architecture":"amd64","os.features":[` + strings.TrimSuffix(strings.Repeat(`"",`, 1<<20), ",") + `]}`
		e.put(repo, tag, indexType, []byte(indexOf(compositionType)+entry(one, more)+"]}"))
	}},
	{"data in a descriptor", func(t testing.TB, e *evil) {
		one := describe(manifestType, e.composition(t, repo, "", innocent))
		e.put(repo, tag, indexType, []byte(indexOf(compositionType)+entry(one, asComposition+`,"data":"`+strings.Repeat("AAAA", 1<<20-200)+`"`)+"]}"))
	}},
	{"arrays in arrays", func(_ testing.TB, e *evil) {
		e.put(repo, tag, manifestType, []byte(manifestOf(compositionType)+`],"x":`+strings.Repeat("[", 2_000_000)+strings.Repeat("]", 2_000_000)+`}`))
	}},
	{"empty arrays", func(_ testing.TB, e *evil) {
		e.put(repo, tag, manifestType, repeat(manifestOf(compositionType)+`],"urls":[`, "]}", maxManifest, same("[]")))
	}},
	{"100,000 tags", func(t testing.TB, e *evil) {
		e.composition(t, repo, tag, innocent)
		e.tagPages(100, 1000, false)
	}},
	{"100,000 tags on one page", func(t testing.TB, e *evil) {
		e.composition(t, repo, tag, innocent)
		e.tagPages(1, 100_000, false)
	}},
	{"endless tags", func(t testing.TB, e *evil) {
		e.composition(t, repo, tag, innocent)
		e.tagPages(1<<30, 1000, false)
	}},
	{"tags of many different indexes", func(t testing.TB, e *evil) {
		e.composition(t, repo, tag, innocent)
		e.tagPages(5, 1000, true)
	}},
	{"long tags", func(t testing.TB, e *evil) {
		e.composition(t, repo, tag, innocent)
		e.on("^GET .*/tags/list$", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `{"tags":["%s"]}`, strings.Repeat("t", 3<<20))
		})
	}},
	{"empty tags", func(t testing.TB, e *evil) {
		e.composition(t, repo, tag, innocent)
		e.on("^GET .*/tags/list$", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(repeat(`{"tags":[`, `]}`, maxManifest, same(`""`)))
		})
	}},
	{"another tag of nested indexes", func(t testing.TB, e *evil) {
		e.composition(t, repo, tag, innocent)
		d := e.nested(t, 40, 2, "")
		e.put(repo, "other", indexType, []byte(indexOf("")+list(entry(d, `,"annotations":{"n":"1"}`), entry(d, `,"annotations":{"n":"2"}`))+"]}"))
	}},
	{"endless referrers", func(t testing.TB, e *evil) {
		e.composition(t, repo, tag, innocent)
		e.referrers(func(page int) []byte {
			return repeat(indexOf(""), "]}", maxManifest, func(i int) string {
				return fmt.Sprintf(`{"mediaType":%q,"size":2,"digest":%q,"artifactType":"a/b"}`, manifestType, number(page*100_000+i))
			})
		})
	}},
	{"empty referrers", func(t testing.TB, e *evil) {
		e.composition(t, repo, tag, innocent)
		e.referrers(func(int) []byte { return repeat(indexOf(""), "]}", maxManifest, same("{}")) })
	}},
	{"referrers of every manifest of an image", func(t testing.TB, e *evil) {
		image := e.image(t, repo, "", "layer")
		_ = image
		e.put(repo, tag, indexType, repeat(indexOf(""), "]}", 200_000, func(i int) string {
			return fmt.Sprintf(`{"mediaType":%q,"size":2,"digest":%q%s}`, manifestType, number(i), onLinux)
		}))
		e.referrers(func(page int) []byte {
			return repeat(indexOf(""), "]}", maxManifest, func(i int) string {
				return fmt.Sprintf(`{"mediaType":%q,"size":2,"digest":%q,"artifactType":"a/b"}`, manifestType, number(page*100_000+i))
			})
		})
	}},
	{"a list of referrers under the tag", func(t testing.TB, e *evil) {
		d := describe(manifestType, e.composition(t, repo, tag, innocent))
		e.put(repo, "sha256-"+d.Digest.Hex, indexType, repeat(indexOf(""), "]}", maxManifest, func(i int) string {
			return fmt.Sprintf(`{"mediaType":%q,"size":2,"digest":%q}`, manifestType, number(i))
		}))
	}},
	{"a list of empty referrers under the tag", func(t testing.TB, e *evil) {
		d := describe(manifestType, e.composition(t, repo, tag, innocent))
		e.put(repo, "sha256-"+d.Digest.Hex, indexType, repeat(indexOf(""), "]}", maxManifest, same("{}")))
	}},
}

// compositions puts an index of compositions of a size.
func (e *evil) compositions(n, size int) {
	var entries []string
	begin := big(size)
	for i := range n {
		d := e.putMade(repo, "", manifestType, func() []byte { return numbered(begin, i) })
		entries = append(entries, entry(d, asComposition+fmt.Sprintf(`,"platform":{"os":"linux","architecture":"a%d"}`, i)))
	}
	e.put(repo, tag, indexType, []byte(indexOf(compositionType)+list(entries...)+"]}"))
}

// images puts 200 images with manifests of the maximum size, and returns their descriptors.
func (e *evil) images(more string) []string {
	var entries []string
	for _, image := range hugeImages() {
		d := v1.Descriptor{MediaType: types.OCIManifestSchema1, Digest: image.digest, Size: int64(image.size)}
		e.manifests[repo+"/"+d.Digest.String()] = image.content
		entries = append(entries, entry(d, more))
	}
	return entries
}

// hugeImages returns 200 manifests of images. They are the same for all tests, because their
// digests take time.
var hugeImages = sync.OnceValue(func() []digested {
	begin := bigImage(maxManifest)
	images := make([]digested, 200)
	for i := range images {
		c := content{manifestType, len(numbered(begin, i)), func() []byte { return numbered(begin, i) }}
		images[i] = digested{c, digestOf(c.write())}
	}
	return images
})

// digested is content with its digest.
type digested struct {
	content
	digest v1.Hash
}

// nested puts indexes, each of which lists the next one several times.
func (e *evil) nested(t testing.TB, levels, times int, more string) v1.Descriptor {
	d := describe(manifestType, e.image(t, repo, "", "layer"))
	for range levels {
		var entries []string
		for i := range times {
			entries = append(entries, entry(d, fmt.Sprintf(`,"annotations":{"n":"%d"}%s`, i, more)))
		}
		d = e.put(repo, "", indexType, []byte(indexOf("")+list(entries...)+"]}"))
	}
	return d
}

// tagPages lists tags, which point at the tag's manifest, or each at an index.
func (e *evil) tagPages(pages, perPage int, distinct bool) {
	e.on("^GET .*/tags/list$", func(w http.ResponseWriter, req *http.Request) {
		page := 0
		_, _ = fmt.Sscanf(req.URL.Query().Get("last"), "t%d", &page)
		w.Header().Set("Link", "<next>; rel=next")
		if page/perPage+1 >= pages {
			w.Header().Del("Link")
		}
		n := 0
		_, _ = w.Write(repeat(`{"tags":[`, `]}`, 64<<20, func(int) string {
			if n++; n > perPage {
				return strings.Repeat(" ", 65<<20)
			}
			return fmt.Sprintf(`"t%d"`, page+n)
		}))
	})
	made := func(path string) []byte {
		return repeat(indexOf(""), "]}", 50_000, func(i int) string {
			return fmt.Sprintf(`{"mediaType":%q,"size":2,"digest":%q,"annotations":{"of":%q}}`, manifestType, number(i), path[len(path)-6:])
		})
	}
	e.on("^(GET|HEAD) .*/manifests/t[0-9]+$", func(w http.ResponseWriter, req *http.Request) {
		if !distinct {
			e.serve(w, req, e.manifests, repo+"/"+tag, "")
			return
		}
		raw := made(req.URL.Path)
		w.Header().Set("Content-Type", indexType)
		w.Header().Set("Docker-Content-Digest", digestOf(raw).String())
		_, _ = w.Write(raw)
		if req.Method == http.MethodHead {
			e.put(repo, "", indexType, raw)
		}
	})
}

// referrers serves the referrers API, whose lists never end.
func (e *evil) referrers(page func(int) []byte) {
	e.on("^GET .*/referrers/", func(w http.ResponseWriter, req *http.Request) {
		n := 0
		_, _ = fmt.Sscan(req.URL.Query().Get("page"), &n)
		w.Header().Set("Content-Type", indexType)
		w.Header().Set("Link", fmt.Sprintf(`<%s?page=%d>; rel="next"`, req.URL.Path, n+1))
		_, _ = w.Write(page(n))
	})
}
