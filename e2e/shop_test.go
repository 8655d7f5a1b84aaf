package e2e

import (
	"strings"

	"github.com/ocompose/ocompose/internal/registry/registrytest"
)

// shop is the application that most of these tests package. HOST is where its
// images are: web, db, and cache in two versions.
const shop = `# What its users see, and where it keeps what they buy.
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

// platforms are those of the shop's images.
var platforms = []string{"linux/amd64", "linux/arm64"}

// writeShop pushes the shop's images to a registry and writes its file.
func (p *program) writeShop(host string, platforms ...string) {
	p.t.Helper()
	for i, image := range []string{"web:1", "db:17", "cache:7"} {
		registrytest.PushImage(p.t, host+"/images/"+image, registrytest.ImageSpec{
			Seed: uint64(i + 1), Platforms: platforms, Layers: 2, SharedLayers: 1, Docker: image == "db:17", Attestations: image == "web:1",
		})
	}
	p.write("compose.yaml", strings.ReplaceAll(shop, "HOST", host))
}
