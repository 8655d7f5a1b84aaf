#!/usr/bin/env bash
# Reports known vulnerabilities in called code. If the vulnerability database is unreachable, the
# check is skipped.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
hack/tools.sh vuln || exit
output=$("${OCOMPOSE_TOOLS:-.tools/bin}/govulncheck" ./... 2>&1)
status=$?
case $status:$output in
1:*"fetching vulnerabilities"*) echo "vuln: skipped: the database is unreachable" ;;
*)
	printf '%s\n' "$output"
	exit $status
	;;
esac
