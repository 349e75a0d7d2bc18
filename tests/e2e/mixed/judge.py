"""What went through the mixed farm against what the dataset says of it. Each difference has a name; a gap that is known stands in
GAPS with its reason, and is shown at each run."""
import collections
import json
import os
import random
import re

from checks import Checks
from dataset import Dataset, cut, read, rfc3339, write
from hosts import ADDRESS
from mixed_cases import ALIASES, LOCAL, ROUTES

GAPS = []
OUTCOMES = 'message session reject login verdict event unparsed duplicate pending'.split()
MTA = {'ex': 'exim', 'mx': 'postfix', 'sm': 'sendmail'}


def status_of(code):
    return 'deferred' if code is None or code < 500 and code >= 400 else 'sent' if code < 400 else 'bounced'


def words(text):
    """A reply as all three write it: Sendmail leaves the code out and cuts the middle, Exim joins lines in its own way."""
    return re.sub(r'^\d{3}[ -](\d\.\d+\.\d+ )?', '', text)[:15]


class Judge(Checks):
    def __init__(self, program, folder, work):
        super().__init__()
        self.program, self.folder = program, work
        self.truth = collections.defaultdict(list)
        for line in read(os.path.join(folder, 'truth.ndjson')).decode(errors='surrogateescape').splitlines():
            record = json.loads(line)
            self.truth[record.pop('kind')].append(record)
        self.sent = {s['name']: s for s in self.truth['sent']}
        self.logs = {host: read(os.path.join(folder, host + '.log')) for host in MTA}
        self.year, self.month = (int(n) for n in re.search(rb'(\d{4})-(\d\d)-', self.logs['ex']).groups())

    def run(self):
        print('mixed farm: %s' % ', '.join('%d %s' % (len(records), kind) for kind, records in self.truth.items()))
        paths = [write(os.path.join(self.folder, 'logs', host + '.log'), log) for host, log in self.logs.items()]
        # No --year: Exim's lines and the IDs of all three tell it.
        ds = self.main = Dataset(self.program, os.path.join(self.folder, 'dataset'), paths)
        self.load(ds)
        self.accounting(ds)
        for s in self.truth['sent']:
            self.mail(s)
        self.hops(ds)
        self.attempts()
        self.boxes()
        self.notices()
        self.refusals(ds)
        self.variants()
        return self.verdict('mixed farm', GAPS)

    def load(self, ds):
        self.messages, self.rejects, self.links = (ds.table(t) for t in ('messages', 'rejects', 'links'))
        self.deliveries = collections.defaultdict(list)
        for d in ds.table('deliveries'):
            self.deliveries[d['txn_id'], d['queue_id']].append(d)
        self.of_case = collections.defaultdict(list)         # lives that have the case's message-id
        for m in self.messages:
            match = re.fullmatch(r'id\.(.*)@senders\.test', m['message_id'] or '')
            if match:
                self.of_case[match.group(1)].append(m)

    def of(self, m):
        return self.deliveries[m['txn_id'], m['queue_id']]

    def accounting(self, ds):
        for f in ds.table('files', 'file_id'):
            host = os.path.basename(f['path'])[:-4]
            self.equal('accounting:%s:lines' % host, f['n_lines'], self.logs[host].count(b'\n'))
            self.equal('accounting:%s:outcomes' % host, sum(f['n_lines_' + o] for o in OUTCOMES), f['n_lines'])
            self.equal('accounting:%s:unparsed' % host, f['n_lines_unparsed'], 0)
        for m in self.messages:
            self.equal('mta:%s' % m['queue_id'], m['mta'], MTA[m['host']])
        for e in ds.rows("SELECT kind, host, text FROM events WHERE kind = 'other' OR kind LIKE '%.other'"):
            self.equal('named:%s:%s' % (e['host'], e['text'][:80]), e['kind'], 'a kind of its own')

    # -- the host that took it first

    def mail(self, s):
        name = 'mail:' + s['name']
        found = [m for m in self.of_case[s['name']] if m['host'] == s['host']]
        if not s['queue_id'] and not s['local']:
            self.equal(name + ':state', [m['state'] for m in found if m['state'] not in ('rejected', 'aborted')], [])
            return
        if s['queue_id']:
            self.equal(name + ':rows', [m['queue_id'] for m in found if m['queue_id'] == s['queue_id']], [s['queue_id']])
            found = [m for m in found if m['queue_id'] == s['queue_id']]
        else:
            # Sendmail's client has a queue of its own.
            self.equal(name + ':rows', len(found), 2 if s['host'] == 'sm' else 1)
            found = [m for m in found if m['submit_uid'] is not None or m['origin'] == 'pickup'][:1]
            self.equal(name + ':submitted', len(found), 1)
        for m in found:
            if not s['local']:
                self.equal(name + ':sender', m['sender'], s['sender'])
                self.equal(name + ':client_ip', m['client_ip'], s['client_ip'])
                self.equal(name + ':origin', m['origin'], 'smtpd')
                if s['host'] != 'mx':                        # Postfix tells the protocol of refusals only
                    self.equal(name + ':protocol', m['protocol'].upper(), 'ESMTP')
            # Syslog cuts Exim's list of recipients.
            self.equal(name + ':nrcpt', m['nrcpt'], None if s['name'] == 'many-ex' else len(s['accepted']))
            left = [r for r in s['accepted'] if re.match(r'(r450|r421|rdrop)\.', r)]
            discarded = s['name'] in ('discarded', 'ignored')
            self.equal(name + ':state', m['state'], 'open' if left else 'done')
            if not discarded:
                # A list with an owner: its recipients are those of a copy (hops finds it), and this life has none.
                self.equal(name + ':settled', m['n_sent'] + m['n_bounced'] + m['n_deferred'], 0 if s['name'] == 'owned' else len(self.final(s)))

    def final(self, s):
        """Recipients that the first host delivers to, where its aliases lead."""
        own = '@' + LOCAL.get(s['host'], '?')
        return [r for rcpt in s['accepted'] for r in (ALIASES.get(rcpt, [rcpt]) if rcpt.endswith(own) else [rcpt])]

    # -- from host to host

    def route(self, s):
        """The hosts that each recipient passes."""
        hosts = set()
        for rcpt in s['accepted']:
            host, domain = s['host'], rcpt.rsplit('@')[-1].lower()
            while host in MTA:
                hosts.add(host)
                if domain == LOCAL.get(host):
                    break
                host = ROUTES[host][domain]
        return hosts

    def hops(self, ds):
        mail_id = {(m['txn_id'], m['queue_id']): m['mail_id'] for m in ds.rows('SELECT txn_id, queue_id, mail_id FROM mail_messages')}
        owner = {}
        for s in self.truth['sent']:
            if not s['queue_id'] and not s['local']:
                continue
            lives = self.of_case[s['name']]
            self.equal('hops:%s:hosts' % s['name'], {m['host'] for m in lives}, self.route(s))
            ids = {mail_id[m['txn_id'], m['queue_id']] for m in lives}
            self.equal('hops:%s:one' % s['name'], len(ids), 1)
            for i in ids:
                self.equal('hops:%s:apart' % s['name'], owner.setdefault(i, s['name']), s['name'])
        known = {(m['host'], m['queue_id']) for m in self.messages}
        for link in self.links:
            self.equal('link:%s:%s' % (link['from_queue_id'], link['kind']), (link['candidates'], (link['from_host'], link['from_queue_id']) in known), (1, True))

    # -- peers and boxes

    def attempts(self):
        """Each answer of the peer for a recipient is one delivery, in order, and the other way round."""
        said, told = collections.defaultdict(list), collections.defaultdict(list)
        for a in self.truth['attempt']:
            said[a['rcpt'].lower().replace('"', '')].append(a)
        for rows in self.deliveries.values():
            for d in rows:
                if d['relay_ip'] == ADDRESS['peer']:         # (Exim logs local parts without their quotes)
                    told[d['recipient'].lower().replace('"', '')].append(d)
        for rcpt in sorted(set(said) | set(told)):
            name = 'attempt:%s' % rcpt
            self.equal(name + ':number', len(told[rcpt]), len(said[rcpt]))
            for a, d in zip(said[rcpt], sorted(told[rcpt], key=lambda d: (d['time'], d['line_offset']))):
                self.equal(name + ':status', d['status'], status_of(a['code']))
                self.equal(name + ':next_queue_id', d['next_queue_id'], a['queue_id'])
                if a['reply'] and 'User unknown' not in d['reply'] and 'Service unavailable' not in d['reply']:
                    self.equal(name + ':reply', words(a['reply']) in d['reply'], True)

    def boxes(self):
        said = collections.Counter((b['host'], b['rcpt']) for b in self.truth['box'])
        told = collections.Counter((d['host'], d['recipient'].split('@')[0]) for rows in self.deliveries.values() for d in rows
                                   if d['status'] == 'sent' and d['relay_ip'] is None and d['host'] in LOCAL and d['agent'] in ('local', 'keep'))
        for key in sorted(set(said) | set(told)):
            self.equal('box:%s:%s' % key, told[key], said[key])

    def notices(self):
        """A notice that a peer got: its life has no sender, and comes from a life of the mail that it is about."""
        by_next = {d['next_queue_id']: (d['txn_id'], d['queue_id']) for rows in self.deliveries.values() for d in rows if d['next_queue_id']}
        by_key = {(m['txn_id'], m['queue_id']): m for m in self.messages}
        for a in self.truth['attempt']:
            s = self.sent.get(a['case'])
            if a['sender'] or not a['queue_id'] or s is None or not s['sender']:
                continue
            name = 'notice:%s' % a['case']
            m = by_key.get(by_next.get(a['queue_id']))
            self.equal(name + ':rows', m is not None, True)
            while m is not None and not [x for x in self.links if x['kind'] == 'bounce' and x['to_txn_id'] == m['txn_id']]:
                # Handed on by another host: back to where it was made.
                before = [by_key.get((x['from_txn_id'], x['from_queue_id'])) for x in self.links if x['kind'] == 'next_hop' and x['to_txn_id'] == m['txn_id']]
                m = before[0] if before else None
            self.equal(name + ':made', m is not None, True)
            if m is None:
                continue
            self.equal(name + ':sender', (m['sender'], m['origin']), ('', 'bounce'))
            parents = {x['from_queue_id'] for x in self.links if x['kind'] == 'bounce' and x['to_txn_id'] == m['txn_id']}
            self.equal(name + ':parent', parents <= {x['queue_id'] for x in self.of_case[a['case']]} and len(parents) == 1, True)

    # -- what was refused

    def refusals(self, ds):
        for s in self.truth['sent']:
            for r in s['refused']:
                name = 'refused:%s:%s' % (s['name'], r['stage'])
                rows = [x for x in self.rejects if x['host'] == s['host'] and x['action'] == 'reject' and
                        (x['client_ip'] == s['client_ip'] or x['client_ip'] is None)]
                if r['stage'] == 'RCPT':
                    rows = [x for x in rows if x['recipient'] == r['rcpt'] or r['rcpt'] in (x['text'] or '')]
                self.equal(name, len(rows) > 0, True)
                if s['host'] == 'sm':
                    self.equal(name + ':code', r['code'] in [x['reply_code'] for x in rows] or None in [x['reply_code'] for x in rows], True)
            if not s['queue_id'] and not s['local'] and s['accepted'] == []:
                self.equal('refused:%s:no-mail' % s['name'], [m['state'] for m in self.of_case[s['name']] if m['state'] in ('done', 'open')], [])

    # -- the same lines in other clothes

    def variants(self):
        base = self.main.contents()
        folder = os.path.join(self.folder, 'variants')

        def same(name, logs, *options):
            files = [write(os.path.join(folder, name, file), log) for file, log in logs.items()]
            contents = Dataset(self.program, os.path.join(folder, name + '.ds'), files, *options).contents()
            missing, surplus = sorted((base - contents).elements()), sorted((contents - base).elements())
            self.equal('variant:%s' % name, (len(missing), len(surplus), missing[:2], surplus[:2]), (0, 0, [], []))
        same('rfc3339', {host + '.log': rfc3339(log, self.year, self.month) for host, log in self.logs.items()})
        random.seed(2)
        for i in range(4):
            parts = {}
            for host, log in self.logs.items():
                first, second = cut(log, random.randrange(1, log.count(b'\n')))
                parts.update({host + '.log.1': first, host + '.log': second})
            same('cut%d' % i, parts, '--year', str(self.year), '--threads', str(1 + i % 2))
