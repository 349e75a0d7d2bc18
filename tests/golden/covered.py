#!/usr/bin/env python3
"""covered.py MAILSTRATA FOLDER: is every line kind shown by a golden line, with the fields that its row names?

- Each kind of `mailstrata parse --kinds` has a line in some *.expected of FOLDER.
- No such line has a field that the kind's row does not name.
- Each set of fields is used up: what the kinds that share a set name, some line of theirs has."""
import collections
import glob
import json
import os
import subprocess
import sys

COMMON = {'file', 'offset', 'time', 'host', 'program', 'pid', 'queue_id', 'kind', 'repeats', 'cut'}


def table(mailstrata):
    out = subprocess.run([mailstrata, 'parse', '--kinds', '--format', 'ndjson'], check=True, capture_output=True).stdout
    rows = [json.loads(line) for line in out.decode().splitlines()]
    return {row['name']: row['fields'] for row in rows}


def shown(folder):
    """kind: fields of all its golden lines"""
    fields = collections.defaultdict(set)
    for path in sorted(glob.glob(os.path.join(folder, '*.expected'))):
        with open(path, encoding='utf-8') as lines:
            for line in lines:
                event = json.loads(line)
                fields[event['kind']] |= event.keys() - COMMON
    return fields


def main():
    kinds, golden = table(sys.argv[1]), shown(sys.argv[2])
    faults = [f'{kind}: no golden line' for kind in kinds if kind not in golden]
    of_set = collections.defaultdict(set)
    for kind, fields in kinds.items():
        surplus = golden[kind] - set(fields.split())
        if surplus:
            faults.append(f'{kind}: its row does not name {" ".join(sorted(surplus))}')
        of_set[fields] |= golden[kind]
    for fields, used in of_set.items():
        unused = set(fields.split()) - used
        if unused:
            names = [kind for kind in kinds if kinds[kind] == fields]
            faults.append(f'{names[0]} (and {len(names) - 1} more): no golden line has {" ".join(sorted(unused))}')
    if len(kinds) < 200:
        faults.append(f'only {len(kinds)} kinds')
    print('\n'.join(faults) if faults else f'{len(kinds)} kinds, all shown')
    return 1 if faults else 0


sys.exit(main())
