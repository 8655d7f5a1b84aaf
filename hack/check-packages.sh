#!/usr/bin/env bash
# Checks the output of hack/dist.sh for this machine's architecture: hack/check-packages.sh DIR.
# Unpacks the deb, rpm and apk and compares them. As root on Debian it also installs the deb,
# uses the program, its manual page and completions, and removes it.
set -euo pipefail

dir=$(realpath "$1")
arch=$(go env GOARCH)
repository=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	echo "packages: $*" >&2
	exit 1
}

package() { # FORMAT
	local found=("$dir"/ocompose_*_"$arch.$1")
	[ -e "${found[0]}" ] && [ ${#found[@]} -eq 1 ] || fail "not one $1 for $arch in $dir"
	echo "${found[0]}"
}
deb=$(package deb) rpm=$(package rpm) apk=$(package apk)

# All formats have the same files, and the program that was built.
mkdir "$work/deb" "$work/rpm" "$work/apk"
dpkg-deb -x "$deb" "$work/deb"
# rpm2cpio checks a size that nfpm does not write; diff checks the content below.
rpm2cpio "$rpm" >"$work/rpm.cpio" || [ -s "$work/rpm.cpio" ]
(cd "$work/rpm" && cpio -idm --quiet --no-absolute-filenames <"$work/rpm.cpio" 2>/dev/null)
tar -xzf "$apk" -C "$work/apk" --warning=no-unknown-keyword --exclude .PKGINFO
for format in deb rpm apk; do
	cmp "$dir/$arch/ocompose" "$work/$format/usr/bin/ocompose" || fail "the $format has another program"
	[ -x "$work/$format/usr/bin/ocompose" ] || fail "the $format's program can't be run"
	diff -r --no-dereference --exclude zsh "$work/deb" "$work/$format" || fail "the $format has other files than the deb"
done
echo "packages: deb, rpm and apk have the same $(find "$work/deb" -type f | wc -l) files"

# The bill of materials lists the linked modules.
sbom=$dir/ocompose_linux_$arch.cdx.json
go version -m "$dir/$arch/ocompose" | awk '$1 == "dep" { print $2 "@" $3 }' | while read -r module; do
	name=${module%@*} version=${module##*@}
	grep -qF "\"name\": \"$name\"" "$sbom" && grep -qF "\"version\": \"$version\"" "$sbom" ||
		fail "the bill of materials does not name $module"
done

if [ "$(id -u)" != 0 ] || ! command -v dpkg >/dev/null; then
	echo "packages: not root on Debian: the deb is not installed" >&2
	exit 0
fi
if dpkg -s ocompose >/dev/null 2>&1 || [ -e /usr/bin/ocompose ]; then
	fail "this machine has an ocompose installed; remove it first"
fi
server=
remove() {
	[ -z "$server" ] || kill "$server" || true
	dpkg --purge ocompose >/dev/null 2>&1 || true
	rm -rf "$work"
}
trap remove EXIT
dpkg -i "$deb" >/dev/null

# The installed program works.
mkdir "$work/project" "$work/pulled"
cd "$work/project"
/usr/bin/ocompose serve --listen 127.0.0.1:0 >"$work/served" 2>&1 &
server=$!
for _ in $(seq 100); do
	host=$(grep -oE -m1 '127\.0\.0\.1:[0-9]+' "$work/served") && break
	sleep 0.1
done
[ -n "${host:-}" ] || fail "ocompose serve does not listen: $(cat "$work/served")"
(cd "$repository" && go run ./hack/image -push "$host/ocompose:1" "linux/$arch=$dir/$arch/ocompose") >/dev/null
printf 'services:\n  serve:\n    image: %s/ocompose:1\n' "$host" >compose.yaml
ref=$(ocompose push "$host/app:1")
ocompose pull -d "$work/pulled" "$ref" >/dev/null
cmp compose.yaml "$work/pulled/compose.yaml" || fail "the compose file was pulled with other content"
grep -qF "$host/ocompose:1@sha256:" "$work/pulled/image-digests.yaml" || fail "the image is not pinned"
ocompose verify "$ref" >/dev/null 2>&1 || fail "the package is not complete"
version=$(dpkg-query -W -f '${Version}' ocompose)
ocompose version | grep -qF "${version/\~/-}" || fail "the package is version $version, and its program: $(ocompose version)"

# has COMMAND: reports whether the program lists the command.
commands=$(ocompose --help)
has() { grep -qE "^ +$1( |,|$)" <<<"$commands"; }

if has man; then
	pages=$(dpkg -L ocompose | grep -c '/man1/ocompose.*\.1\.gz$')
	[ "$pages" -gt 10 ] || fail "there are $pages manual pages"
	for page in /usr/share/man/man1/ocompose*.1.gz; do
		warnings=$(man --local-file --warnings --pager=cat "$page" 2>&1 >"$work/page")
		[ -z "$warnings" ] || fail "$page: $warnings"
		grep -q '^NAME' "$work/page" || fail "man shows no page for $page"
	done
	echo "packages: $pages manual pages are shown"
else
	echo "packages: the program has no command man: no manual page is checked" >&2
fi
if has completion; then
	bash -n /usr/share/bash-completion/completions/ocompose
	# shellcheck disable=SC2016 # expanded by the inner shell
	completed=$(bash -c '
		source /usr/share/bash-completion/completions/ocompose
		function=$(complete -p ocompose | sed -E "s/.*-F ([^ ]+).*/\1/")
		COMP_WORDS=(ocompose pus) COMP_CWORD=1 COMP_LINE="ocompose pus" COMP_POINT=12
		"$function" ocompose pus ocompose
		printf "%s\n" "${COMPREPLY[@]}"')
	grep -qx 'push *' <<<"$completed" || fail "bash completes 'ocompose pus' to: $completed"
	echo "packages: bash completes commands"
else
	echo "packages: the program has no command completion: no completions are checked" >&2
fi

plugin=/usr/libexec/docker/cli-plugins/docker-ocompose
if [ -e $plugin ]; then
	$plugin docker-cli-plugin-metadata | grep -q '"ShortDescription"' || fail "$plugin is no plugin"
	echo "packages: docker-ocompose is a Docker plugin"
fi

dpkg --purge ocompose >/dev/null
[ ! -e /usr/bin/ocompose ] && [ ! -e /usr/share/doc/ocompose ] || fail "removing the package leaves files"
echo "packages: the deb was installed, used and removed"
