#!/usr/bin/env python3
"""The logs of the farm's Postfix hosts against its truth, which does not come from logs (`../shared/data/farm`).

  farm.py --mailstrata PROGRAM --shared DIR [--read-only] SOURCE...     SOURCE: a name in SOURCES; exit 77 if DIR is not there

--read-only (under sanitizers): only ingests, and wants all lines accounted for.

Ingests a source, exports the tables under the names that check_truth.py expects, and wants every row that it scores to be
exactly 1.0. Two envelopes of the same lines must also give the same rows."""
import argparse
import collections
import csv
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import logins

POSTFIX_HOSTS = 'mx1,mx2,relay1,store1'
# name: glob under logs/, extra options of ingest, hosts that are scored
SOURCES = {
    'mx1-3164': ('mx1/mail.log*', ['--year', '2026'], 'mx1'),
    'mx1-3339': ('mx1/mail-rfc3339.log*', [], 'mx1'),
    'mx2-3164': ('mx2/mail.log*', ['--year', '2026'], 'mx2'),
    'mx2-3339': ('mx2/mail-rfc3339.log*', [], 'mx2'),
    'relay1': ('relay1/postfix.log*', ['--year', '2026'], 'relay1'),
    'relay1-no-year': ('relay1/postfix.log*', [], 'relay1'),          # long queue IDs tell it
    'store1-3339': ('store1/mail.log*', [], 'store1'),
    'store1-3164': ('store1/mail-rfc3164.log*', ['--year', '2026'], 'store1'),
    'sm1-3164': ('sm1/mail.log*', [], 'sm1'),                          # sendmail's queue IDs tell the year
    'sm1-3339': ('sm1/mail-rfc3339.log*', [], 'sm1'),
    'ex1-3339': ('ex1/mail.log*', [], 'ex1'),
    'ex1-3164': ('ex1/mail-rfc3164.log*', [], 'ex1'),                 # Exim's message IDs tell the year
    'ex1-mainlog': ('ex1/exim-mainlog*', ['--host', 'ex1'], 'ex1'),
    'central-3339': ('central/central.log*', [], POSTFIX_HOSTS),
    'central-5424': ('central/central-5424.log*', [], POSTFIX_HOSTS),            # tags without their program
    'central-3164': ('central/central-3164.log*', ['--year', '2026'], POSTFIX_HOSTS),
}
# The one row of check_truth.py that may stay below 1.0. The sink counts the deferrals that it meant; a recipient is deferred
# once more when another recipient's misbehaviour drops the connection that both shared (README of the data). What is over must
# be exactly that: see surplus_deferrals.
EXPLAINED = 'deferrals: recipients with exactly the true number'
DROPPED = re.compile(r'lost connection with |conversation with \S+ timed out |Deferred: (Connection reset by |421 )')

