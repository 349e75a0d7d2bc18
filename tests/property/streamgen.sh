#!/bin/sh
# The generator and the slow correlator (tests/support/oracle.py) were written apart: they must agree on every life, session,
# reject and login. And the same options must give the same bytes. usage: streamgen.sh STREAMGEN SUPPORT_DIR
set -eu
streamgen=$1 support=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

check() { # options of streamgen
    "$streamgen" "$@" --truth "$dir/truth" -o "$dir/log"
    "$streamgen" "$@" --truth "$dir/truth2" -o "$dir/log2"
    cmp "$dir/log" "$dir/log2"
    cmp "$dir/truth" "$dir/truth2"
    echo "streamgen $*"
    python3 "$support/oracle.py" --check "$dir/truth" "$dir/log"
}

check --seed 1 --mails 1000 --logins 0.2 --client-tls 0.6
check --seed 2 --mails 1500 --hosts 3 --hops 0.5 --form mixed --ids both --reuse 0.3 --late 0.2 --swap 0.05 --abort 0.1 --pid-reuse --logins 0.1 --client-tls 0.3
check --seed 3 --mails 1500 --rate 0.2 --reuse 0.5 --late 0.2 --swap 0.05 --deferred 0.2 --bounces 0.1
check --seed 4 --bytes 1M --hosts 2 --rate 50 --form rfc3339 --distinct high --swap 0.05 --late 0.3
# Hostile streams have no exact truth: they must only be repeatable, and not break the reader.
"$streamgen" --seed 5 --bytes 500K --hostile --reuse 0.5 --late 0.3 --swap 0.2 -o "$dir/log"
python3 "$support/oracle.py" "$dir/log" > "$dir/out"
[ -s "$dir/out" ]
