#!/usr/bin/env bash
# Builds the Linux packages of a program that is built already:
#
#   hack/package.sh PROGRAM OUT
#
# PROGRAM is ocompose for Linux, built from a git checkout; the architecture, the
# version and the date are read from it. Writes OUT/ocompose_VERSION_ARCH.deb, .rpm
# and .apk. The same program gives the same bytes.
#
# Manual pages and shell completions are written by a program that runs here: by
# $OCOMPOSE_HOST, or by PROGRAM itself.
set -euo pipefail
umask 022

program=$(realpath "$1") host=$(realpath "${OCOMPOSE_HOST:-$1}")
mkdir -p "$2"
out=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools=$(realpath "${OCOMPOSE_TOOLS:-.tools/bin}")

# recorded KEY: prints a setting that the Go command recorded in the program.
recorded() {
	go version -m "$program" | awk -v key="$1" '$1 == "build" && sub("^" key "=", "", $2) { print $2 }'
}

ARCH=$(recorded GOARCH)
VERSION=$(go version -m "$program" | awk '$1 == "mod" { print $3 }')
time=$(recorded vcs.time)
if [ "$(recorded GOOS)" != linux ] || [ -z "$time" ] || [ "$VERSION" = "(devel)" ]; then
	echo "package: $1 is not a program for Linux that was built with -buildvcs=true" >&2
	exit 1
fi
VERSION=${VERSION#v}
SOURCE_DATE_EPOCH=$(date -d "$time" +%s)
export ARCH VERSION SOURCE_DATE_EPOCH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

install -D -m 755 "$program" "$root/usr/bin/ocompose"
install -D -m 644 LICENSE "$root/usr/share/doc/ocompose/copyright"
install -D -m 644 README.md "$root/usr/share/doc/ocompose/README.md"
install -D -m 644 CHANGELOG.md "$root/usr/share/doc/ocompose/changelog.md"
hack/assets.sh "$host" "$work/assets"
place() { # FILE PATH
	[ ! -e "$work/assets/$1" ] || install -D -m 644 "$work/assets/$1" "$root/usr/share/$2"
}
place ocompose.bash bash-completion/completions/ocompose
place ocompose.zsh zsh/site-functions/_ocompose
place ocompose.fish fish/vendor_completions.d/ocompose.fish
if [ -d "$work/assets/man1" ]; then
	gzip -n -9 "$work"/assets/man1/*.1
	(cd "$work/assets" && printf '%s\n' man1/*.gz) | while read -r page; do place "$page" "man/$page"; done
fi

cp packaging/nfpm.yaml "$work/nfpm.yaml"
(cd "$root" && find . -type f -printf '%P %m\n' | LC_ALL=C sort) | while read -r file mode; do
	entry() { printf '  - {src: "%s", dst: "/%s", file_info: {mode: 0%s}%s}\n' "$root/$file" "$1" "$mode" "${2:-}"; }
	case $file in
	*/zsh/*) # Debian's zsh looks elsewhere
		entry "${file/site-functions/vendor-completions}" ", packager: deb"
		entry "$file" ", packager: rpm"
		entry "$file" ", packager: apk"
		;;
	*) entry "$file" ;;
	esac
done >>"$work/nfpm.yaml"
# If the program is a Docker plugin under the name docker-ocompose, it gets that name too.
ln -s "$host" "$work/docker-ocompose"
if "$work/docker-ocompose" docker-cli-plugin-metadata 2>/dev/null | grep -q '"SchemaVersion"'; then
	printf '  - {src: /usr/bin/ocompose, dst: /usr/libexec/docker/cli-plugins/docker-ocompose, type: symlink}\n' >>"$work/nfpm.yaml"
else
	echo "package: the program is not a Docker plugin: no docker-ocompose" >&2
fi
for format in deb rpm apk; do
	"$tools/nfpm" package --config "$work/nfpm.yaml" --packager $format \
		--target "$out/ocompose_${VERSION}_$ARCH.$format" >&2
done
