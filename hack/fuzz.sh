#!/usr/bin/env bash
# Runs every fuzz target for a while: hack/fuzz.sh [TIME [NAME-PATTERN]]
# It writes failing inputs to the package's testdata/fuzz, where go test runs them too.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
time=${1:-30s} pattern=${2:-.}

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# fuzz runs the target $1 of the package $2. Go before 1.27 sometimes reports its own deadline as
# a failure, without a failing input (golang/go 75804), which is ignored.
fuzz() {
	go test -run '^$' -fuzz "^$1\$" -fuzztime "$time" -fuzzminimizetime 1x "$2" 2>&1 | tee "$log" && return
	grep -A1 '^--- FAIL: ' "$log" | grep -qx '    context deadline exceeded' || return
	! grep -q -e 'Failing input' -e '^panic: ' "$log" || return
	echo "fuzz: the time is over; no failures"
}

targets=$(git grep --untracked -oE '^func Fuzz[A-Za-z0-9_]+' -- '*_test.go' | sed 's/:func /:/' | grep -E "$pattern" || true)
[ -n "$targets" ] || { echo "fuzz: no target matches $pattern" >&2; exit 1; }
while IFS=: read -r file target; do
	printf 'fuzz: %s in %s\n' "$target" "$(dirname "$file")"
	fuzz "$target" "./$(dirname "$file")"
done <<<"$targets"
