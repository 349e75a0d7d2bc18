# shellcheck shell=bash
# One host's lines in several files of the same time: by program, by severity, at random, by two collectors of which each lost
# some. The rows are those of the one file that has all lines in their order.
"$PROGRAM" gen -o mail.log --lines 5000 --hosts 2 --ids short --reuse 0.2 --rate 4 --seed 5 2>/dev/null
"$PROGRAM" gen -o fine.log --lines 5000 --hosts 2 --ids short --reuse 0.2 --rate 4 --seed 5 --stamps rfc3339 2>/dev/null
"$PROGRAM" gen -o three.log --lines 12000 --hosts 3 --ids short --reuse 0.2 --rate 4 --seed 6 2>/dev/null
# a host that nobody sees in the first 64 KiB of any file
awk '{ n += length($0) + 1 } n > 600000 || $4 != "mx3"' three.log >late.log
python3 - <<'PY'
import os
import random
import re

dice = random.Random(7)
HOWS = {
    'program': lambda p, t: ['in' if p in ('smtpd', 'cleanup') else 'out'],
    'qmgr': lambda p, t: ['mail.' + p if p == 'qmgr' else 'mail.rest'],                # who ends mails comes first in order
    'severity': lambda p, t: ['warn' if 'warning:' in t or 'status=bounced' in t or 'status=deferred' in t else 'info'],
    'random': lambda p, t: [dice.choice('abc')],
    # copies with holes: what is worse than it should be stands in two files; two collectors, of which each lost some
    'warnings': lambda p, t: ['info', 'warn'] if 'reject:' in t or 'status=bounced' in t else ['info'],
    'collectors': lambda p, t: [c for c in 'ab' if dice.random() > 0.02] or ['a'],
}
for how, name, among in [(h, 'mail.log', HOWS[h]) for h in ('program', 'qmgr', 'severity', 'warnings')] + [(h, 'fine.log', HOWS[h]) for h in ('random', 'collectors')] + [('behind', 'late.log', HOWS['qmgr'])]:
    files = {}
    for line in open(name):
        program = re.match(r'(?:\w{3} [ \d]\d [\d:]{8}|\S+) \S+ (?:\w+/)*(\w+)', line).group(1)
        for to in among(program, line):
            files.setdefault(to, []).append(line)
    os.mkdir(how)
    for to, lines in files.items():
        with open(f'{how}/{to}', 'w') as f:
            f.writelines(lines)
PY
rows() { # what the rows are, without where they come from
    for table in messages deliveries sessions rejects events links; do
        "$PROGRAM" sql "$1" --format csv "SELECT COLUMNS(c -> c <> 'file_id' AND NOT ends_with(c, '_offset')) FROM $table ORDER BY ALL"
    done
}
ingest() { # DATASET FILES OPTION...
    "$PROGRAM" ingest "$2" -o "$1" --year 2026 "${@:3}" >/dev/null 2>&1 || echo "exit $?"
}
for log in mail fine late; do
    ingest d-$log $log.log
    rows d-$log >$log.rows
done
"$PROGRAM" sql d-mail 'select state, count(*) as n from messages group by all order by all'
check() { # HOW LOG
    ingest "d-$1" "$1"
    rows "d-$1" | cmp - "$2.rows" && echo "$1: the same rows"
}
check program mail
check qmgr mail
check severity mail
check random fine
check warnings mail
check collectors fine
gzip -n behind/*
check behind late
for d in d-warnings d-collectors; do
    "$PROGRAM" sql $d "select regexp_extract(path, '[^/]*$') as file, n_lines, n_lines_duplicate from files order by file_id"
done
# whatever the threads, cuts and stripes, and whether workers close anything
ingest small random --stripe-bytes 32K
for options in '--threads 1 --segment-bytes 300' '--threads 3 --segment-bytes 5000'; do
    # shellcheck disable=SC2086 # words
    ingest cut random --force --stripe-bytes 32K $options && diff -r small/current cut/current && echo "same bytes: $options"
done
rows small | cmp - fine.rows && ingest twin random --whole-lists && rows twin | cmp - fine.rows && echo "the same rows: stripes, whole lists"
