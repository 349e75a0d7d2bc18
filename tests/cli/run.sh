#!/usr/bin/env bash
# usage: run.sh PROGRAM SOURCE_DIR CASE [--bless]
# Runs CASE.sh with a function `m` (the program, its arguments and exit code shown) in an empty folder, and compares all that
# it prints, stdout and stderr, with CASE.expected. --bless writes CASE.expected: read the diff before you commit it.
set -euo pipefail
program=$1
source_dir=$2
case=$3
here=$source_dir/tests/cli
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C TZ=Asia/Tokyo XDG_CACHE_HOME=$work/.cache
unset MAILSTRATA_SIMD

cat >"$work/.lib" <<'LIB'
# m ARGS...: runs the program; what it prints, then its exit code
m() {
    local code=0
    printf '$ mailstrata'; printf ' %q' "$@"; echo
    "$PROGRAM" "$@" 2>&1 || code=$?
    echo "[exit $code]"
}
# empty_dataset NAME: a published generation without rows
empty_dataset() {
    mkdir -p "$1/gen-1" && ln -s gen-1 "$1/current"
}
# part DATASET TABLE SELECT: a part file with these rows, written by DuckDB
part() {
    mkdir -p "$1/gen-1/$2"
    "$PROGRAM" sql "$1" "copy ($3) to '${1//\'/\'\'}/gen-1/$2/part-00000.parquet'"
}
LIB
export PROGRAM=$program SAMPLES=$source_dir/corpus/samples
cp "$SAMPLES"/*.log "$work/"
(cd "$work" && bash -euo pipefail -c '. ./.lib; . "$0"' "$here/$case.sh") >"$work/.out" 2>&1 || {
    cat "$work/.out"
    echo "cli: $case.sh itself failed" >&2
    exit 1
}
if [ "${4:-}" = --bless ]; then
    cp "$work/.out" "$here/$case.expected"
else
    diff -u "$here/$case.expected" "$work/.out"
fi
