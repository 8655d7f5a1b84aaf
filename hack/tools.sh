#!/usr/bin/env bash
# Installs the programs for lint and tests, pinned, into .tools/bin (or $OCOMPOSE_TOOLS).
# Programs that exist in the right version are skipped.
#
#   hack/tools.sh [lint|test|compare|compose-versions|vuln|package|release|cosign|all]...
#
# Debian packages are installed as root on a system with apt. Elsewhere the missing ones are
# listed, and the tests that need them are skipped. With CI=true it fails if any is missing.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=${OCOMPOSE_TOOLS:-.tools/bin}
mkdir -p "$bin/.versions"
bin=$(cd "$bin" && pwd)

# The caller's settings are for this module, not for the tools.
export GOFLAGS=-mod=readonly GOWORK=off
go=$(go env GOVERSION)

say() { printf 'tools: %s\n' "$*" >&2; }

# current NAME VERSION: reports whether NAME exists in this version, built with this Go. (An
# analyzer built with an older Go can't read packages of a newer one.)
current() {
	[ -x "$bin/$1" ] && [ "$(cat "$bin/.versions/$1" 2>/dev/null)" = "$2 $go" ]
}

built() { # NAME VERSION: takes the new program over
	mkdir -p "$(dirname "$bin/$1")" "$(dirname "$bin/.versions/$1")"
	mv -f "$bin/.new/$1" "$bin/$1"
	rm -rf "$bin/.new"
	echo "$2 $go" >"$bin/.versions/$1"
}

# install NAME PACKAGE VERSION
install() {
	current "$1" "$3" && return
	say "installing $1 $3"
	GOBIN="$bin/.new" go install -ldflags "-s -w" "$2@$3"
	built "$1" "$3"
}

# build NAME MODULE VERSION PACKAGE [LDFLAGS]: for modules with `exclude` or `replace` in go.mod,
# which `go install` rejects. It builds in the downloaded folder, which is read-only.
build() {
	current "$1" "$3" && return
	say "building $1 $3 (some minutes, where nothing is cached)"
	go mod download "$2@$3"
	local dir
	dir=$(cd / && GOFLAGS=-mod=mod go list -m -f '{{.Dir}}' "$2@$3")
	(cd "$dir" && go build -ldflags "-s -w ${5:-}" -o "$bin/.new/$1" "$4")
	built "$1" "$3"
}

# debian PROGRAM:PACKAGE...: installs the packages of missing programs.
debian() {
	local pair missing=()
	for pair in "$@"; do
		PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		say "not installed: ${missing[*]} (as root, on Debian: apt-get install ${missing[*]})"
		[ "${CI:-}" != true ] || return 1
		return 0
	fi
	say "installing Debian's ${missing[*]}"
	# The tests start their own registries and engine. The services of the packages stay stopped:
	# invoke-rc.d asks this file.
	local policy=/usr/sbin/policy-rc.d
	if [ ! -e $policy ]; then
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
		printf '#!/bin/sh\nexit 101\n' >$policy
		chmod +x $policy
	fi
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq >&2
	apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

lint() {
	install golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint v2.15.0
	install misspell github.com/golangci/misspell/cmd/misspell v0.8.0
	install actionlint github.com/rhysd/actionlint/cmd/actionlint v1.7.12
	debian shellcheck:shellcheck
}

vuln() {
	install govulncheck golang.org/x/vuln/cmd/govulncheck v1.9.0
}

packagers() {
	install nfpm github.com/goreleaser/nfpm/v2/cmd/nfpm v2.45.2
	install cyclonedx-gomod github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod v1.10.0
}

package() {
	packagers
	debian xz:xz-utils rpm2cpio:rpm2cpio cpio:cpio man:man-db
}

release() {
	packagers
	install goreleaser github.com/goreleaser/goreleaser/v2 v2.15.1
}

clients() {
	install crane github.com/google/go-containerregistry/cmd/crane v0.22.1
	install oras oras.land/oras/cmd/oras v1.3.6
	install regctl github.com/regclient/regclient/cmd/regctl v0.11.7
	build docker-compose github.com/docker/compose/v5 v5.6.0 ./cmd \
		"-X github.com/docker/compose/v5/internal.Version=v5.6.0"
	build registry github.com/distribution/distribution/v3 v3.1.2 ./cmd/registry
}

tests() {
	clients
	build oci-conformance github.com/opencontainers/distribution-spec/conformance \
		v0.0.0-20260831232431-97274622c111 .
	debian make:make docker-registry:docker-registry skopeo:skopeo podman:podman dockerd:docker.io iptables:iptables \
		zsh:zsh fish:fish man:man-db tmux:tmux chromium:chromium
}

# Building cosign takes many minutes without a cache, so no other group includes it.
cosign() {
	install cosign github.com/sigstore/cosign/v2/cmd/cosign v2.6.5
	clients
	debian docker-registry:docker-registry
}

compare() {
	clients
	debian skopeo:skopeo dockerd:docker.io iptables:iptables
}

# compose_versions builds the versions of Docker Compose in the README's table. Each takes some
# minutes.
compose_versions() {
	local version module
	for version in v2.34.0 v2.39.4 v2.40.0 v5.0.2 v5.6.0; do
		module=github.com/docker/compose/${version%%.*}
		build "compose/${version#v}/docker-compose" "$module" "$version" ./cmd "-X $module/internal.Version=$version"
	done
}

[ $# -gt 0 ] || set -- all
for group in "$@"; do
	case $group in
	lint | vuln | package | release | compare | cosign) "$group" ;;
	test) tests ;;
	compose-versions) compose_versions ;;
	all)
		lint
		vuln
		tests
		compare
		package
		;;
	*)
		say "no group $group: lint, vuln, test, compare, compose-versions, package, release, cosign, all"
		exit 2
		;;
	esac
done
