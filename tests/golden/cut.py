#!/usr/bin/env python3
"""cut.py MAILSTRATA FOLDER: golden lines, cut where daemons and relays cut packets (1024, 2048, 8192 bytes); no field says anything that the whole line does not.

Blanks behind the stamp, which mean nothing, make each line so long that the cut falls where it is wanted: every line of FOLDER/*.log
with a traditional stamp, at several places each. A field of the cut line is one of the whole line with the same value; what
is free text is not compared."""
import glob
import json
import os
import random
import re
import subprocess
import sys
import tempfile

LIMITS, CUTS = [1024] * 40 + [2048] * 4 + [8192], 14
COMMON = {'file', 'offset', 'time', 'host', 'program', 'pid', 'kind', 'severity', 'cut', 'truncated', 'repeats'}
TEXTS = {'text', 'reply', 'content', 'reason', 'subject', 'class', 'commands', 'result', 'tls_features'}
HEADER = re.compile(rb'([A-Z][a-z][a-z] [ \d]\d \d\d:\d\d:\d\d) (?=\S)(\S+ [^ \[:]+(?:\[\d+\])?: )?')


def parse(mailstrata, lines, folder):
    path = os.path.join(folder, 'lines.log')
    with open(path, 'wb') as f:
        f.write(b'\n'.join(lines) + b'\n')
    out = subprocess.run([mailstrata, 'parse', path], check=True, capture_output=True).stdout
    return [json.loads(line) for line in out.decode('utf-8', 'surrogateescape').splitlines()]


def faults_of(cut, whole, tail):
    if cut['kind'] == 'syslog.repeated':
        return
    if not cut.get('cut') and cut['kind'] != 'unparsed' and not tail.endswith((b')', b'>', b']', b'}')):
        yield 'not seen to be cut'
    for name, value in cut.items():
        if name in COMMON or whole['kind'] == 'unparsed':
            continue
        if name in TEXTS or cut['kind'].endswith('other') or name == 'what':
            continue
        if name not in whole and whole['kind'] in ('sendmail.to_refused', 'sendmail.to_aborted', 'sendmail.attempt'):
            continue    # the result, which is cut off, makes them no deliveries
        if name == 'recipient' and whole['kind'] == 'sendmail.to' and value in whole.get(name, ''):
            continue    # the rest of the list is cut off
        if name not in whole:
            yield '%s is new: %r' % (name, value)
        elif whole[name] != value:
            yield '%s is %r, not %r' % (name, value, whole[name])


def main():
    mailstrata, folder = sys.argv[1:]
    rng = random.Random(1)
    originals, cuts = [], []
    for path in sorted(glob.glob(os.path.join(folder, '*.log'))):
        with open(path, 'rb') as f:
            for line in f.read().split(b'\n'):
                m = HEADER.match(line)
                if not m or len(line) > 900 or m.end() + 2 >= len(line) or b'\0' in line:
                    continue
                for at in rng.sample(range(m.end() + 1, len(line)), min(CUTS, len(line) - m.end() - 1)):
                    originals.append(line)
                    cuts.append(m[1] + b' ' * (rng.choice(LIMITS) - at + 1) + line[len(m[1]) + 1:at])
    assert all(len(c) in LIMITS for c in cuts) and len(cuts) > 5000, len(cuts)
    with tempfile.TemporaryDirectory() as tmp:
        wholes, parts = parse(mailstrata, originals, tmp), parse(mailstrata, cuts, tmp)
    assert len(wholes) == len(originals) and len(parts) == len(cuts)
    faults = []
    for line, cut, whole, part in zip(originals, cuts, wholes, parts):
        faults += ['%s\n  %s\n  %s, %s' % (fault, line.decode(errors='replace'), cut[-60:].decode(errors='replace'), part['kind'])
                   for fault in faults_of(part, whole, cut.rstrip(b'\r'))]
    print('\n'.join(faults[:int(os.environ.get('SHOW', 20))]))
    n_facts = sum(len(part.keys() - COMMON - TEXTS) for part in parts)
    print('cut: %d lines, %d facts in front of the cut, %d faults' % (len(cuts), n_facts, len(faults)))
    return 1 if faults or n_facts < len(cuts) / 2 else 0


sys.exit(main())
