#!/usr/bin/env python3
"""A slow, plain correlator of Postfix logs, written apart from the C code: whole lists, regular expressions, no segments.

  oracle.py LOG...                 prints lives, sessions, rejects and logins as NDJSON (the words of streamgen's truth)
  oracle.py --check TRUTH LOG      compares them with the truth that streamgen wrote beside LOG; exit 1 if they differ

Its rules are those of reference: a queue file's life begins with client=, uid= or, for internal mail, message-id=; it ends
with `removed`; what follows within the grace time belongs to the ended life unless an opener comes first.
Host, tag and line order decide; stamps are read for the grace time only."""
import argparse
import collections
import json
import re
import sys

GRACE_S = 60
LINE = re.compile(rb'(?:(?P<mon>[A-Z][a-z]{2}) (?P<day>[ \d]\d) (?P<clock>\d\d:\d\d:\d\d)|(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)[.\d]*(?:Z|\+00:00))'
                  rb' (?P<host>\S+) (?P<tag>[^\[\s]+)\[(?P<pid>\d+)\]: (?P<text>.*)')
QID = re.compile(r'([0-9A-F]{6,21}|[0-9A-Za-z]{10,}z[0-9A-Za-z]+): (.*)', re.S)
ADDRESS = r'(?:"(?:[^"\\]|\\.)*"[^>]*|[^>"]*)'
STATUS = re.compile(r'to=<(%s)>(?:, orig_to=<(%s)>)?, relay=(.*?), (?:conn_use=\d+, )?delay=.*?status=(\w+) \((.*)\)$' % (ADDRESS, ADDRESS))
ACTIVE = re.compile(r'from=<(%s)>, size=(\d+), nrcpt=(\d+) \(queue active\)' % ADDRESS)
REJECT = re.compile(r'(reject|milter-reject): (\S+) from \S*\[([^]]*)\]: (?:(\d{3}) )?.*; from=<(%s)> to=<(%s)> proto=' % (ADDRESS, ADDRESS))
SASL = re.compile(r'warning: \S+\[([^]]*)\]: SASL \S+ authentication (?:failed|aborted)(?:: .*?)?(?:, sasl_username=(.*))?$')
LOGIN = re.compile(r'client=\S*?\[([^]]*)\], sasl_method=\S+, sasl_username=(.*)$')
AUTH = re.compile(r' auth=(\d+)(?:/(\d+))? ')
CLIENT_TLS = re.compile(r'\S+ TLS connection (established|reused) to (\S+): ')
HEADER = re.compile(r'.*; from=<(%s)> to=<' % ADDRESS)
MONTHS = {m: i for i, m in enumerate(b'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split())}
DAYS = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


class Life:
    def __init__(self, host, qid):
        self.d = dict(t='life', host=host, queue_id=qid, first=None, last=None, n_lines=0, state='open', origin=None,
                      n_attempts=0, recipients=[])
        self.by_recipient = {}
        self.seconds = None      # of the last line
        self.ended = self.active = self.expired = False


def seconds(m):
    """Seconds since some fixed day; RFC3164 has no year, so both forms leave it out (no stream of ours lasts a year)."""
    if m['iso']:
        mon, day, clock = (int(m['iso'][5:7]) - 1) % 12, int(m['iso'][8:10]), m['iso'][11:19]
    else:
        mon, day, clock = MONTHS.get(m['mon'], 0), int(m['day']), m['clock']
    h, mi, s = clock.split(b':')
    return ((DAYS[mon] + day) * 24 + int(h)) * 3600 + int(mi) * 60 + int(s)


class Oracle:
    def __init__(self):
        self.lives, self.sessions, self.rejects, self.logins = [], [], [], []
        self.tls = {}                           # (host, tag, pid) -> [reused, peer, request] of a smtp process's last TLS line
        self.current = {}                       # (host, qid) -> Life
        self.open_sessions = {}                 # (host, tag, pid) -> session
        self.users = {}                         # (host, tag, pid) -> what its session told of logins
        self.transaction = {}                   # (host, tag, pid) -> Life that is coming in
        self.parents = collections.defaultdict(dict)   # (host, qid) named by a line -> origin
        self.n = self.clock = 0

    # ---------------------------------------------------------------- lines
    def line(self, raw):
        self.n += 1
        m = LINE.match(raw)
        if not m:
            return
        host, tag, pid = m['host'].decode(), m['tag'].decode(), int(m['pid'])
        text = m['text'].decode('utf-8', 'surrogateescape')
        program = tag.rsplit('/', 1)[-1]
        self.clock = max(self.clock, seconds(m)) if self.clock - seconds(m) < 180 * 86400 else seconds(m)
        if not tag.startswith('postfix/'):
            return
        q = QID.match(text)
        if q:
            self.queue_line(host, tag, program, pid, q[1], q[2])
        elif program == 'smtpd':
            self.session_line(host, tag, pid, text)
        elif CLIENT_TLS.match(text):
            m = CLIENT_TLS.match(text)
            self.tls[host, tag, pid] = [m[1] == 'reused', m[2], None]

    def session_line(self, host, tag, pid, text):
        key = (host, tag, pid)
        if text.startswith('connect from '):
            self.close_process(host, pid, 'crashed')
            self.users[key] = dict(ok=set(), failed=0, tls=False)
            s = dict(t='session', host=host, pid=pid, first=self.n, last=self.n, n_messages=0, n_rejects=0, end_kind='open',
                     client_ip=text[text.rindex('[') + 1:text.rindex(']')])
            self.sessions.append(s)
            self.open_sessions[key] = s
            return
        s = self.open_sessions.get(key)
        if s is None:
            return
        s['last'] = self.n
        if ' TLS connection established from ' in text:
            self.users[key]['tls'] = True
        self.login(key, text)
        if text.startswith('NOQUEUE: reject: '):
            self.reject(host, None, text[9:])
            s['n_rejects'] += 1
        elif text.startswith(('lost connection', 'timeout')):
            s['end_kind'] = text.split()[0]
            self.abort(key)
        elif text.startswith('disconnect from '):
            if s['end_kind'] == 'open':
                s['end_kind'] = 'quit'
            del self.open_sessions[key]
            self.abort(key, s['end_kind'] != 'quit')

    def login(self, key, text):
        """Of a session: a line of its own, the first client= that names a user, or what only the counter tells."""
        users, ok, failed, m = self.users[key], 0, 0, SASL.match(text)
        if m:
            failed, name = 1, m[2] if m[2] != '(unavailable)' else None
            users['failed'] += 1
        elif LOGIN.match(text):
            m = LOGIN.match(text)
            name = m[2]
            ok = name not in users['ok']
            users['ok'].add(name)
        elif text.startswith('disconnect from ') and AUTH.search(text):
            name, m = None, re.search(r'\[([^]]*)\]', text)
            good, every = AUTH.search(text).groups()
            ok = max(0, int(good) - len(users['ok']))
            failed = max(0, int(every or good) - int(good) - users['failed'])
        if ok or failed:
            row = dict(t='login', host=key[0], pid=key[2], line=self.n, ok=int(ok), failed=failed, client_ip=m[1])
            row.update({'tls': True} if users['tls'] else {}, **({'username': name} if name is not None else {}))
            self.logins.append(row)

    def delivery_tls(self, key, qid, text):
        """What the process's last TLS line says of this delivery."""
        state, m = self.tls.get(key), STATUS.match(text)
        kept, before = text.startswith(', conn_use=', m.end(3)), re.compile(r'.*? delays=([^/]*/[^/]*)/').match(text, m.end(3))
        request = (qid, before[1])              # one that is handed over later has waited longer
        if state is None or state[2] not in (None, request) or state[1] != m[3] or state[0] != kept:
            self.tls.pop(key, None)
            return None
        state[2] = request
        return 'same_connection' if state[0] else 'line'

    def close_process(self, host, pid, how):
        """A new session of a process ID: what it had open before will never be closed."""
        for key in [k for k in self.open_sessions if k[0] == host and k[2] == pid]:
            self.open_sessions.pop(key)['end_kind'] = how
            self.abort(key)

    def abort(self, key, lost=True):
        """The process moved on: a mail that cleanup has not even seen, or that was cut off, will not come to the queue."""
        life = self.transaction.pop(key, None)
        if life is not None:
            life.d['aborted_unless_active'] = lost or 'message_id' not in life.d

    def reject(self, host, life, text):
        m = REJECT.match(text)
        r = dict(t='reject', host=host, line=self.n, action=m[1], stage=m[2], code=int(m[4] or 0), client_ip=m[3], sender=m[5])
        if m[1] == 'reject':                # cleanup refuses content: its to= is only the last recipient it saw
            r['recipient'] = m[6]
        if life is not None:
            life.d.setdefault('sender', m[5])
            r['queue_id'] = life.d['queue_id']
        self.rejects.append(r)

    # ---------------------------------------------------------------- queue files
    def life_for(self, host, qid, begins, text):
        life = self.current.get((host, qid))
        fresh = life is None
        if life is not None:
            received = life.d['origin'] == 'smtpd' or life.d['origin'] == 'pickup'
            if begins:                             # client=, uid=: a new one, unless only cleanup spoke before
                fresh = life.ended or received or life.active
            elif text.startswith('message-id='):
                fresh = life.ended or (life.d.get('aborted_unless_active') and not life.active and 'message_id' in life.d)
            else:
                fresh = life.ended and self.clock - life.seconds > GRACE_S
        if fresh:
            life = Life(host, qid)
            life.d['first'] = self.n
            self.current[host, qid] = life
            self.lives.append(life)
        life.d['last'] = self.n
        life.d['n_lines'] += 1
        life.seconds = self.clock
        return life

    def queue_line(self, host, tag, program, pid, qid, text):
        begins = (program == 'smtpd' and text.startswith('client=')) or (program == 'pickup' and text.startswith('uid='))
        life = self.life_for(host, qid, begins, text)
        d = life.d
        if program == 'smtpd':
            s = self.open_sessions.get((host, tag, pid))
            if s:
                s['last'] = self.n
                s['n_messages'] += begins
                s['n_rejects'] += text.startswith('reject: ')
                self.login((host, tag, pid), text)
        if begins and program == 'smtpd':
            key = (host, tag, pid)
            self.abort(key, False)
            self.transaction[key] = life
            m = re.match(r'client=\S*?\[([^]]*)\]', text)
            d.update(origin='smtpd', client_ip=m[1])
        elif begins:
            m = re.match(r'uid=(\d+) from=<(%s)>' % ADDRESS, text)
            d.update(origin='pickup', uid=int(m[1]), sender=m[2])
        elif text.startswith('message-id='):
            v = text[11:]
            d['message_id'] = v[1:-1] if v.startswith('<') and v.endswith('>') else v
        elif ACTIVE.match(text):
            m = ACTIVE.match(text)
            d.update(sender=m[1], size=int(m[2]), nrcpt=int(m[3]))
            life.active = True
        elif text.startswith('info: header '):
            d.setdefault('sender', HEADER.search(text)[1])
        elif text.startswith('to=<'):
            self.status(life, text, self.delivery_tls((host, tag, pid), qid, text) if program == 'smtp' else None)
        elif text.startswith(('reject: ', 'milter-reject: ')):
            self.reject(host, life, text)
            if text.startswith('milter-reject: END-OF-MESSAGE'):
                d['rejected'] = True
        elif text.startswith('lost connection with ') and program == 'smtp':
            self.tls.pop((host, tag, pid), None)
        elif text == 'removed':
            life.ended = True
            d['end'] = self.n
            d['deleted'] = program == 'postsuper'
        elif text.endswith(', status=expired, returned to sender'):
            life.expired = True
        elif text == 'placed on hold':
            d['held'] = True
        m = re.match(r'(?:sender|postmaster) .*notification: (\S+)$', text)
        if m:
            self.parents[host, m[1]] = 'bounce'

    def status(self, life, text, tls):
        m = STATUS.match(text)
        to, orig, status, reply = m[1], m[2], m[4], m[5]
        r = life.by_recipient.get(to)
        if r is None:
            r = dict(n=0, to=to, tries=[])
            life.by_recipient[to] = r
            life.d['recipients'].append(r)
        r['n'] += 1
        r['tries'].append([self.n, status])
        if tls:
            r.setdefault('tls', {})[str(self.n)] = tls
        if orig is not None:
            r.setdefault('orig_tos', []).append(orig)
        life.d['n_attempts'] += 1
        m = re.search(r'(?:queued as|forwarded as) (\S+)$', reply)
        if m:
            r.setdefault('next_ids', []).append(m[1])
            if reply.startswith('forwarded as'):
                self.parents[life.d['host'], m[1]] = 'forward'

    # ---------------------------------------------------------------- result
    def result(self):
        for life in self.lives:
            d = life.d
            aborted, rejected = d.pop('aborted_unless_active', False), d.pop('rejected', False)
            deleted, held = d.pop('deleted', False), d.pop('held', False)
            d['state'] = ('deleted' if deleted else 'expired' if life.ended and life.expired else 'done' if life.ended else
                          'rejected' if rejected and not life.active else 'aborted' if aborted and not life.active else
                          'held' if held else 'open')
            if d['origin'] is None:
                d['origin'] = self.parents.get((d['host'], d['queue_id'])) or 'unknown'
        return [x.d for x in self.lives], self.sessions, self.rejects, self.logins


def canonical(rows, cut):
    """The truth, freed of what a log cannot tell: recipients are one by address, in order of their first line. Where the log
    was cut, the line that names an internal mail may be missing."""
    out = []
    for row in rows:
        row = dict(row)
        if row['t'] == 'life':
            merged = {}
            for r in row['recipients']:
                m = merged.setdefault(r['to'], dict(to=r['to'], tries=[], next_id=set(), orig_to=set(), tls={}))
                m['tries'] += r['tries']
                m['tls'].update(r.get('tls', {}))
                m['next_id'] |= set(r.get('next_ids', ())) | ({r['next_id']} if 'next_id' in r else set())
                m['orig_to'] |= set(r.get('orig_tos', ())) | ({r['orig_to']} if 'orig_to' in r else set())
            for m in merged.values():
                m['tries'].sort()
                m['next_id'], m['orig_to'] = sorted(m['next_id']), sorted(m['orig_to'])
            if cut and row['origin'] in ('bounce', 'forward'):
                row['origin'] = 'unknown'
            row['recipients'] = sorted(merged.values(), key=lambda m: m['tries'])
        elif row.get('end_kind') == 'crashed':     # the log tells it only if the process ID comes back
            row['end_kind'] = 'open'
        out.append(json.dumps(row, sort_keys=True))
    return sorted(out)


def read_truth(path):
    rows = [json.loads(line) for line in open(path, encoding='utf-8')]
    return {t: [r for r in rows if r['t'] == t] for t in ('life', 'session', 'reject', 'login', 'total')}


def run(paths):
    oracle = Oracle()
    for path in paths:
        with open(path, 'rb') as f:
            for raw in f:
                oracle.line(raw.rstrip(b'\n'))
    return oracle.result()


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--check', metavar='TRUTH')
    ap.add_argument('logs', nargs='+')
    a = ap.parse_args()
    got = dict(zip(('life', 'session', 'reject', 'login'), run(a.logs)))
    if not a.check:
        for rows in got.values():
            for row in rows:
                print(json.dumps(row))
        return 0
    truth, bad = read_truth(a.check), 0
    cut = truth['total'][0]['cut']
    for t, rows in got.items():
        have, want = canonical(rows, cut), canonical(truth[t], cut)
        missing, extra = sorted(set(want) - set(have)), sorted(set(have) - set(want))
        print('%-8s %6d in the truth, %6d read, %d missing, %d too many' % (t, len(want), len(have), len(missing), len(extra)))
        for what, rows_ in (('missing', missing), ('too many', extra)):
            for row in rows_[:3]:
                print('   %s: %s' % (what, row))
        bad += len(missing) + len(extra) + (len(have) != len(want))
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
