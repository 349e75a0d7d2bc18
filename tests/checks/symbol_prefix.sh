#!/usr/bin/env bash
# Every global symbol that our libraries define starts with ms_, so that we never clash with what we are linked to.
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: symbol_prefix.sh libms_x.a..." >&2; exit 2; }
# `file:address type name`; between archives nm puts titles. Sanitizers add globals of their own.
symbols=$(nm --defined-only --extern-only --print-file-name "$@" | awk 'NF == 3 { print $3, $1 }' |
    grep -vE '^(__odr_asan|__asan|__tsan|__ubsan|__sanitizer)')
total=$(wc -l <<<"$symbols")
foreign=$(grep -v '^ms_' <<<"$symbols" || true)
if [ -n "$foreign" ]; then
    echo "symbol_prefix: global symbols without ms_ (make them static or rename them):"
    echo "$foreign"
    exit 1
fi
echo "symbol_prefix: $total global symbols, all with ms_"