# What is said of mails over all hops needs the logs of all hosts. Below 1.0 stay, and exactly so many:
OVER_ALL_HOPS = {
    # a content check (discard: header ...) is not about one recipient, so that rejects, and fates with them, name none
    'fates: accepted recipients found': 6,
}
# Without its program, `removed` by postsuper reads like qmgr's (src/parse/postfix_unnamed.c): what an administrator deleted
# while it was open has no known end.
WITHOUT_PROGRAM = {'fates: outcome right, deleted': 18, 'fates: rows with a known outcome name': 18}
MAIL_EXPORTS = {
    # by the first hop; the recipient as it came in
    'fates': """
        SELECT m.host, m.queue_id, f.orig_recipient AS recipient, f.recipient AS orig_recipient,
               CASE f.fate WHEN 'left_archive' THEN 'delivered' ELSE f.fate END AS outcome
        FROM fates f JOIN messages m ON m.txn_id = f.mail_id ORDER BY ALL""",
    'mails': "SELECT host, queue_id, mail_id FROM mail_messages ORDER BY file_id, line_offset",
}
# Of 100 bytes of a message-id that sendmail logs, the first is the bracket; the rest is cut off. ctladdr= is the alias that led
# to a recipient.
EXPORTS = {
    # The client of the truth is the one who brought the mail; behind a before-queue filter that is the original client.
    'messages': """
        SELECT host, queue_id, CASE WHEN mta = 'sendmail' AND length(message_id) = 99 THEN '<' || message_id ELSE message_id END AS message_id, sender, size_bytes AS size, nrcpt, coalesce(orig_client_ip, client_ip) AS client_ip, first_time AS first_ts,
               last_time AS last_ts, state AS final_state
        FROM messages ORDER BY file_id, line_offset""",
    'deliveries': """
        SELECT host, queue_id, recipient, coalesce(orig_recipient, ctladdr) AS orig_recipient,
               coalesce(relay_host, '') || coalesce('[' || relay_ip || ']', '') || coalesce(':' || relay_port, '') AS relay,
               dsn, status, delay_ms / 1000.0 AS delay, reply
        FROM deliveries ORDER BY file_id, line_offset""",
    # Refusals only: hold, discard, warn ... are policy, too, but the client saw success. A proxy-reject line names no client:
    # its session does. cleanup's header and body checks log the enhanced code alone; the client gets 550 or 451 then.
    # Exim says `temporarily`, and no code. The null sender is spelled <>, as check_truth.py takes '' for unknown.
    'rejects': """
        SELECT r.host, coalesce(r.client_ip, s.client_ip) AS client_ip,
               coalesce(r.reply_code, CASE left(r.dsn, 1) WHEN '5' THEN 550 WHEN '4' THEN 451 END,
                        CASE WHEN r.mta = 'exim' AND r.text LIKE 'temporarily %' THEN 451 WHEN r.mta = 'exim' THEN 550 END) AS code,
               CASE r.sender WHEN '' THEN '<>' ELSE r.sender END AS sender, r.recipient, r.text AS reply
        FROM rejects r LEFT JOIN sessions s USING (session_id)
        WHERE r.action IN ('reject', 'milter-reject', 'proxy-reject') ORDER BY r.file_id, r.line_offset""",
}
# Facts of the lines themselves, for the comparison of two envelopes of one host.
SAME = {
    'messages': """
        SELECT queue_id, message_id, sender, size_bytes, nrcpt, origin, client_name, client_ip, orig_client_ip, sasl_username,
               state, n_sent, n_deferred, n_bounced, n_attempts, subject, n_lines
        FROM messages WHERE host = '{host}' ORDER BY ALL""",
    'deliveries': """
        SELECT queue_id, agent, recipient, orig_recipient, relay_host, relay_ip, relay_port, attempt, is_final, status, dsn,
               reply_code, reply, delay_ms, conn_use, next_queue_id
        FROM deliveries WHERE host = '{host}' ORDER BY ALL""",
    'sessions': """
        SELECT service, pid, client_name, client_ip, end_kind, end_stage, tls_version, n_messages, n_rejects, commands
        FROM sessions WHERE host = '{host}' ORDER BY ALL""",
    'rejects': """
        SELECT service, action, stage, client_ip, reply_code, dsn, text, sender, recipient, helo
        FROM rejects WHERE host = '{host}' ORDER BY ALL""",
}
TWINS = [('central-3164', 'central-3339', 'mx1'), ('central-3164', 'central-3339', 'relay1'),
         ('mx1-3164', 'mx1-3339', 'mx1'), ('mx2-3164', 'mx2-3339', 'mx2'), ('store1-3164', 'store1-3339', 'store1'),
         ('relay1', 'relay1-no-year', 'relay1')]

OUTCOMES = 'message session reject login verdict event unparsed duplicate pending'.split()
UNACCOUNTED = 'SELECT path, n_lines FROM files WHERE n_lines <> ' + ' + '.join('n_lines_' + o for o in OUTCOMES)


