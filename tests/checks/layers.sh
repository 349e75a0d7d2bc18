#!/usr/bin/env bash
# The include lines of src/ and simd/ against the DEPENDS lists of CMakeLists.txt: a layer includes itself and what it names,
# what it names stands above it (so there is no circle), and each foreign library has one home.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"

# header  layers that may include it
homes='
hs.h hs/hs.h                 : scan
openssl/evp.h                : base
duckdb.h                     : query
json-c/json.h                : parse
zstd.h                       : input parquet
zstd_errors.h lzma.h bzlib.h lz4frame.h archive.h archive_entry.h : input
isa-l.h isa-l/igzip_lib.h igzip_lib.h : input
isa-l/crc.h crc.h            : input parquet gen
xxhash.h                     : input scan columnar correlate parquet
jemalloc/jemalloc.h          : -
benchmark/benchmark.h cmocka.h : -
'

includes=$(grep -rnE '^[[:space:]]*#[[:space:]]*include' --include='*.[ch]' src simd) || {
    echo "layers: found no include line at all" >&2
    exit 1
}
awk -v homes="$homes" '
    function breach(text) { print "layers: " text; bad = 1 }
    BEGIN {
        n = split(homes, rows, "\n")
        for (i = 1; i <= n; i++) {
            if (split(rows[i], half, ":") != 2) continue
            m = split(half[1], headers, " ")
            for (j = 1; j <= m; j++) home[headers[j]] = " " half[2] " "
        }
    }
    FILENAME == "CMakeLists.txt" { # ms_layer(NAME [DIR d] [DEPENDS a b] [LINK x])
        if ($0 !~ /^ms_layer\(/) next
        line = $0; gsub(/^ms_layer\(|\)[[:space:]]*$/, "", line)
        m = split(line, word, " ")
        layer = word[1]; part = ""; may[layer] = " " layer " "
        for (j = 2; j <= m; j++) {
            if (word[j] ~ /^(DIR|DEPENDS|LINK)$/) { part = word[j]; continue }
            if (part != "DEPENDS") continue
            if (!(word[j] in may)) breach("CMakeLists.txt: " layer " depends on " word[j] ", which does not stand above it")
            may[layer] = may[layer] word[j] " "
        }
        next
    }
    { # path:line:#include "..."
        split($0, part3, ":"); path = part3[1]; where = path ":" part3[2]
        m = split(path, folder, "/"); layer = folder[1] == "src" ? folder[2] : folder[1]
        if (!(layer in may)) { breach(where ": folder " layer " is no ms_layer() of CMakeLists.txt"); next }
        checked++
        if (match($0, /"[^"]+"/)) {
            header = substr($0, RSTART + 1, RLENGTH - 2)
            if (header !~ /\//) next # a neighbour in the same folder; the compiler finds it there or nowhere
            split(header, target, "/")
            if (index(may[layer], " " target[1] " ") == 0)
                breach(where ": " layer " may not include " target[1] " (" header "); DEPENDS allows:" may[layer])
        } else if (match($0, /<[^>]+>/)) {
            header = substr($0, RSTART + 1, RLENGTH - 2)
            if (header in home && index(home[header], " " layer " ") == 0)
                breach(where ": <" header "> has its home in" home[header] "not in " layer)
        } else breach(where ": an include line this check cannot read: " $0)
    }
    END {
        if (!checked) breach("nothing was checked")
        if (!bad) print "layers: " checked " include lines keep to the layers"
        exit bad
    }' CMakeLists.txt <(echo "$includes")
