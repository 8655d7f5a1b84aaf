#!/usr/bin/env bash
# Reports known vulnerabilities in the code that is called. Without a way to
# the vulnerability database nothing can be said, which is no failure.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
hack/tools.sh vuln || exit
output=$("${OCOMPOSE_TOOLS:-.tools/bin}/govulncheck" ./... 2>&1)
status=$?
case $status:$output in
1:*"fetching vulnerabilities"*) echo "vuln: skipped: database out of reach" ;;
*)
	printf '%s\n' "$output"
	exit $status
	;;
esac
