#!/usr/bin/env bash
# The example of README.md, run again: each command of its console block prints what the page says. Lines that begin with
# `time` tell how long it took, and are not compared.
set -euo pipefail
[ $# = 2 ] || { echo "usage: readme.sh PROGRAM ROOT" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$2"

sed -n '/^```console$/,/^```$/p' README.md | grep -v '^```' >"$work/said" || true
grep -q '^\$ scripts/run ' "$work/said" || { echo "readme: README.md has no console block with a command" >&2; exit 1; }

# `$ command`, `> its next line`; all else is output. The dataset goes to a folder of ours.
awk -v program="$1" -v work="$work" '
    function flush() { if (command != "") print command " 2>&1"; command = "" }
    function quoted(text) { gsub(/\047/, "\047\\\047\047", text); return "\047" text "\047" }
    /^\$ / { flush(); print "printf \"%s\\n\" " quoted($0); command = substr($0, 3) }
    /^> /  { command = command "\n" substr($0, 3); print "printf \"%s\\n\" " quoted($0) }
    END { flush() }' "$work/said" |
    sed -e "s#scripts/run #'$1' #; s#mail\.dataset#$work/mail.dataset#" -e "/^printf/s#'$1' #scripts/run #; /^printf/s#$work/mail#mail#" >"$work/script"
bash "$work/script" >"$work/printed" || { cat "$work/printed"; echo "readme: a command failed"; exit 1; }

if ! diff -u <(grep -v '^time ' "$work/said") <(grep -v '^time ' "$work/printed"); then
    echo "readme: the example in README.md is not what the program prints"
    exit 1
fi
echo "readme: the example prints what the page says"
