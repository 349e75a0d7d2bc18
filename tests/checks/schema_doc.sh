#!/usr/bin/env bash
# docs/SCHEMA.md says what the schema table in the source says.
set -euo pipefail
[ $# = 2 ] || { echo "usage: schema_doc.sh PROGRAM docs/SCHEMA.md" >&2; exit 2; }
if ! diff -u "$2" <("$1"); then
    echo "schema_doc: $2 is behind src/columnar/schema_columns.h: run scripts/update-schema"
    exit 1
fi
echo "schema_doc: $2 is up to date"
