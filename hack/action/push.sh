#!/usr/bin/env bash
# Pushes the project of the current folder: a step of action.yml. $OCOMPOSE_ARGS has
# more arguments of ocompose push, one a line.
set -euo pipefail

args=()
while IFS= read -r line; do
	line=${line%$'\r'}
	[ -z "$line" ] || args+=("$line")
done <<<"$OCOMPOSE_ARGS"
reference=$(ocompose push ${args[@]+"${args[@]}"} "$OCOMPOSE_REFERENCE")
{
	echo "reference=$reference"
	echo "digest=${reference##*@}"
} >>"$GITHUB_OUTPUT"
echo "$reference"
