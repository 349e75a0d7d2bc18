#!/usr/bin/env bash
# headers.sh ROOT [COMPILER-FLAGS...]: each header compiles alone, and twice in a row: it includes what it needs, and its
# guard works. The flags say where foreign headers are.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
compiler=${CC:-cc}
flags=(-x c -fsyntax-only -std=gnu17 -Wall -Wextra -Wstrict-prototypes -Werror -D_GNU_SOURCE -Isrc -I. -Itests "${@:2}")
mapfile -t headers < <(find src simd tests bench -name node_modules -prune -o -name '*.h' -print | sort)
[ ${#headers[@]} -gt 0 ] || { echo "headers: found none" >&2; exit 1; }
bad=0
for header in "${headers[@]}"; do
    include="#include \"$PWD/$header\""
    "$compiler" "${flags[@]}" - < <(printf '%s\n%s\n' "$include" "$include") || { echo "headers: $header does not compile alone"; bad=1; }
done
[ $bad = 0 ] && echo "headers: ${#headers[@]} headers compile alone"
exit $bad
