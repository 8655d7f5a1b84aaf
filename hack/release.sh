#!/usr/bin/env bash
# Builds the files of a release from the last commit, as configured in .goreleaser.yaml, and
# publishes nothing: hack/release.sh. Writes them to dist/.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
repository=$PWD
OCOMPOSE_TOOLS=$(realpath "${OCOMPOSE_TOOLS:-.tools/bin}")
export OCOMPOSE_TOOLS PATH=$PATH:$OCOMPOSE_TOOLS

# In a separate clone, because a release is built only from a tag and a clean checkout.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone -q . "$work/ocompose"
cd "$work/ocompose"
git remote set-url origin https://github.com/ocompose/ocompose
git describe --exact-match --tags --match 'v*' >/dev/null 2>&1 || git tag v0.0.1
goreleaser check
goreleaser release --clean --skip=publish,announce

version=$(git describe --exact-match --tags --match 'v*')
version=${version#v}
go run ./hack/formula dist/checksums.txt >dist/ocompose.rb
mv dist-host/packages/* dist
(cd dist && sha256sum --check --quiet checksums.txt)

# All promised files must exist.
for os in linux darwin windows; do
	for arch in amd64 arm64; do
		name=ocompose_${version}_${os}_$arch
		suffix=tar.gz
		[ $os != windows ] || suffix=zip
		for file in "$name.$suffix" "$name.cdx.json"; do
			grep -q "  $file$" dist/checksums.txt || { echo "release: no $file" >&2; exit 1; }
		done
	done
done
for arch in amd64 arm64; do
	for format in deb rpm apk; do
		file=ocompose_${version}_$arch.$format
		grep -q "  $file$" dist/checksums.txt || { echo "release: no $file" >&2; exit 1; }
	done
done
[ "$(dist/ocompose_linux_amd64_v1/ocompose version | cut -d, -f1)" = "ocompose v$version" ] ||
	[ "$(uname -sm)" != "Linux x86_64" ] || { echo "release: the program is another version" >&2; exit 1; }
rm -rf "$repository/dist"
mv dist "$repository/dist"
cd "$repository"
echo "release: $(wc -l <dist/checksums.txt) files of version $version"