class Farm:
    def __init__(self, mailstrata, shared, work):
        self.mailstrata, self.farm, self.work = mailstrata, os.path.join(shared, 'data', 'farm'), work
        self.datasets, self.failures = {}, []

    def fail(self, text):
        print('FAIL ' + text)
        self.failures.append(text)

    def dataset(self, source):
        if source not in self.datasets:
            pattern, options, _ = SOURCES[source]
            paths = sorted(glob.glob(os.path.join(self.farm, 'logs', pattern)))
            out = os.path.join(self.work, source)
            subprocess.run([self.mailstrata, 'ingest', *paths, '-o', out, *options], check=True)
            self.datasets[source] = out
        return self.datasets[source]

    def sql(self, source, query):
        r = subprocess.run([self.mailstrata, 'sql', self.dataset(source), query, '--format', 'csv'], capture_output=True)
        if r.returncode not in (0, 1):     # 1: no rows
            raise SystemExit('farm: sql on %s: %s' % (source, r.stderr.decode()))
        return r.stdout

    def check(self, source):
        print('== %s' % source, flush=True)
        hosts = SOURCES[source][2]
        args = ['--truth', os.path.join(self.farm, 'truth'), '--hosts', hosts, '--json', os.path.join(self.work, source + '.json')]
        whole = hosts == POSTFIX_HOSTS
        for table, query in {**EXPORTS, **(MAIL_EXPORTS if whole else {})}.items():
            path = os.path.join(self.work, '%s.%s.csv' % (source, table))
            with open(path, 'wb') as f:
                f.write(self.sql(source, query))
            args += ['--' + table, path]
        print(flush=True)
        subprocess.run([sys.executable, os.path.join(self.farm, 'check_truth.py'), *args], check=True)
        scored = 0
        for row in json.load(open(args[args.index('--json') + 1], encoding='utf-8')):
            if '(info)' in row['check'] or row['n'] == 0:
                continue
            scored += 1
            missing = row['n'] - row['ok']
            below = dict(OVER_ALL_HOPS, **WITHOUT_PROGRAM if source == 'central-5424' else {})
            if whole and row['check'] in below:
                if missing != below[row['check']]:
                    self.fail('%s: %s: %d of %d, not %d less' % (source, row['check'], row['ok'], row['n'], below[row['check']]))
                continue
            if missing == 0:
                continue
            if row['check'] == EXPLAINED and self.surplus_deferrals(source, hosts.split(',')) == missing:
                print('explained: %s: the other %d lost a connection that they shared' % (EXPLAINED, missing))
            else:
                self.fail('%s: %s: %d of %d' % (source, row['check'], row['ok'], row['n']))
        if scored < (28 if whole else 15):
            self.fail('%s: only %d checks were scored' % (source, scored))
        self.account(source)
        self.mails(source)
        self.logins(source, hosts.split(','), whole)

    def rows(self, source, query):
        """As tuples; NULL is None."""
        r = subprocess.run([self.mailstrata, 'sql', self.dataset(source), query, '--format', 'ndjson'], capture_output=True)
        if r.returncode not in (0, 1):
            raise SystemExit('farm: sql on %s: %s' % (source, r.stderr.decode()))
        return [tuple(json.loads(line).values()) for line in r.stdout.splitlines()]

    def logins(self, source, hosts, whole):
        named = ', '.join("'%s'" % h for h in hosts)
        rows = self.rows(source, 'SELECT host, client_ip, result, username FROM logins WHERE host IN (%s)' % named)
        if hosts == ['ex1']:      # it has no authenticator, and says nothing of clients that try one
            return
        wrong = logins.check_logins(rows, os.path.join(self.farm, 'truth'), hosts)
        if whole:
            wrong += logins.check_tls(self.rows(source, logins.TLS_BOTH_SIDES), self.rows(source, logins.TLS_TO_SINKS)[0])
        for text in wrong:
            self.fail('%s: %s' % (source, text))

    def surplus_deferrals(self, source, hosts):
        """How many recipients have more deferrals than their sink meant, all of them explained by dropped connections."""
        said, dropped = collections.Counter(), collections.Counter()
        with open(os.path.join(self.work, source + '.deliveries.csv'), newline='', encoding='utf-8') as f:
            for row in csv.DictReader(f):
                if row['status'] == 'deferred':
                    (dropped if DROPPED.match(row['reply']) else said)[row['host'], row['recipient'].lower()] += 1
        explained = 0
        with open(os.path.join(self.farm, 'truth', 't_deferrals.jsonl'), encoding='utf-8') as f:
            for t in map(json.loads, f):
                key = (t['host'], t['recipient'].lower())
                all_ = said[key] + dropped[key]
                explained += t['host'] in hosts and all_ > t['n'] and said[key] <= t['n']
        return explained

    def mails(self, source):
        """What must hold of mails and fates in any dataset."""
        wrong = {
            'a mail whose id is none of its lives': """
                SELECT * FROM mails x WHERE mail_id NOT IN (SELECT txn_id FROM mails y WHERE y.mail_id = x.mail_id)""",
            'a mail of one life in mails': 'SELECT mail_id FROM mails GROUP BY mail_id HAVING count(*) < 2',
            'a life in two mails': 'SELECT txn_id FROM mails GROUP BY txn_id HAVING count(*) > 1',
            'a life in mails that is no message': 'SELECT txn_id FROM mails ANTI JOIN messages USING (txn_id)',
            'a notice in the mail that it is about': """
                SELECT l.* FROM links l JOIN mails a ON a.txn_id = from_txn_id JOIN mails b ON b.txn_id = to_txn_id
                WHERE kind IN ('bounce', 'delay_notice') AND a.mail_id = b.mail_id""",
            'a certain link between two mails': """
                SELECT l.* FROM links l LEFT JOIN mails a ON a.txn_id = from_txn_id LEFT JOIN mails b ON b.txn_id = to_txn_id
                WHERE candidates = 1 AND evidence <> 'message_id' AND kind NOT IN ('bounce', 'delay_notice')
                  AND from_txn_id IS NOT NULL AND to_txn_id IS NOT NULL AND a.mail_id IS DISTINCT FROM b.mail_id""",
            'two fates of one recipient': """
                SELECT mail_id, lower(orig_recipient), lower(recipient) FROM fates WHERE recipient NOT LIKE '%"%'
                GROUP BY ALL HAVING count(*) > 1""",
            'a fate of no mail': 'SELECT * FROM fates ANTI JOIN mail_messages USING (mail_id)',
            'an attempted mail without fate': """
                SELECT mail_id FROM mail_messages WHERE n_attempts > 0 AND origin <> 'unknown'
                EXCEPT SELECT mail_id FROM fates
                EXCEPT SELECT mail_id FROM mail_messages m JOIN deliveries d USING (txn_id) WHERE d.status LIKE '%deliverable'""",
        }
        for what, query in wrong.items():
            rows = self.sql(source, query).decode().splitlines()[1:]
            if rows:
                self.fail('%s: %s: %d, e.g. %s' % (source, what, len(rows), rows[:3]))

    def account(self, source):
        """Every line has one outcome, and no line of these logs is foreign to us."""
        odd = self.sql(source, UNACCOUNTED).decode().splitlines()[1:]
        if odd:
            self.fail('%s: files whose outcomes do not add up: %s' % (source, odd))
        no_year = self.sql(source, 'SELECT count(*) AS n FROM messages WHERE first_time IS NULL OR year(first_time) <> 2026').decode().split()[1]
        if no_year != '0':
            self.fail('%s: %s messages without the year 2026' % (source, no_year))

    def compare(self, a, b, host):
        """Two envelopes of the same lines, or a host alone and among others."""
        for table, query in SAME.items():
            rows = [self.sql(s, query.format(host=host)).splitlines() for s in (a, b)]
            if len(rows[0]) < 2 or rows[0] != rows[1]:
                only = [sorted(set(x) - set(y))[:3] for x, y in (rows, rows[::-1])]
                self.fail('%s and %s differ in %s of %s: %d and %d rows, e.g. %s' % (a, b, table, host, len(rows[0]) - 1, len(rows[1]) - 1, only))
            else:
                print('same %s of %s in %s and %s: %d rows' % (table, host, a, b, len(rows[0]) - 1))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--mailstrata', required=True)
    ap.add_argument('--shared', required=True)
    ap.add_argument('--keep', metavar='DIR', help='leave datasets and exports there')
    ap.add_argument('--read-only', action='store_true', help='no comparison with the truth')
    ap.add_argument('sources', nargs='+', choices=sorted(SOURCES), metavar='SOURCE')
    a = ap.parse_args()
    a.shared = os.environ.get('MAILSTRATA_SHARED') or a.shared
    if not os.path.exists(os.path.join(a.shared, 'data', 'farm', 'check_truth.py')):
        print('farm: skipped, no farm data at %s (set MAILSTRATA_SHARED)' % a.shared)
        return 77
    with tempfile.TemporaryDirectory() as tmp:
        if a.keep:
            os.makedirs(a.keep, exist_ok=True)
        farm = Farm(a.mailstrata, a.shared, a.keep or tmp)
        for source in a.sources:
            (farm.account if a.read_only else farm.check)(source)
        for x, y, host in TWINS:
            if x in a.sources and y in a.sources and not a.read_only:
                farm.compare(x, y, host)
    print('farm: %d failures' % len(farm.failures))
    for f in farm.failures:
        print('  ' + f)
    return 1 if farm.failures else 0


if __name__ == '__main__':
    sys.exit(main())
