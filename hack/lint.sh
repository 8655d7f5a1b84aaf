#!/usr/bin/env bash
# Everything about the source that a machine can judge. Runs all checks, and
# fails at the end if one did.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools=${OCOMPOSE_TOOLS:-.tools/bin}
failed=()

check() { # NAME COMMAND...
	printf 'lint: %s\n' "$1"
	"${@:2}" || failed+=("$1")
}

formatted() {
	local off
	off=$(gofmt -l .)
	[ -z "$off" ] || { printf '%s\n' "not formatted (gofmt -w):" "$off"; return 1; }
}

# state names the working tree's content, committed or not.
state() {
	git status --porcelain
	git diff HEAD | git hash-object --stdin
}

# What go generate writes is in the repository, and says what the source says.
generated() {
	local before
	before=$(state)
	go generate ./... || return 1
	[ "$before" = "$(state)" ] || { echo "stale generated files, now written anew:"; git status --short; return 1; }
}

shell() {
	local file ok=0
	for file in hack/*.sh .ci/run; do bash -n "$file" || ok=1; done
	return $ok
}

check gofmt formatted
check "go vet" go vet ./...
check staticcheck "$tools/staticcheck" ./...
check "go mod tidy" go mod tidy -diff
check "go mod verify" go mod verify
check "go generate" generated
check "bash -n" shell

[ ${#failed[@]} -eq 0 ] || { printf 'lint: failed:'; printf ' %s;' "${failed[@]}"; echo; exit 1; }
