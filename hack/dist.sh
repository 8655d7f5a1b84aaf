#!/usr/bin/env bash
# Builds the files of a release for Linux, except the archives:
#
#   hack/dist.sh OUT [ARCH]...
#
# These are the programs (OUT/ARCH/ocompose), deb, rpm and apk packages, their bills of materials
# (CycloneDX), and a container image as an image layout (OUT/image, with its digest in
# OUT/image.txt). ARCH is amd64 or arm64; the default is both. The same commit always gives the
# same bytes.
set -euo pipefail
umask 022

mkdir -p "$1"
out=$(realpath "$1")
shift
[ $# -gt 0 ] || set -- amd64 arm64
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools=$(realpath "${OCOMPOSE_TOOLS:-.tools/bin}")

build() { # OS ARCH OUT: as in .goreleaser.yaml
	CGO_ENABLED=0 GOOS=$1 GOARCH=$2 go build -trimpath -buildvcs=true -ldflags="-s -w" -o "$3" .
}

host=$out/host/ocompose
build "$(go env GOHOSTOS)" "$(go env GOHOSTARCH)" "$host"
export OCOMPOSE_HOST=$host

platforms=()
for arch in "$@"; do
	build linux "$arch" "$out/$arch/ocompose"
	hack/package.sh "$out/$arch/ocompose" "$out"
	"$tools/cyclonedx-gomod" bin -json -std -noserial -notimestamp -output "$out/ocompose_linux_$arch.cdx.json" "$out/$arch/ocompose"
	platforms+=("linux/$arch=$out/$arch/ocompose")
done
go run ./hack/image -layout "$out/image" "${platforms[@]}" >"$out/image.txt"
rm -rf "$out/host"
