#!/usr/bin/env python3
"""Mails of the farm's truth, traced over all their hops: `trace` on the logs of the central host must name every queue ID that
carried the mail, in the order of the hops, and every final delivery; each cited line is looked up without our reader.

  trace.py --mailstrata PROGRAM --shared DIR     exit 77 if DIR is not there"""
import argparse
import collections
import glob
import gzip
import json
import lzma
import os
import subprocess
import sys
import tempfile

POSTFIX = {'mx1', 'mx2', 'relay1', 'store1'}
WANTED = 25     # mails; each is one run of the program


def read(path):
    opener = {'.xz': lzma.open, '.gz': gzip.open}.get(os.path.splitext(path)[1], open)
    with opener(path, 'rb') as f:
        return f.read()


def truth(farm, name):
    path = glob.glob(os.path.join(farm, 'truth', name + '.jsonl*'))[0]
    return [json.loads(line) for line in read(path).decode().splitlines()]


def lives_of_mails(farm):
    """uid -> queue IDs, of the mails that only Postfix hosts carried, over three hosts or more."""
    lives, others = collections.defaultdict(set), set()
    for t in truth(farm, 't_messages'):
        if t.get('uid') is None:
            continue
        if t['host'] in POSTFIX:
            lives[t['uid']].add((t['host'], t['queue_id']))
        else:
            others.add(t['uid'])
    return {uid: ids for uid, ids in lives.items() if uid not in others and len({host for host, _ in ids}) >= 3}


class Test:
    def __init__(self, mailstrata, farm, work):
        self.mailstrata, self.dataset, self.failures, self.texts = mailstrata, os.path.join(work, 'central'), [], {}
        paths = sorted(glob.glob(os.path.join(farm, 'logs', 'central', 'central.log*')))
        subprocess.run([mailstrata, 'ingest', *paths, '-o', self.dataset], check=True, stderr=subprocess.DEVNULL)

    def run(self, *args):
        r = subprocess.run([self.mailstrata, *args], capture_output=True, check=False)
        if r.returncode not in (0, 1):
            raise SystemExit('trace: %s: %s' % (args, r.stderr.decode()))
        return r.stdout.decode()

    def fail(self, text):
        print('FAIL ' + text)
        self.failures.append(text)

    def line_at(self, path, offset):
        if path not in self.texts:
            self.texts[path] = read(path)
        text = self.texts[path]
        return text[offset:text.index(b'\n', offset)].decode()

    def check(self, uid, ids, deliveries):
        host, queue_id = min(ids)
        steps = [json.loads(line) for line in
                 self.run('trace', self.dataset, '--queue-id', queue_id, '--host', host, '--raw', '--format', 'ndjson').splitlines()]
        # A queue ID used again is another mail; the one of the truth is the one that has all its IDs.
        mails = collections.defaultdict(set)
        for s in steps:
            mails[s['mail']].add((s['host'], s['queue_id']))
        mail = max(mails, key=lambda m: len(mails[m] & ids), default=None)
        if mail is None or mails[mail] != ids:
            self.fail('%s: %s, but truth says %s' % (uid, sorted(mails.get(mail, [])), sorted(ids)))
            return
        steps = [s for s in steps if s['mail'] == mail]
        at = {}
        for s in steps:
            if s['hop'] > 0:
                at.setdefault((s['host'], s['queue_id']), s['hop'])
        for s in steps:
            to = (s['to_host'], s['to_queue_id'])
            if s['step'] == 'sent' and to in at and at[to] <= s['hop']:
                self.fail('%s: %s comes before the hop that it came from' % (uid, to))
            if s['line_offset'] is None:
                continue
            line = self.line_at(s['file'], int(s['line_offset']))
            if line != s['raw']:
                self.fail('%s: %s:%s holds %r, not %r' % (uid, s['file'], s['line_offset'], line, s['raw']))
            names = [s['queue_id']] + ([s['message_id']] if s['step'] == 'verdict' else [])      # a mailbox server knows no queue ID
            if s['step'] not in ('connect', 'notice of') and not any(n and n in line for n in names):
                self.fail('%s: %r does not speak of %s' % (uid, line, s['queue_id']))
        told = {(s['host'], s['queue_id'], (s['recipient'] or '').lower(), s['status']) for s in steps if s['step'] == s['status']}
        for d in deliveries:
            if d['status'] == 'sent' and d['recipient'] and (d['host'], d['queue_id'], d['recipient'].lower(), 'sent') not in told:
                self.fail('%s: the story lacks %s' % (uid, d))


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--mailstrata', required=True)
    p.add_argument('--shared', required=True)
    args = p.parse_args()
    farm = os.path.join(os.environ.get('MAILSTRATA_SHARED', args.shared), 'data', 'farm')
    if not os.path.isdir(farm):
        print('no %s: skipped' % farm)
        sys.exit(77)
    deliveries = collections.defaultdict(list)
    for d in truth(farm, 't_deliveries'):
        deliveries[d['host'], d['queue_id']].append(d)
    with tempfile.TemporaryDirectory() as work:
        test = Test(args.mailstrata, farm, work)
        wanted = sorted(lives_of_mails(farm).items())
        step = max(1, len(wanted) // WANTED)
        for uid, ids in wanted[::step][:WANTED]:
            test.check(uid, ids, [d for i in ids for d in deliveries[i]])
        print('%d mails over three hosts and more, %d of them traced, %d failures' %
              (len(wanted), len(wanted[::step][:WANTED]), len(test.failures)))
        sys.exit(1 if test.failures or len(wanted) < WANTED else 0)


if __name__ == '__main__':
    main()
