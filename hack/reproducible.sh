#!/usr/bin/env bash
# Builds the last commit twice, in different folders and environments, and compares every byte:
# hack/reproducible.sh OUT [ARCH]...
# The output of hack/dist.sh is in OUT.
set -euo pipefail

mkdir -p "$1"
out=$(realpath "$1")
shift
cd "$(dirname "${BASH_SOURCE[0]}")/.."
OCOMPOSE_TOOLS=$(realpath "${OCOMPOSE_TOOLS:-.tools/bin}")
export OCOMPOSE_TOOLS
[ -z "$(git status --porcelain)" ] || echo "reproducible: building the last commit, without uncommitted changes" >&2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone -q . "$work/one"
git clone -q . "$work/another, in a longer path/two"

"$work/one/hack/dist.sh" "$out" "$@"
(
	umask 077
	GOMODCACHE=$(go env GOMODCACHE)
	export GOMODCACHE GOCACHE=$work/cache HOME=$work/home TZ=Pacific/Auckland LC_ALL=C.UTF-8
	mkdir "$HOME"
	"$work/another, in a longer path/two/hack/dist.sh" "$work/second" "$@"
)

sums() { (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum); }
if ! diff <(sums "$out") <(sums "$work/second"); then
	echo "reproducible: the two builds differ" >&2
	exit 1
fi
echo "reproducible: two builds gave the same $(sums "$out" | wc -l) files; the image is $(cat "$out/image.txt")"
