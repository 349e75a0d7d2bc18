#!/usr/bin/env bash
# usage: model.sh MODEL.pml
# Tries every order of the model's steps: no assertion may fail, nothing may stand still. Then the same with each step broken
# (the words BROKEN_* in the model): a model that finds nothing there proves nothing.
set -euo pipefail
command -v spin >/dev/null || { echo "skipped: spin is not installed (scripts/setup installs it)"; exit 77; }
model=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# check [-DWORD]: prints how many states, and how many errors
check() {
    rm -f pan*
    spin -a "$@" "$model"
    ${CC:-cc} -O2 -w -DSAFETY -DMEMLIM=1000 -o pan pan.c
    ./pan -m1000000 >pan.out 2>&1 || true
    ! grep -E 'out of memory|max search depth too small|truncated' pan.out || exit 1
    sed -n 's/.* \([0-9.e+]*\) states, stored.*/\1 states/p; s/ *\(State-vector.*errors: .*\)/\1/p' pan.out
}

result=$(check)
echo "${model##*/}: $result"
grep -q 'errors: 0$' <<<"$result"
for word in $(grep -o 'ifdef BROKEN_[A-Z]*' "$model" | sed 's/ifdef //' | sort -u); do
    result=$(check "-D$word")
    echo "$word: $result"
    ! grep -q 'errors: 0$' <<<"$result" || { echo "$word is not found out" >&2; exit 1; }
done
