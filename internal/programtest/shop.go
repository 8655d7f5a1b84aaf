package programtest

import (
	"strings"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// Shop is the Compose file of an application that many tests package. HOST is the registry that has its
// images.
const Shop = `# What its users see, and where it keeps what they buy.
name: shop

x-image: &cache-image HOST/images/cache:7     # pinned below, too
x-defaults: &defaults
  restart: "no"

services:
  web:
    <<: *defaults
    image: ${WEB_IMAGE:-HOST/images/web:1}   # the front
    depends_on:
      - db
    environment: {GREETING: "hello  #not a comment", PASSWORD: "${DB_PASSWORD-}"}
  db:
    image: "HOST/images/db:17"
    labels:
      image: HOST/images/db:17
  cache:
    image: *cache-image
  session:
    image: *cache-image
    profiles: [sessions]
  debug: {image: 'HOST/images/web:1', profiles: ["debug"]}
`

// Platforms returns the usual platforms of the shop's images.
func Platforms() []string { return []string{"linux/amd64", "linux/arm64"} }

// WriteShop pushes the images of Shop to a registry, for Platforms if none are given, and writes its
// file.
func (p *Program) WriteShop(host string, platforms ...string) {
	p.T.Helper()
	if len(platforms) == 0 {
		platforms = Platforms()
	}
	for i, image := range []string{"web:1", "db:17", "cache:7"} {
		registrytest.PushImage(p.T, host+"/images/"+image, registrytest.ImageSpec{
			Seed: uint64(i + 1), Platforms: platforms, Layers: 2, SharedLayers: 1, Docker: image == "db:17", Attestations: image == "web:1",
		})
	}
	p.Write("compose.yaml", strings.ReplaceAll(Shop, "HOST", host))
}

// Sources returns the source repositories of the shop's images.
func Sources(host string) []string {
	return []string{host + "/images/web", host + "/images/db", host + "/images/cache"}
}
