#!/usr/bin/env python3
"""Mails of sendmail from 8.6 to 8.18, made with their truth: it comes out, whatever the cut of the input.

  sendmail_lives.py --mailstrata PROGRAM [--seed N] [--keep DIR]

Hosts of several versions, systems (Solaris, AIX, BSD, Linux), years and zones in one log; each mail is one of the ways that a
mail goes: sent here or on, put off and sent by another MX, expired with a notice on the way, failed with a report (and that one,
too), copied to a list's owner, handed from the submission queue to the daemon, given up, broken off, refused, discarded,
quarantined. No option is given: queue IDs tell year and zone. The same log then goes through the cuts of dialects.py, and so does it
with lines lost, doubled and turned around."""
import argparse
import datetime
import json
import os
import random
import sys
import tempfile

from dialects import Check, damage

DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
UTC = datetime.timezone.utc

# name, version, zone in minutes, program, what stands in front of the text
HOSTS = [
    ('oldie', '8.6', 0, 'sendmail', '%(stamp)s %(host)s %(tag)s[%(pid)d]: '),
    ('aix4', '8.8', 0, 'sendmail', '%(stamp)s %(host)s mail:info %(tag)s[%(pid)d]: '),
    ('sun9', '8.11', -300, 'sendmail', '%(stamp)s %(host)s %(tag)s[%(pid)d]: [ID 801593 mail.info] '),
    ('www', '8.13', 540, 'sendmail', '%(stamp)s %(host)s %(tag)s[%(pid)d]: '),
    ('bsd', '8.15', 60, 'sm-mta', '%(stamp)s <mail.info> %(host)s %(tag)s[%(pid)d]: '),
    ('new', '8.18', 330, 'sm-mta', '<22>%(stamp)s %(host)s %(tag)s[%(pid)d]: '),
]


