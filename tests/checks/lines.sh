#!/usr/bin/env bash
# A file that passes 500 lines is two files.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
limit=500
# What people write: code and scripts; not logs, expected rows or lock files.
mapfile -t files < <(find src simd tests bench scripts cmake -name node_modules -prune -o -type f \
    \( -name '*.[ch]' -o -name '*.cc' -o -name '*.sh' -o -name '*.py' -o -name '*.js' -o -name '*.mjs' -o -name '*.cmake' \
    -o -name '*.sql' -o -name CMakeLists.txt -o -path 'scripts/*' \) -print | sort)
[ ${#files[@]} -gt 0 ] || { echo "lines: found no file" >&2; exit 1; }
wc -l "${files[@]}" | awk -v limit="$limit" '
    $2 != "total" && $1 > limit { print "lines: " $2 " has " $1 " lines (limit " limit ")"; bad = 1 }
    $2 != "total" { n++ }
    END { if (!bad) print "lines: " n " files, none over " limit " lines"; exit bad }'
