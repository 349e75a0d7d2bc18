"""What was sent against what the dataset says. Each difference has a name, such as `life:several#0:n_sent`; gaps.py may excuse it."""
import collections
import datetime
import json
import os
import random

import mails
from checks import Checks
from dataset import SAME, Dataset, cut, merged, read, rfc3339, write
from gaps import GAPS
from setup import PORTLESS

OUTCOMES = 'message session reject login verdict event unparsed duplicate pending'.split()
INSTANCES = {'mx': 'postfix', 'out': 'postfix-out'}
SILENT = {'r550.doublebounce@maytls.test'}                 # refuses even the notice


class Comparison(Checks):
    def __init__(self, program, folder, work):
        """folder: logs and truth of a run; work: where datasets go, an empty folder."""
        super().__init__()
        self.program, self.folder = program, work
        truth = [json.loads(line) for line in read(os.path.join(folder, 'truth.ndjson')).decode(errors='surrogateescape').splitlines()]
        self.truth = collections.defaultdict(list)
        for record in truth:
            self.truth[record.pop('kind')].append(record)
        self.when = datetime.datetime.fromtimestamp(self.truth['life'][0]['t0'], datetime.timezone.utc)
        self.logs = {name: read(os.path.join(folder, name + '.log')) for name in ('mx', 'out')}

    def run(self):
        print('e2e: records of truth: %s' % ', '.join('%d %s' % (len(records), kind) for kind, records in self.truth.items()))
        paths = [write(os.path.join(self.folder, 'logs', name + '.log'), log) for name, log in self.logs.items()]
        ds = self.main = Dataset(self.program, os.path.join(self.folder, 'dataset'), paths, '--year', str(self.when.year))
        self.load(ds)
        self.accounting(ds)
        self.lives()
        self.notices()
        self.links()
        self.attempts()
        self.rejects()
        self.sessions()
        self.logins(ds)
        self.leftover()
        mails.compare(self, ds)
        self.variants(paths)
        return self.verdict('e2e', GAPS)

    def load(self, ds):
        self.messages, self.sessions_, self.rejects_, self.links_ = (ds.table(t) for t in ('messages', 'sessions', 'rejects', 'links'))
        self.deliveries = collections.defaultdict(list)      # of a life
        for d in ds.table('deliveries'):
            self.deliveries[d['txn_id'], d['queue_id']].append(d)
        self.claimed = {}                                    # (txn_id, queue_id): name of the life in the truth
        self.row = {}                                        # (case, index): row

    # -- accounting

    def accounting(self, ds):
        for f in ds.table('files', 'file_id'):
            name = os.path.basename(f['path'])
            self.equal('accounting:%s:lines' % name, f['n_lines'], self.logs[name[:-4]].count(b'\n'))
            self.equal('accounting:%s:outcomes' % name, sum(f['n_lines_' + o] for o in OUTCOMES), f['n_lines'])
            self.equal('accounting:%s:status' % name, f['status'], 'ok')
            self.equal('accounting:%s:unparsed' % name, f['n_lines_unparsed'], 0)
        self.equal('accounting:unparsed', [u['text'] for u in ds.table('unparsed')], [])
        # Only what `smtpd -v` says may be of no kind at all.
        ports = {s['client_port'] for s in self.truth['session'] if s['service'] == 'verbose'}
        pids = {s['pid'] for s in self.sessions_ if s['client_port'] in ports} | {None}
        other = ds.rows("SELECT program, pid, text FROM events WHERE kind = 'other' OR kind LIKE '%.other'")
        for e in other:
            self.equal('accounting:other:%s' % e['program'], e['text'] if e['pid'] not in pids else None, None)

    # -- lives

    def find(self, life):
        """Rows that could be this life: by queue ID, by message-id, by the port of the client; whichever is known first."""
        free = [m for m in self.messages if m['host'] == life['host'] and (m['txn_id'], m['queue_id']) not in self.claimed]
        if life['queue_id']:
            used = [m for m in free if m['queue_id'] == life['queue_id']]        # perhaps for several mails, one after the other
            return [m for m in used if m['message_id'] == life['message_id']] or used
        if life.get('probe'):
            return [m for m in free if sorted(d['recipient'] for d in self.of(m)) == sorted(life['to']) and m['sender'] == life['sender']]
        by_id = [m for m in free if life['message_id'] and m['message_id'] == life['message_id']]
        port = life['facts'].get('client_port')
        if by_id:                                            # lives of one mail on one host stand in the order of their begin
            return by_id[:1]
        return [m for m in free if port and (m['client_ip'], m['client_port']) == (life['facts']['client_ip'], port)]

    def of(self, message):
        return self.deliveries[message['txn_id'], message['queue_id']]

    def lives(self):
        # Those with a known ID first, so that others cannot take their rows.
        for life in sorted(self.truth['life'], key=lambda l: (not l['queue_id'], l['index'], l['message_id'] is None)):
            name = 'life:%s#%d' % (life['case'], life['index'])
            found = self.find(life)
            self.equal(name + ':rows', len(found), 1)
            if len(found) == 1:
                m = found[0]
                self.claimed[m['txn_id'], m['queue_id']] = name
                self.row[life['case'], life['index']] = m
                self.life(name, life, m)

    def life(self, name, life, m):
        tried = {r: a for r, a in life['to'].items() if a}
        last = [a[-1][0] for a in tried.values()]
        expected = {'origin': life['origin'], 'state': life['state'], 'mta': 'postfix', 'instance': INSTANCES[life['host']]}
        if life['message_id'] is not None:
            expected['message_id'] = life['message_id']
        if life['state'] not in ('aborted', 'rejected') and 'sender' not in life['facts']:
            expected['sender'] = life['sender']
        expired = life['state'] == 'expired'
        expected.update(nrcpt=len(life['to']) if tried else None, n_attempts=sum(map(len, tried.values())), n_sent=last.count('sent'),
                        n_deferred=0 if expired else last.count('deferred'), n_bounced=last.count('bounced') + expired * last.count('deferred'))
        if life['index'] == 0 and life.get('subject') and life['case'] != 'hops' or life['host'] == 'out':
            expected['subject'] = ('Subject: ' + life['subject'])[:200][9:]             # so much of a header is logged
        if life['state'] in ('aborted', 'rejected') and life['facts'].get('tls_version') is None:
            life['facts'].pop('sasl_method', None)
        facts = {**expected, **life['facts']}
        if facts.get('client_port', 0) is None and life['index'] == 0 and life['facts'].get('orig_client_ip'):
            del facts['client_port']                         # of the filter: its own
        for column, value in facts.items():
            self.equal('%s:%s' % (name, column), m[column], value)
        if life['index'] == 0:
            first = datetime.datetime.fromisoformat(m['first_time'].replace('Z', '+00:00')).timestamp()
            self.equal(name + ':first_time', abs(first - life['t0']) < 30, True)
        self.recipients(name, life, m)

    def recipients(self, name, life, m):
        found = collections.defaultdict(list)
        for d in self.of(m):
            found[d['recipient']].append(d)
        self.equal(name + ':recipients', sorted(found), sorted(r for r, a in life['to'].items() if a))
        for rcpt, attempts in life['to'].items():
            rows = found.get(rcpt, [])
            self.equal('%s:%s:status' % (name, rcpt), [[d['status'], d['dsn']] for d in rows], attempts)
            self.equal('%s:%s:attempt' % (name, rcpt), [d['attempt'] for d in rows], list(range(1, len(rows) + 1)))
            self.equal('%s:%s:orig_recipient' % (name, rcpt), {d['orig_recipient'] for d in rows} - {life['orig'].get(rcpt)}, set())
            if life['state'] in ('done', 'expired') and rows and life['link'] != 'requeue' and life['case'] != 'requeued':
                self.equal('%s:%s:is_final' % (name, rcpt), [d['is_final'] for d in rows], [False] * (len(rows) - 1) + [True])

    # -- notices and links

    def notices(self):
        """Each life that ended badly for somebody told its sender so, once; what peers received says who told whom."""
        self.expected_links = set()
        for life in self.truth['life']:
            m = self.row.get((life['case'], life['index']))
            if m is None or not life['sender'] or life['sender'].startswith('double-bounce@'):
                continue
            bad = life['state'] == 'expired' or any(a and a[-1][0] == 'bounced' for a in life['to'].values())
            for kind, wanted in (('bounce', bad or life['success_notice']), ('delay_notice', life['delay_notice'])):
                children = [(l['to_host'], l['to_queue_id'], l['to_txn_id']) for l in self.links_
                            if l['kind'] == kind and (l['from_txn_id'], l['from_queue_id']) == (m['txn_id'], m['queue_id'])]
                name = 'notice:%s#%d:%s' % (life['case'], life['index'], kind)
                self.equal(name, len(children), int(bool(wanted)))
                for host, queue_id, txn_id in children:
                    self.expected_links.add((kind, m['host'], m['queue_id'], host, queue_id))
                    self.notice(name, life['sender'],
                                [n for n in self.messages if (n['txn_id'], n['queue_id'], n['host']) == (txn_id, queue_id, host)])

    def notice(self, name, to, found):
        self.equal(name + ':rows', len(found), 1)
        for n in found:
            self.claimed[n['txn_id'], n['queue_id']] = name
            statuses = [['bounced', '5.1.1']] if to in SILENT else [['sent', '2.0.0']]
            self.equal(name + ':life', [n['origin'], n['sender'], n['state'], n['nrcpt']], ['bounce', '', 'done', 1])
            self.equal(name + ':delivery', [[d['recipient'], d['status'], d['dsn']] for d in self.of(n)], [[to] + s for s in statuses])
            got = [a for a in self.truth['attempt'] if a['received'] == n['queue_id'] and a['notice_of']]
            self.equal(name + ':received', [(a['message_id'], a['rcpt'], a['notice_host']) for a in got],
                       [] if to in SILENT else [(n['message_id'], to, n['host'])])

    def links(self):
        """Those of the lives, those that peers saw, and no other."""
        for life in self.truth['life']:
            parent, child = self.row.get((life['case'], life['index'] - 1)), self.row.get((life['case'], life['index']))
            if life['link'] and parent and child:
                self.expected_links.add((life['link'], parent['host'], parent['queue_id'], child['host'], child['queue_id']))
        found = collections.Counter((l['kind'], l['from_host'], l['from_queue_id'], l['to_host'], l['to_queue_id']) for l in self.links_)
        names = {(m['host'], m['queue_id']): self.claimed.get((m['txn_id'], m['queue_id']), '?') for m in self.messages}
        for link in sorted(self.expected_links | set(found)):
            self.equal('link:%s:%s' % (link[0], names.get(link[1:3])), link in found, link in self.expected_links)
        for l in self.links_:
            self.equal('link:candidates:%s' % l['from_queue_id'], l['candidates'], 1)
        for a in self.truth['attempt']:
            if a['notice_of']:
                seen = [l for l in found if l[0] in ('bounce', 'delay_notice') and (l[2], l[4]) == (a['notice_of'], a['received'])]
                self.equal('link:notice:%s' % a['rcpt'], len(seen), 1)
        for handed in self.truth['handed']:
            ident = handed['forward'].get('IDENT')
            if ident and 'queue_id' in handed:
                link = ('reinject', 'mx', ident, 'mx', handed['queue_id'])
                self.equal('link:handed:%s' % handed['rcpts'][0], link in found, handed['filter'] != 'proxy')

    # -- what peers answered

    def attempts(self):
        """Each answer of a peer for a recipient is one delivery, in order, with the peer's own words; and the other way round."""
        said = collections.defaultdict(list)
        for a in self.truth['attempt']:
            said[a['rcpt'], a['port']].append(a)
        ports = {port for _, port in said}
        odd = {self.row[life]['queue_id'] for life in ((l['case'], l['index']) for l in self.truth['life'] if l.get('odd_size')) if life in self.row}
        told = collections.defaultdict(list)
        for rows in self.deliveries.values():
            for d in rows:
                # Probes are not noted, and neither is a connection that the client gave up before it named a recipient.
                if d['relay_port'] in ports and d['status'] != 'deliverable' and not d['reply'].startswith('TLS is required'):
                    told[d['recipient'], d['relay_port']].append(d)
        size = {(m['host'], m['queue_id']): m['size_bytes'] for m in self.messages}
        for key in sorted(set(said) | set(told)):
            name = 'attempt:%s' % key[0]
            self.equal(name + ':number', len(told[key]), len(said[key]))
            for a, d in zip(said[key], sorted(told[key], key=lambda d: (d['time'], d['line_offset']))):
                self.equal(name + ':reply_code', d['reply_code'], a['code'])
                self.equal(name + ':reply', (a['reply'] or '') in d['reply'], True)
                self.equal(name + ':reason', d['reason'], a['reason'])
                self.equal(name + ':relay', [d['relay_host'], d['relay_ip']], ['127.0.0.1', '127.0.0.1'])
                self.equal(name + ':conn_use', d['conn_use'] or 1, a['use'])
                self.equal(name + ':next_queue_id', d['next_queue_id'], a['queue_id'])
                self.equal(name + ':agent', d['agent'], 'lmtp' if a['lmtp'] else 'smtp')
                self.equal(name + ':tls', [d['tls_version'], d['tls_cipher']], a['tls'] or [None, None])
                if a['size']:
                    self.equal(name + ':received', d['queue_id'], a['received'])
                    if d['queue_id'] not in odd:             # milters make cleanup leave room in the file
                        self.equal(name + ':size', size[d['host'], d['queue_id']], a['size'])

    # -- refusals

    def rejects(self):
        columns = ('action', 'stage', 'client_ip', 'client_port', 'reply_code', 'dsn', 'text', 'sender', 'recipient', 'helo', 'protocol')
        found = collections.Counter(tuple(r[c] for c in columns) for r in self.rejects_)
        expected = collections.Counter(tuple(r[c] for c in columns) for r in self.truth['reject'])
        for key in sorted(found | expected, key=str):
            self.equal('reject:%s:%s' % (key[7], dict(zip(columns, key))), found[key], expected[key])

    # -- sessions and logins

    def sessions(self):
        for s in self.truth['session']:
            name = 'session:' + s['name']
            portless = s['service'] in PORTLESS
            found = [r for r in self.sessions_ if (r['host'], r['client_ip']) == (s['host'], s['client_ip'])]
            if portless:                                     # one session an address, if not, by what they did
                found = [r for r in found if r['service'] == 'postfix/submission/smtpd' and [r['n_auth'], r['n_rcpt']] == [s['auth'][1], s['rcpt'][1]]]
            else:
                found = [r for r in found if r['client_port'] == s['client_port']]
            self.equal(name + ':rows', len(found), 0 if s.get('postscreen') else 1)
            for r in found[:1]:
                expected = {'end_kind': s['end'], 'n_messages': s['transactions'], 'n_rejects': s.get('rejects', 0), 'n_mail_ok': s['mail'][0],
                            'n_mail': s['mail'][1], 'n_rcpt_ok': s['rcpt'][0], 'n_rcpt': s['rcpt'][1], 'n_auth_ok': s['auth'][0],
                            'n_auth': s['auth'][1], 'tls_version': s['tls_version'], 'tls_cipher': s['tls_cipher'],
                            'sasl_username': s['sasl_username'], 'client_name': 'unknown'}
                for column, value in expected.items():
                    self.equal('%s:%s' % (name, column), r[column], value)
        mine = sum(not s.get('postscreen') for s in self.truth['session'])
        mine += sum(l['facts'].get('protocol') == 'QMQP' for l in self.truth['life'])
        self.equal('session:total', sum(r['host'] == 'mx' for r in self.sessions_), mine)
        handed = sum(l['host'] == 'out' for l in self.truth['life'])
        self.equal('session:out', sum(r['n_messages'] for r in self.sessions_ if r['host'] == 'out'), handed)

    def logins(self, ds):
        expected = collections.Counter((s['client_ip'], user, good) for s in self.truth['session'] for user, good in s['logins'])
        try:
            rows = ds.table('logins')
        except RuntimeError:
            rows = []
        found = collections.Counter((r['client_ip'], r['username'], r['result'] in ('ok', 'success')) for r in rows)
        for key in sorted(found | expected, key=str):
            self.equal('login:%s:%s:%s' % key, found[key], expected[key])

    def leftover(self):
        """No row of a mail that nobody sent."""
        for m in self.messages:
            if (m['txn_id'], m['queue_id']) not in self.claimed:
                self.equal('nobody-sent:%s:%s' % (m['queue_id'], m['message_id']), m['state'], 'no row')

    # -- the same lines in other clothes

    def variants(self, paths):
        base = self.main.contents()
        folder = os.path.join(self.folder, 'variants')

        def ingest(name, logs, *options):
            files = [write(os.path.join(folder, name, file), log) for file, log in logs.items()]
            return Dataset(self.program, os.path.join(folder, name + '.ds'), files, *options)

        def same(name, contents):
            for table in SAME:
                missing = sorted(row for t, row in base - contents if t == table)
                surplus = sorted(row for t, row in contents - base if t == table)
                self.equal('variant:%s:%s' % (name, table), (len(missing), len(surplus), missing[:2], surplus[:2]), (0, 0, [], []))
            self.equal('variant:%s:tables' % name, {t for t, _ in contents}, set(SAME))
        year = ('--year', str(self.when.year))
        no_year = Dataset(self.program, os.path.join(folder, 'no-year.ds'), paths)
        same('no-year', no_year.contents())                   # mx has short queue IDs, but makes message-ids; out has long ones
        self.equal('variant:no-year:anchors', sorted(f['year_anchor'] for f in no_year.table('files', 'file_id')), ['message_id', 'queue_id'])
        modern = {n + '.log': rfc3339(log, self.when.year, self.when.month) for n, log in self.logs.items()}
        same('rfc3339', ingest('rfc3339', modern).contents())
        random.seed(1)
        for i in range(4):
            parts = {}
            for n, log in self.logs.items():
                first, second = cut(log, random.randrange(1, log.count(b'\n')))
                parts.update({n + '.log.1': first, n + '.log': second})
            same('cut%d' % i, ingest('cut%d' % i, parts, *year).contents())
        self.middle(ingest)
        one = ingest('one-host', {'mail.log': merged(*(rfc3339(log, self.when.year, self.when.month, b'farm') for log in self.logs.values()))})
        self.one_host('one-host', one)
        # The log of each instance calls its host by another name; the map says that they are one.
        names = write(os.path.join(folder, 'names'), b'out mx\n')
        self.one_host('host-map', Dataset(self.program, os.path.join(folder, 'host-map.ds'), paths, *year, '--host-map', names))

    def middle(self, ingest):
        """A piece out of the log of mx: mails that it holds from begin to end are the same in it, and of the others no more is said."""
        lines = self.logs['mx'].splitlines(keepends=True)
        begin, end = len(lines) // 3, len(lines) * 4 // 5
        first, last = (sum(map(len, lines[:n])) for n in (begin, end))
        columns = ('queue_id', 'message_id', 'sender', 'size_bytes', 'nrcpt', 'origin', 'client_ip', 'client_port', 'subject', 'n_sent', 'n_deferred',
                   'n_bounced', 'n_attempts', 'n_lines', 'state')

        def lives(rows):
            return {m['queue_id']: [m[c] for c in columns] for m in rows}
        ds = ingest('middle', {'mx.log': b''.join(lines[begin:end])}, '--year', str(self.when.year))
        whole, piece = lives(self.messages), lives(ds.table('messages'))
        # A line of a mail after the one that ends it would be in the whole only; 2,000 bytes on, there is none.
        inside = [m['queue_id'] for m in self.messages
                  if m['host'] == 'mx' and m['end_offset'] and first <= m['line_offset'] and m['end_offset'] < last - 2000]
        self.equal('variant:middle:many', len(inside) > 10, True)
        for queue_id in inside:
            self.equal('variant:middle:%s' % whole[queue_id][1], piece.get(queue_id), whole[queue_id])
        for queue_id, row in piece.items():
            n = columns.index('n_lines')
            self.equal('variant:middle:%s:n_lines' % whole[queue_id][1], row[n] <= whole[queue_id][n], True)

    def one_host(self, name, ds):
        """Both instances on one host, as syslog has it: the same lives, and the same links."""
        def lives(rows):
            return sorted([m['instance'], m['queue_id'], m['state'], m['origin'], m['n_sent'], m['n_deferred'], m['n_bounced']] for m in rows)
        self.equal(name + ':lives', [x for x in lives(ds.table('messages')) if x not in lives(self.messages)], [])
        self.equal(name + ':number', len(ds.table('messages')), len(self.messages))
        self.equal(name + ':hosts', len({m['host'] for m in ds.table('messages')}), 1)
        found = {(l['kind'], l['from_queue_id'], l['to_queue_id']) for l in ds.table('links')}
        expected = {('reinject' if kind == 'next_hop' else kind, a, b) for kind, _, a, _, b in self.expected_links}
        for link in sorted(found | expected):
            self.equal('%s:link:%s' % (name, link[0]), link in found, link in expected)