class Host:
    def __init__(self, row, start, rng):
        self.name, self.version, self.zone, self.tag, self.form = row
        self.now, self.rng, self.lines = start, rng, []
        self.pid, self.serial, self.hourly = rng.randint(1000, 5000), 0, 0

    def timed(self):
        return self.version not in ('8.6', '8.8')

    def new_pid(self):
        self.pid += self.rng.randint(1, 3)
        return self.pid

    def new_id(self, pid, at):
        self.serial += 1
        if not self.timed():    # hour, a counter, the process
            return '%s%s%05d' % (chr(ord('A') + at.hour), 'AB'[self.serial % 2] + chr(ord('A') + self.serial // 2 % 26), pid)
        number = self.serial % 3600
        head = ''.join(DIGITS[v] for v in ((at.year - 1900) % 60, at.month - 1, at.day, at.hour, at.minute, at.second))
        if self.version == '8.11':
            return head + DIGITS[number % 60] + '%05d' % pid
        return head + DIGITS[number // 60] + DIGITS[number % 60] + '%06d' % pid

    def say(self, at, pid, text, tag=None):
        local = at + datetime.timedelta(minutes=self.zone)
        stamp = local.strftime('%b ') + '%2d' % local.day + local.strftime(' %H:%M:%S')
        self.lines.append((at, len(self.lines), self.form % {'stamp': stamp, 'host': self.name, 'tag': tag or self.tag, 'pid': pid} + text))


def span(seconds):
    days, rest = divmod(seconds, 86400)
    return ('%d+' % days if days else '') + '%02d:%02d:%02d' % (rest // 3600, rest // 60 % 60, rest % 60)


class Mail:
    """One queue ID, its lines and what must come out of them."""

    def __init__(self, world, host, at=None, pid=None, **truth):
        self.w, self.h = world, host
        self.at = at or host.now
        self.pid = pid or host.new_pid()
        self.id = host.new_id(self.pid, self.at)
        world.n += 1
        self.n, self.size, self.runs, self.recipients = world.n, world.rng.randint(300, 90000), 0, 0
        self.sender, self.message_id, self.client = 's%d@senders.example' % self.n, '%d@senders.example' % self.n, '192.0.2.%d' % (self.n % 250 + 1)
        self.truth = {'host': host.name, 'queue_id': self.id, 'sender': self.sender, 'message_id': self.message_id, 'origin': 'smtpd',
                      'state': 'done', 'n_sent': 0, 'n_deferred': 0, 'n_bounced': 0, **truth}
        world.mails.append(self.truth)

    def time(self, seconds):
        return self.at + datetime.timedelta(seconds=seconds)

    def say(self, seconds, text, pid=None, tag=None):
        self.h.say(self.time(seconds), pid or self.pid, '%s: %s' % (self.id, text), tag)

    def number(self):
        return 'se_id=%x, ta_id=%x, ' % (self.n * 7, self.n * 13) if self.h.version == '8.18' and self.n % 2 else ''

    def accept(self, nrcpt, relay=None, msgid=True, seconds=0):
        self.recipients = max(nrcpt, 1)
        pri = 'pri=%d, ' % (self.size + 30000 * nrcpt) if not self.h.timed() else ''
        daemon = ', daemon=MTA-v4' if self.h.timed() and relay is None else ''
        name = 'ident%d@' % self.n if self.n % 5 == 0 else ''
        self.say(seconds, self.number() + 'from=<%s>, size=%d, class=0, %snrcpts=%d%s%s%s, relay=%s' % (
            self.sender, self.size, pri, nrcpt, ', msgid=<%s>' % self.message_id if msgid else '', ', proto=ESMTP' if relay is None else '', daemon,
            relay or '%sc%d.clients.example [%s]%s' % (name, self.n, self.client, ' (may be forged)' if self.n % 7 == 0 else '')))
        if not msgid:
            self.truth['message_id'] = None

    def attempt(self, seconds, recipients, status, stat, mailer='esmtp', mx=1, dsn=None, xdelay=1, ctladdr=None):
        dsn = dsn or {'sent': '2.0.0', 'deferred': '4.0.0', 'bounced': '5.1.1'}.get(status)
        relay = '' if mailer in ('local', 'prog') else ', relay=mx%d.far.example. [203.0.113.%d]' % (mx, mx)
        if self.h.version == '8.6':
            relay = relay.replace('[', '(').replace(']', ')')
        fields = [', ctladdr=%s' % ctladdr if ctladdr else '', ', delay=' + span(seconds), ', xdelay=' + span(xdelay) if self.h.version != '8.6' else '',
                  ', mailer=' + mailer, ', pri=%d' % (self.size + 30000 * self.recipients + 90000 * self.runs) if self.h.timed() else '', relay,
                  ', dsn=' + dsn if self.h.timed() else '', ', reply=550 5.1.1 no, stat=' + stat if self.h.version == '8.18' and stat == 'User unknown' and mailer == 'esmtp' else ', stat=' + stat]
        self.say(seconds, (self.number() and 'ta_id=%x, ' % (self.n * 13)) + 'to=' + ','.join('<%s>' % r if '@' in r else r for r in recipients) + ''.join(fields), self.h.new_pid())
        for r in recipients:
            self.w.deliveries.append([self.h.name, self.id, r, status])
        self.runs += 1

    def child(self, seconds, label, text, origin, sender=''):
        born = Mail(self.w, self.h, self.time(seconds), origin=origin, sender=sender, message_id=None)
        old = self.h.version == '8.6' and label == 'DSN'
        if label == 'clone':
            if self.h.version in ('8.6', '8.8', '8.11'):
                born.say(0, 'clone %s, owner=owner-list' % self.id)
            else:
                self.say(seconds, '%s: clone: owner=owner-list' % born.id)
        elif self.number():
            self.say(seconds, 'ta_id=%x, qid=%s, ta_id=%x, dsn_type=%s, stat=%s' % (self.n, born.id, born.n, label, text))
        else:
            self.say(seconds, '%s: %s: %s' % (born.id, 'return to sender' if old else label, text))
        kind = 'clone' if label == 'clone' else 'delay_notice' if text.startswith('Warning') else 'bounce'
        self.w.links.append([self.id, born.id, kind])
        born.recipients, born.size = 1, 1000
        return born


# ---- the ways that a mail goes ----

def sent(w, h):
    m, n = Mail(w, h), w.rng.randint(1, 3)
    to = ['u%d.%d@far.example' % (m.n, i) for i in range(n)]
    m.accept(n)
    said = w.rng.choice(['Sent (%s Message accepted for delivery)' % 'k9DCbXkK001855', 'Sent (Ok: queued as 4SVLCh0sf8zyN2)', 'Sent (ok 1161439322 qp 70739)', 'Sent'])
    m.attempt(3, to, 'sent', said)
    m.truth['n_sent'] = n


def local(w, h):
    m = Mail(w, h)
    m.accept(1)
    m.attempt(1, ['"|/usr/bin/prog -a, -b"' if m.n % 3 == 0 else 'user%d' % m.n], 'sent', 'Sent', mailer='prog' if m.n % 3 == 0 else 'local',
              ctladdr='<list@here.example> (%d/100)' % m.n)
    m.truth['n_sent'] = 1


def retried(w, h):
    m, at = Mail(w, h), 2
    to = ['late%d@far.example' % m.n]
    m.accept(1)
    for i in range(w.rng.randint(1, 5)):
        m.attempt(at, to, 'deferred', w.rng.choice(['Deferred: Connection refused by mx.far.example.', 'Deferred: 451 4.7.1 Greylisted', 'Deferred']), mx=i % 3 + 1)
        at += w.rng.choice([1800, 7200, 40000])
    m.attempt(at, to, 'sent', 'Sent (OK)', mx=4)
    m.truth['n_sent'] = 1


def expired(w, h):
    m = Mail(w, h)
    to = ['never%d@far.example' % m.n]
    m.accept(1)
    for i, at in enumerate((2, 4000, 15000, 90000, 200000, 400000)):
        m.attempt(at, to, 'deferred', 'Deferred: Connection timed out with mx.far.example.', mx=i % 2 + 1)
        if at == 15000:
            notice = m.child(at, 'sender notify', 'Warning: could not send message for past 4 hours', 'bounce')
            notice.attempt(1, [m.sender], 'sent', 'Sent (OK)')
            notice.truth['n_sent'] = 1
    report = m.child(433000, 'sender notify', 'Cannot send message for 5 days', 'bounce')
    report.attempt(1, [m.sender], 'sent', 'Sent (OK)')
    report.truth['n_sent'] = 1
    m.truth.update(state='expired', n_bounced=1)


def failed(w, h):
    m = Mail(w, h)
    m.accept(2)
    m.attempt(1, ['gone%d@far.example' % m.n], 'bounced', 'User unknown')
    m.attempt(1, ['good%d@far.example' % m.n], 'sent', 'Sent (OK)')
    report = m.child(1, 'DSN', 'User unknown', 'bounce')
    m.truth.update(n_bounced=1, n_sent=1)
    if m.n % 2:
        report.attempt(1, [m.sender], 'sent', 'Sent (OK)')
        report.truth['n_sent'] = 1
        return
    report.attempt(1, [m.sender], 'bounced', 'Service unavailable')
    report.truth['n_bounced'] = 1
    last = report.child(2, 'return to sender', 'Service unavailable', 'bounce')
    last.attempt(1, ['postmaster'], 'sent', 'Sent', mailer='local')
    last.truth['n_sent'] = 1


def listed(w, h):
    m = Mail(w, h)
    m.accept(1)
    copy = m.child(1, 'clone', '', 'forward', sender=None)
    copy.recipients = 2
    copy.attempt(2, ['a%d@far.example' % m.n, 'b%d@far.example' % m.n], 'sent', 'Sent (OK)', ctladdr='owner-list (8/12)')
    copy.truth['n_sent'] = 2
    w.same.append({m.id, copy.id})


def submitted(w, h):
    if not h.timed() or h.version == '8.11':
        return sent(w, h)
    m = Mail(w, h, origin='pickup')
    m.sender = m.truth['sender'] = 'root'
    m.accept(1, relay='root@localhost')
    to, wait = 'admin%d@far.example' % m.n, w.rng.choice([1, 600])
    if wait > 1:
        m.attempt(1, [to], 'deferred', 'Deferred: Connection refused by [127.0.0.1]', mailer='relay')
    d = Mail(w, h, m.time(wait), message_id=m.message_id, sender='root@%s.example' % h.name)
    d.sender, d.message_id = 'root@%s.example' % h.name, m.message_id
    d.say(0, 'from=<%s>, size=900, class=0, nrcpts=1, msgid=<%s>, proto=ESMTP, daemon=MTA-v4, relay=localhost [127.0.0.1]' % (d.sender, d.message_id))
    d.recipients, d.size = 1, 900
    m.say(wait, 'to=%s, ctladdr=root (0/0), delay=%s, xdelay=00:00:00, mailer=relay, pri=%d, relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (%s Message accepted for delivery)' %
          (to, span(wait), m.size + 30000 + (90000 if wait > 1 else 0), d.id), h.new_pid(), 'sm-msp-queue' if wait > 1 else 'sendmail')
    w.deliveries.append([h.name, m.id, to, 'sent'])
    d.attempt(2, [to], 'sent', 'Sent (Ok: queued as 4SVLCh0sf8zyN2)')
    m.truth['n_sent'] = d.truth['n_sent'] = 1
    w.links.append([m.id, d.id, 'reinject'])
    w.same.append({m.id, d.id})


def given_up(w, h):
    m = Mail(w, h, state='aborted')
    m.accept(1, msgid=False)
    m.say(0, 'to=<x%d@here.example>, delay=00:00:00, pri=%d, stat=%s' % (m.n, m.size, w.rng.choice(['aborted by sender', 'RSET', 'rset', 'ehlo'])))


def broken_off(w, h):
    m = Mail(w, h, state='aborted')
    m.accept(1)
    m.say(40, 'collect: premature EOM: %s' % w.rng.choice(['unexpected close', 'Connection reset by c%d.clients.example' % m.n]))
    if m.n % 2:
        m.say(40, 'collect: unexpected close on connection from c%d.clients.example, sender=<%s>' % (m.n, m.sender))


def refused(w, h):
    m = Mail(w, h, state='rejected')
    to = 'x%d@else.example' % m.n
    m.say(0, 'ruleset=check_rcpt, arg1=<%s>, relay=c%d.clients.example [%s], reject=550 5.7.1 <%s>... Relaying denied' % (to, m.n, m.client, to))
    w.rejects.append([h.name, m.id, 'RCPT', 550, m.client, to])
    m.say(1, '%s... User unknown' % w.rng.choice(['<no%d@here.example>', 'no%d@here.example']) % m.n)
    w.rejects.append([h.name, m.id, 'RCPT', None, None, 'no%d@here.example' % m.n])
    m.size = 0
    m.accept(0, msgid=False, seconds=2)


def filtered(w, h):
    m = Mail(w, h, state='rejected')
    m.accept(1)
    m.say(2, 'Milter: data, reject=554 5.7.1 virus found')
    w.rejects.append([h.name, m.id, 'END-OF-MESSAGE', 554, None, None])
    m.say(2, 'to=<x%d@here.example>, delay=00:00:02, pri=%d, stat=virus found' % (m.n, m.size + 30000))
    w.rejects.append([h.name, m.id, 'END-OF-MESSAGE', None, None, 'x%d@here.example' % m.n])


def quarantined(w, h):
    m = Mail(w, h, state='held', n_deferred=1)
    m.accept(1)
    m.say(1, 'milter=spam, quarantine=suspect')
    w.rejects.append([h.name, m.id, 'END-OF-MESSAGE', None, None, None])
    m.say(1, 'to=<x%d@here.example>, delay=00:00:01, mailer=local, pri=%d, quarantine=suspect, stat=quarantined' % (m.n, m.size + 30000))
    w.deliveries.append([h.name, m.id, 'x%d@here.example' % m.n, 'held'])
    if m.n % 2:
        m.say(9000, 'unquarantine')
        m.runs = 1
        m.attempt(9100, ['x%d@here.example' % m.n], 'sent', 'Sent', mailer='local')
        m.truth.update(state='done', n_deferred=0, n_sent=1)


WAYS = [sent, sent, local, retried, expired, failed, listed, submitted, given_up, broken_off, refused, filtered, quarantined]


class World:
    def __init__(self, seed):
        self.rng, self.n = random.Random('sendmail lives %d' % seed), 0
        self.mails, self.deliveries, self.rejects, self.links, self.same, self.hosts = [], [], [], [], [], []
        year = self.rng.choice([2006, 2019, 2020, 2023])
        for row in HOSTS:
            h = Host(row, datetime.datetime(year, self.rng.randint(1, 9), 3, 5, 0, 7, tzinfo=UTC), self.rng)
            self.hosts.append(h)
            for way in self.rng.sample(WAYS * 3, len(WAYS) * 3):
                way(self, h)
                # The first line after an hour is not believed yet: an ID that comes again would be cut there (decision 0010).
                h.now += datetime.timedelta(seconds=self.rng.choice([61, 131, 700, 4000 if h.timed() else 1900]))
            end = max(at for at, _, _ in h.lines) + datetime.timedelta(days=3)
            for i in range(3):
                h.say(end + datetime.timedelta(seconds=i), 99, 'NOQUEUE: SYSERR(root): nothing')

    def lines(self):
        return [(text + '\n').encode() for _, _, _, text in sorted((at, i, k, text) for i, h in enumerate(self.hosts) for at, k, text in h.lines)]


def compare(c, dataset, name, query, want):
    got = [json.loads(r) for r in c.rows_of(dataset, query)]
    key = lambda row: json.dumps(row, sort_keys=True)
    a, b = sorted(map(key, want)), sorted(map(key, ([*r.values()] for r in got) if want and isinstance(want[0], list) else got))
    if a != b:
        only = [x for x in a if x not in b][:3], [x for x in b if x not in a][:3]
        c.fail('%s: %d wanted, %d found; missing %s, wrong %s' % (name, len(a), len(b), *only))
    print('%s: %d' % (name, len(a)))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--mailstrata', required=True)
    ap.add_argument('--seed', type=int, default=1)
    ap.add_argument('--keep', metavar='DIR')
    a = ap.parse_args()
    with tempfile.TemporaryDirectory() as tmp:
        work = a.keep or tmp
        os.makedirs(work, exist_ok=True)
        c, w = Check(os.path.abspath(a.mailstrata), work), World(a.seed)
        logs = [os.path.join(work, n) for n in ('lives.log', 'lives-damaged.log')]
        lines = w.lines()
        for path, text in zip(logs, (lines, damage(lines, w.rng))):
            with open(path, 'wb') as f:
                f.writelines(text)
            os.utime(path, (0, 0))          # does not tell when it was written
        c.check('lives', logs[:1], [], '64K')
        c.check('lives-damaged', logs[1:], [], '64K')
        base = os.path.join(work, 'lives.base')
        compare(c, base, 'messages', 'SELECT %s FROM messages' % ', '.join(w.mails[0]), w.mails)
        compare(c, base, 'deliveries', 'SELECT host, queue_id, recipient, status FROM deliveries', w.deliveries)
        compare(c, base, 'rejects', '''SELECT r.host, m.queue_id, stage, reply_code, CASE WHEN reply_code = 550 THEN r.client_ip END, recipient
                                       FROM rejects r JOIN messages m USING (txn_id)''', w.rejects)
        compare(c, base, 'links', 'SELECT from_queue_id, to_queue_id, kind FROM links WHERE candidates = 1', w.links)
        compare(c, base, 'mails', 'SELECT min(queue_id), max(queue_id) FROM mail_messages GROUP BY mail_id HAVING count(*) = 2', [[min(s), max(s)] for s in w.same])
        year = w.hosts[0].now.year
        compare(c, base, 'years', "SELECT min(year(m.first_time)), year_anchor FROM messages m JOIN files USING (file_id) GROUP BY 2", [[year, 'queue_id']])
        zones = [[h.name, 0] for h in w.hosts if h.timed()]
        compare(c, base, 'zones', '''SELECT host, max(hour(first_time) - %s) FROM messages WHERE origin = 'smtpd' AND length(queue_id) >= 12 GROUP BY 1'''
                % "strpos('0123456789ABCDEFGHIJKLMN', queue_id[4]) + 1", zones)
    print('sendmail_lives: %d runs, %d failures' % (c.n_runs, len(c.failures)))
    return 1 if c.failures else 0


if __name__ == '__main__':
    sys.exit(main())
