# make help lists the targets. Each is one command, which can also be run directly.

FUZZTIME ?= 30s
ROUNDS   ?= 20
BENCH    ?= .

OCOMPOSE_TOOLS ?= $(CURDIR)/.tools/bin
export OCOMPOSE_TOOLS

.DEFAULT_GOAL := build

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  %-16s %s\n", $$1, $$2 }'

.PHONY: build
build: ## build bin/ocompose
	CGO_ENABLED=0 go build -trimpath -buildvcs=auto -o bin/ocompose .

.PHONY: cross
cross: ## compile for macOS and Windows, without optimization and result: only errors matter
	GOOS=windows GOARCH=amd64 go build -gcflags='all=-N -l' -o /dev/null .
	GOOS=darwin GOARCH=arm64 go build -gcflags='all=-N -l' -o /dev/null .

.PHONY: cross-vet
cross-vet: ## vet everything, including tests, for macOS and Windows
	GOOS=darwin GOARCH=arm64 go vet ./...
	GOOS=windows GOARCH=amd64 go vet ./...

.PHONY: package
package: tools-package ## build Linux packages and the container image twice, compare and test them
	rm -rf dist
	hack/reproducible.sh dist $$(go env GOARCH)
	hack/check-packages.sh dist

.PHONY: release
release: tools-release ## build all files of a release, without publishing them
	hack/release.sh

.PHONY: demo
demo: ## run a demo of the main commands, without network
	CGO_ENABLED=0 go run ./hack/demo

.PHONY: test
test: tools-test ## run all tests, with real registries and Docker Compose; most with the race detector
	go test -race -timeout 20m $$(go list ./... | grep -vE '/(compose|hack|e2e)(/|$$)')
	go test -timeout 20m ./compose/... ./hack/... ./e2e/...

.PHONY: lint
lint: tools-lint ## check the source: golangci-lint, modules, generated files, documents, scripts
	hack/lint.sh

.PHONY: vuln
vuln: ## check for known vulnerabilities
	hack/vuln.sh

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME=30s each
	hack/fuzz.sh $(FUZZTIME)

.PHONY: storm
storm: tools-test ## many concurrent processes push to one repository and attach to one subject, ROUNDS=20 times
	OCOMPOSE_STORM_ROUNDS=$(ROUNDS) OCOMPOSE_PUSH_STORM_ROUNDS=$(ROUNDS) go test -count=1 -timeout 120m -p 1 -v -run 'Storm|AttachAndDelete' ./referrers ./internal/action ./e2e/reliability

.PHONY: hostile
hostile: ## run every command against every hostile registry, and measure memory and time
	OCOMPOSE_HOSTILE=1 go test -count=1 -timeout 60m -v ./e2e/hostile

.PHONY: cosign
cosign: tools-cosign ## sign and verify packages with the real cosign, which takes long to build
	OCOMPOSE_COSIGN=1 go test -count=1 -timeout 10m -run Cosign ./e2e/clients ./internal/signature

.PHONY: soak
soak: ## push, copy, delete and kill at random against a failing registry, for SOAK=1m
	OCOMPOSE_SOAK=$(or $(SOAK),1m) go test -count=1 -timeout 180m -v -run TestSoak ./e2e/reliability

.PHONY: bench
bench: ## run the benchmarks, BENCH=pattern
	go test -run '^$$' -bench '$(BENCH)' ./...

.PHONY: compare
compare: tools-compare ## compare the speed of ocompose, crane, oras, regctl, skopeo and docker compose; OCOMPOSE_COMPARE_FILE=2048 makes the file 2 GiB, OCOMPOSE_COMPARE_WITH=PATH adds another build
	OCOMPOSE_COMPARE=1 go test -count=1 -timeout 20m -v -run TestCompare ./e2e/compare

.PHONY: compose-versions
compose-versions: tools-compose-versions ## check the versions of Docker Compose that the README lists
	OCOMPOSE_COMPOSE_VERSIONS=$(OCOMPOSE_TOOLS)/compose go test -count=1 -v -run TestComposeVersions ./e2e/dockercompose

.PHONY: corpus
corpus: tools-test ## check the projects in the folders below DIR with Docker Compose
	OCOMPOSE_CORPUS=$(if $(DIR),$(abspath $(DIR))) go test -count=1 -timeout 30m -v -run '^TestCorpus$$' ./e2e/dockercompose

.PHONY: site
site: ## render the documentation into dist/site, and check its links
	rm -rf dist/site
	go run ./hack/site . dist/site

.PHONY: generate
generate: ## update the generated files
	go generate ./...

.PHONY: tools-lint tools-test tools-compare tools-compose-versions tools-package tools-release tools-cosign
tools-lint tools-test tools-compare tools-compose-versions tools-package tools-release tools-cosign:
	@hack/tools.sh $(@:tools-%=%)

.PHONY: clean
clean: ## remove build output, but not the tools
	rm -rf bin dist dist-host ocompose
