#!/usr/bin/env python3
"""Reasons of the farm's refusals and failed deliveries, against what its clients, sinks and domains were made to do.

  reasons.py --mailstrata PROGRAM --shared DIR     exit 77 if the farm is not there

Every refusal, bounce and deferral must have a reason, what was sent none; and where the truth knows what a client did wrong (the
kind of its message) or how a recipient or domain misbehaves (its name), the reason must say that and nothing else."""
import argparse
import collections
import csv
import glob
import json
import lzma
import os
import re
import subprocess
import sys
import tempfile

# By the kind of the client's message: what it may be refused for. A first contact is put off by postscreen, whatever the kind.
KINDS = {
    'badclient': {'blocklist', 'policy'},
    'badhelo': {'helo'},
    'badsender': {'sender_rejected', 'address_syntax'},
    'relaydeny': {'relay_denied'},
    'unknown': {'unknown_user'},
    'disabled': {'mailbox_disabled'},
    'toolarge': {'size'},
    'nullmulti': {'policy'},
    'body': {'spam'},
    'submit': {'sender_rejected'},
}
FIRST_CONTACT = 'greylisted'
# By recipient: the sink's behaviour is in the local part, then the reply code (None: no reply). Recipients share connections:
# one that was to be lost can end in the silence that was meant for another one.
BROKEN = {'lost_connection', 'conversation_timeout'}
SINK = [
    (r'"?r5', {'550': {'unknown_user'}}),
    (r'grey', {'451': {'greylisted'}}),
    (r'drop', {None: BROKEN}),
    (r'to\d', {None: BROKEN}),
    (r'r4211', {'421': {'rate_limit'}}),
    (r'd4', {'450': {'temporary'}, '452': {'mailbox_full'}, '451': {'remote_config', 'temporary'}}),
]
DOMAINS = {
    'nxdomain.test': 'domain_not_found',
    'nowhere.nomxaddr.test': 'domain_not_found',
    'broken.test': 'dns_failure',
    'refused.test': 'connection_refused',
    'dead.test': 'host_unreachable',
    'loop.test': 'loop',
    'reject.test': 'policy',
    'tempfail.test': 'temporary',
}
# Exim's `return message generated`: a program wrote something, and that is all that is known.
WITHOUT = """
    SELECT 'delivery' AS what, reply AS text FROM deliveries
    WHERE reason IS NULL AND status IN ('deferred', 'bounced') AND reply <> 'return message generated'
    UNION ALL SELECT 'refusal', text FROM rejects WHERE reason IS NULL AND action IN ('reject', 'milter-reject', 'proxy-reject')
    UNION ALL SELECT 'sent, and yet ' || reason, reply FROM deliveries WHERE reason IS NOT NULL AND status IN ('sent', 'deliverable')"""
REJECTS = """
    SELECT r.host, coalesce(r.client_ip, s.client_ip) AS client_ip, r.reply_code, r.recipient, r.reason, r.blocklist, r.text
    FROM rejects r LEFT JOIN sessions s USING (session_id) WHERE r.action IN ('reject', 'milter-reject', 'proxy-reject')"""
DELIVERIES = """
    SELECT recipient, reply_code, reason, reply FROM deliveries
    WHERE host = 'relay1' AND agent = 'smtp' AND status IN ('deferred', 'bounced')"""


def truth(farm, name):
    path = os.path.join(farm, 'truth', name)
    with lzma.open(path, 'rt', encoding='utf-8') as f:
        yield from map(json.loads, f)


def expected_of_recipient(recipient, code):
    local, _, domain = recipient.lower().rpartition('@')
    if domain in DOMAINS:
        return {DOMAINS[domain]}
    if domain not in ('good.test', 'bad.test'):
        return None
    for pattern, by_code in SINK:
        if re.match(pattern, local):
            return by_code.get(code or None)
    return None


class Check:
    def __init__(self):
        self.n, self.failures = collections.Counter(), []

    def want(self, what, expected, got, text):
        self.n[what] += 1
        if got not in expected:
            self.failures.append('%s: %s instead of %s: %s' % (what, got or 'NULL', ' or '.join(sorted(expected)), text))


def check_rejects(check, farm, rows):
    kind_of = {m['uid']: m['kind'] for m in truth(farm, 'messages.jsonl.xz')}
    kinds = collections.defaultdict(set)
    for t in truth(farm, 't_rejects.jsonl.xz'):
        key = (t['host'], t['client_ip'], t['code'], (t['recipient'] or '').lower())
        kinds[key].add(kind_of.get(t['uid']))
    for row in rows:
        found = list(kinds.get((row['host'], row['client_ip'], row['reply_code'], row['recipient'].lower()), []))
        if len(found) == 1 and found[0] in KINDS:
            kind = found[0]
            check.want('refusals of kind ' + kind, KINDS[kind] | {FIRST_CONTACT}, row['reason'], row['text'])
            if row['reason'] == 'blocklist':
                check.want('blocklists', {'bl.example'}, row['blocklist'], row['text'])


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--mailstrata', required=True)
    ap.add_argument('--shared', required=True)
    a = ap.parse_args()
    farm = os.path.join(os.environ.get('MAILSTRATA_SHARED') or a.shared, 'data', 'farm')
    if not os.path.exists(os.path.join(farm, 'truth')):
        print('reasons: skipped, no farm data at %s (set MAILSTRATA_SHARED)' % farm)
        return 77
    check = Check()
    with tempfile.TemporaryDirectory() as tmp:
        out = os.path.join(tmp, 'out')
        logs = sorted(glob.glob(os.path.join(farm, 'logs', 'central', 'central.log*')))
        subprocess.run([a.mailstrata, 'ingest', *logs, '-o', out], check=True, stderr=subprocess.DEVNULL)

        def sql(query):
            r = subprocess.run([a.mailstrata, 'sql', out, query, '--format', 'csv'], capture_output=True, text=True)
            if r.returncode not in (0, 1):
                raise SystemExit('reasons: ' + r.stderr)
            return list(csv.DictReader(r.stdout.splitlines()))

        for row in sql(WITHOUT):
            check.failures.append('%(what)s without the right to it: %(text)s' % row)
        check_rejects(check, farm, sql(REJECTS))
        for row in sql(DELIVERIES):
            expected = expected_of_recipient(row['recipient'], row['reply_code'])
            if expected:
                check.want('deliveries', expected, row['reason'], '%(recipient)s: %(reply)s' % row)
    for what, n in sorted(check.n.items()):
        print('%5d %s' % (n, what))
    if check.n['deliveries'] < 500 or sum(check.n.values()) < 800:
        check.failures.append('too little was compared')
    for f in check.failures[:20]:
        print('FAIL ' + f)
    print('reasons: %d failures' % len(check.failures))
    return 1 if check.failures else 0


if __name__ == '__main__':
    sys.exit(main())
