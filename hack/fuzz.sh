#!/usr/bin/env bash
# Runs every fuzz target for a while: hack/fuzz.sh [TIME [NAME-PATTERN]]
# What it finds it writes under the package's testdata/fuzz; from then on
# go test runs it too.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
time=${1:-30s} pattern=${2:-.}

targets=$(git grep --untracked -oE '^func Fuzz[A-Za-z0-9_]+' -- '*_test.go' | sed 's/:func /:/' | grep -E "$pattern" || true)
[ -n "$targets" ] || { echo "fuzz: no target matches $pattern" >&2; exit 1; }
while IFS=: read -r file target; do
	printf 'fuzz: %s in %s\n' "$target" "$(dirname "$file")"
	go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 1x "./$(dirname "$file")"
done <<<"$targets"
