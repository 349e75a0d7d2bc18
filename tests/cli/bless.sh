#!/usr/bin/env bash
# usage: bless.sh PROGRAM [CASE...]    writes CASE.expected (all cases if none is named) from what the program prints now
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "$1")
shift
[ $# -gt 0 ] || set -- help usage sql escape pipes info parse ingest find trace reasons logins grep matches dialects
for case in "$@"; do
    "$here/run.sh" "$program" "$here/../.." "$case" --bless
done
git -C "$here" --no-pager diff --stat -- .
