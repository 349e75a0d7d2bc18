#!/usr/bin/env python3
"""envelopes.py --mailstrata PROGRAM --shared FOLDER: the same lines in two envelopes give the same rows.

The farm's central host wrote what it received as RFC 3339 text and as JSON objects. Every table of both must be the same row by
row, but for the places of lines. Without FOLDER the test is skipped (exit 77)."""
import argparse
import glob
import os
import subprocess
import sys
import tempfile

PLACES = 'file_id, line_offset, message_id_offset, queued_offset, end_offset'.split(', ')
TABLES = ['messages', 'deliveries', 'sessions', 'rejects', 'logins', 'verdicts', 'events', 'links', 'mails']


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def rows(program, dataset, table):
    header = run(program, 'sql', dataset, f'select * from {table} limit 0', '--format', 'csv').strip().split(',')
    columns = ', '.join(c for c in header if c not in PLACES)
    return run(program, 'sql', dataset, f'select {columns} from {table} order by all', '--format', 'csv').splitlines()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--mailstrata', required=True)
    parser.add_argument('--shared', required=True)
    args = parser.parse_args()
    logs = os.path.join(args.shared, 'data/farm/logs/central')
    if not os.path.isdir(logs):
        print(f'skipped: no {logs}')
        return 77
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, pattern in (('text', 'central.log*'), ('json', 'central.jsonl*')):
            run(args.mailstrata, 'ingest', *sorted(glob.glob(os.path.join(logs, pattern))), '-o', f'{folder}/{name}')
        for table in TABLES:
            text, json = (rows(args.mailstrata, f'{folder}/{name}', table) for name in ('text', 'json'))
            different = sum(a != b for a, b in zip(text, json)) + abs(len(text) - len(json))
            print(f'{table}: {len(text) - 1} rows as text, {len(json) - 1} as JSON, {different} differ')
            failures += different > 0
            for a, b in [(a, b) for a, b in zip(text, json) if a != b][:3]:
                print(f'  text {a}\n  json {b}')
        failures += len(rows(args.mailstrata, f'{folder}/json', 'messages')) < 1000
    print(f'envelopes: {failures} failures')
    return 1 if failures else 0


sys.exit(main())
