#!/usr/bin/env bash
# docs/REASONS.md says what the vocabulary and the golden wordings say.
set -euo pipefail
[ $# = 3 ] || { echo "usage: reasons_doc.sh PROGRAM tests/golden/reasons.tsv docs/REASONS.md" >&2; exit 2; }
if ! diff -u "$3" <("$1" "$2"); then
    echo "reasons_doc: $3 is behind src/reason/words.c or $2: run scripts/update-reasons"
    exit 1
fi
echo "reasons_doc: $3 is up to date"
