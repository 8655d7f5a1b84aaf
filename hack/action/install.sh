#!/usr/bin/env bash
# Installs ocompose on a GitHub runner: a step of action.yml. $OCOMPOSE_VERSION is a
# version or latest. The archive is verified against the release's checksums.
set -euo pipefail

version=${OCOMPOSE_VERSION#v}
releases=${OCOMPOSE_RELEASES:-https://github.com/ocompose/ocompose/releases}
if [ "$version" = latest ]; then
	release=$releases/latest/download
else
	release=$releases/download/v$version
fi

fail() {
	echo "::error::installing ocompose $version: $*"
	exit 1
}

case $RUNNER_OS in
Linux | macOS) suffix=.tar.gz ;;
Windows) suffix=.zip ;;
*) fail "there is no build for $RUNNER_OS" ;;
esac
case $RUNNER_ARCH in
X64) arch=amd64 ;;
ARM64) arch=arm64 ;;
*) fail "there is no build for $RUNNER_ARCH" ;;
esac
case $RUNNER_OS in
Linux) platform=linux_$arch ;;
macOS) platform=darwin_$arch ;;
Windows) platform=windows_$arch ;;
esac

work=$RUNNER_TEMP/ocompose
mkdir -p "$work/bin"
cd "$work"
get() { # URL FILE
	curl --fail --silent --show-error --location --retry 3 --output "$2" "$1" || fail "getting $1"
}

get "$release/checksums.txt" checksums.txt
# The name tells the version where the latest one was asked for.
archive=$(awk -v end="_$platform$suffix" 'substr($2, length($2) - length(end) + 1) == end { print $2; exit }' checksums.txt)
case $archive in
ocompose_*) ;;
*) fail "the release has no archive for $platform" ;;
esac
get "$release/$archive" "$archive"
want=$(awk -v name="$archive" '$2 == name { print $1; exit }' checksums.txt)
if command -v sha256sum >/dev/null; then
	sum=$(sha256sum "$archive")
else
	sum=$(shasum -a 256 "$archive")
fi
[ "${sum%% *}" = "$want" ] || fail "$archive has the SHA-256 ${sum%% *}, and checksums.txt says $want"

if [ $suffix = .zip ]; then
	unzip -q -o "$archive" ocompose.exe -d bin
else
	tar -xzf "$archive" -C bin ocompose
fi
echo "$work/bin" >>"$GITHUB_PATH"
"$work/bin/ocompose" version
