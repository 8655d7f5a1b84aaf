#!/usr/bin/env bash
# Writes the shell completions and manual pages of a program: hack/assets.sh PROGRAM OUT
# Writes OUT/ocompose.bash, .zsh, .fish and .ps1, and OUT/man1/*.1, with the commands completion
# and man. If the program lacks one of them, its files are omitted.
set -euo pipefail

program=$1 out=$2
mkdir -p "$out"
commands=$("$program" --help)

# has COMMAND: reports whether the program lists the command.
has() { grep -qE "^ +$1( |,|$)" <<<"$commands"; }

if has completion; then
	"$program" completion bash >"$out/ocompose.bash"
	"$program" completion zsh >"$out/ocompose.zsh"
	"$program" completion fish >"$out/ocompose.fish"
	"$program" completion powershell >"$out/ocompose.ps1"
else
	echo "assets: the program has no command completion: no shell completions" >&2
fi
if has man; then
	"$program" man "$out/man1" >/dev/null
else
	echo "assets: the program has no command man: no manual pages" >&2
fi
