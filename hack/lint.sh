#!/usr/bin/env bash
# Checks the source: Go (.golangci.yml), modules, generated files, documents,
# scripts, workflows. Runs all checks, and fails at the end if one did.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
tools=${OCOMPOSE_TOOLS:-.tools/bin}
failed=()

check() { # NAME COMMAND...
	printf 'lint: %s\n' "$1"
	"${@:2}" || failed+=("$1")
}

# The import rules apply to the files of every system, and need no types.
imports() {
	local os ok=0
	for os in darwin windows; do
		GOOS=$os "$tools/golangci-lint" run --enable-only depguard ./... || ok=1
	done
	return $ok
}

# state identifies the content of the working tree, committed or not.
state() {
	git status --porcelain
	git diff HEAD | git hash-object --stdin
}

# The generated files in the repository must be up to date.
generated() {
	local before
	before=$(state)
	go generate ./... || return 1
	[ "$before" = "$(state)" ] || { echo "stale generated files, now updated:"; git status --short; return 1; }
}

spelling() {
	git ls-files -z '*.md' '*.yml' '*.yaml' '*.sh' ':!:*/testdata/*' | xargs -0 "$tools/misspell" -locale US -i mosquitto -error
}

scripts() {
	local files
	mapfile -t files < <(git grep -lE '^#!/(usr/bin/env bash|bin/sh)' -- ':!:*/testdata/*')
	if command -v shellcheck >/dev/null; then
		shellcheck --severity=warning "${files[@]}"
	else
		local file ok=0
		for file in "${files[@]}"; do bash -n "$file" || ok=1; done
		return $ok
	fi
}

check golangci-lint "$tools/golangci-lint" run ./...
check "imports elsewhere" imports
check "go mod tidy" go mod tidy -diff
check "go mod verify" go mod verify
check "go generate" generated
check spelling spelling
check scripts scripts
check workflows "$tools/actionlint"

[ ${#failed[@]} -eq 0 ] || { printf 'lint: failed:'; printf ' %s;' "${failed[@]}"; echo; exit 1; }
