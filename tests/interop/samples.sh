#!/bin/sh
# usage: samples.sh WRITE_SAMPLES FOLDER: writes the sample files and lets the readers compare them with the truth.
set -eu
here=$(dirname "$0")
writer=$1
folder=$2
if ! command -v node >/dev/null || [ ! -d "$here/node_modules" ]; then
    echo "skipped: no outside Parquet readers; run 'npm ci' in tests/interop"
    exit 77
fi
rm -rf "$folder"
"$writer" "$folder"
exec node "$here/compare.mjs" "$folder"
