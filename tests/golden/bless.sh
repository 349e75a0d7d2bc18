#!/bin/sh
# bless.sh BUILD [NAME...]: writes NAME.expected from NAME.log (all, if none is named). Look at `git diff` before you commit.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?usage: bless.sh BUILD [NAME...]}
shift
golden=$(find "$build" -type f -name golden -perm -u+x | head -n 1)
[ -n "$golden" ] || { echo "bless.sh: no program 'golden' under $build; build it first" >&2; exit 2; }
[ $# -gt 0 ] || set -- $(cd "$here" && ls ./*.log | sed 's|^\./||; s|\.log$||')
for name in "$@"; do
    "$golden" "$here/$name.log" > "$here/$name.expected.new"
    mv "$here/$name.expected.new" "$here/$name.expected"
done
