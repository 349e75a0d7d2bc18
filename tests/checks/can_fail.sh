#!/usr/bin/env bash
# The checks themselves: each passes on a small sound tree, and fails once that tree breaks its rule.
set -euo pipefail
checks=$(cd "$(dirname "$0")" && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
bad=0

sound_tree() {
    rm -rf "${root:?}"/*
    mkdir -p "$root"/{src/base,src/query,simd,tests,bench,scripts,cmake}
    printf 'ms_layer(simd DIR simd)\nms_layer(base)\nms_layer(query DEPENDS base)\n' >"$root/CMakeLists.txt"
    printf '#ifndef MS_A_H\n#define MS_A_H\n#include <stddef.h>\nsize_t ms_a(void);\n#endif\n' >"$root/src/base/a.h"
    printf '#include "base/a.h"\n#include <duckdb.h>\n' >"$root/src/query/q.c"
    printf '#include <stddef.h>\n' >"$root/simd/scalar.c"
    printf 'int ms_global;\nstatic int ours;\nint ms_get(void) { return ours; }\n' >"$root/symbols.c"
}

# expect CODE WHAT CHECK: runs the check on the tree
expect() {
    local code=0 output
    if [ "$3" = symbol_prefix ]; then
        cc -c "$root/symbols.c" -o "$root/symbols.o"
        for library in a b; do
            rm -f "$root/lib$library.a"
            ar rc "$root/lib$library.a" "$root/symbols.o"
        done
        output=$("$checks/symbol_prefix.sh" "$root/liba.a" "$root/libb.a" 2>&1) || code=$?
    else
        output=$("$checks/$3.sh" "$root" 2>&1) || code=$?
    fi
    if [ "$code" != "$1" ]; then
        echo "can_fail: $3 exits $code, not $1, on $2:"
        echo "$output"
        bad=1
    fi
}

for check in layers headers lines symbol_prefix; do
    sound_tree
    expect 0 "a sound tree" "$check"
done

sound_tree; echo '#include "query/q.h"' >>"$root/src/base/a.h"; expect 1 "an upward include" layers
sound_tree; echo '  #  include <duckdb.h>' >>"$root/simd/scalar.c"; expect 1 "a foreign header away from home" layers
sound_tree; echo '#include HEADER' >>"$root/simd/scalar.c"; expect 1 "an include by macro" layers
sound_tree; echo 'ms_layer(input DEPENDS scan)' >>"$root/CMakeLists.txt"; expect 1 "a dependency on what does not stand above" layers
sound_tree; mkdir "$root/src/new"; echo '#include <stdio.h>' >"$root/src/new/n.c"; expect 1 "a folder that is no layer" layers
sound_tree; sed -i '/stddef/d' "$root/src/base/a.h"; expect 1 "a header that lacks an include" headers
sound_tree; printf 'struct ms_twice { int a; };\n' >"$root/simd/t.h"; expect 1 "a header without a guard" headers
sound_tree; seq -f '/* %g */' 501 >"$root/src/base/long.c"; expect 1 "a file of 501 lines" lines
sound_tree; seq -f '# %g' 501 >"$root/scripts/long"; expect 1 "a script of 501 lines" lines
sound_tree; echo 'int count;' >>"$root/symbols.c"; expect 1 "a global variable without prefix" symbol_prefix
sound_tree; echo 'void run(void) {}' >>"$root/symbols.c"; expect 1 "a global function without prefix" symbol_prefix

[ $bad = 0 ] && echo "can_fail: every check passes on a sound tree and fails on a broken one"
exit $bad
