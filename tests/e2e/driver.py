"""Sends the mails of cases.py and the sessions of sessions.py through the world of setup.py and writes down what has to come of it.
The truth is made of what was sent, what servers answered to it, and what peers received and answered. No log is read."""
import json
import pwd
import re
import socket
import threading
import time
import traceback

from instance import wait_for
from setup import PORTLESS
from smtp import Session


class Driver:
    def __init__(self, world):
        self.world, self.lives, self.sessions, self.rejects, self.failures = world, [], [], [], []

    # -- what is known

    def told(self, refused, session, stage, code, dsn, text, sender, rcpt, helo, proto):
        """A refusal that the client saw is a row of rejects, unless the case says that it looks otherwise there."""
        port = None if session['service'] in PORTLESS else session['client_port']
        expected = {'action': 'reject', 'stage': stage, 'client_ip': session['client_ip'], 'client_port': port, 'reply_code': code,
                    'dsn': dsn, 'text': text, 'sender': sender, 'recipient': rcpt, 'helo': helo, 'protocol': proto}
        expected.update(refused or {})
        if not expected.pop('unlogged', False):
            session['rejects'] = session.get('rejects', 0) + 1
            self.rejects.append(expected)

    def life(self, name, life, sender, index=0, **known):
        record = {'case': name, 'index': index, 'host': life.host, 'origin': life.origin, 'state': life.state, 'sender': sender, 'to': life.to,
                  'orig': life.orig, 'link': life.link, 'delay_notice': life.delay_notice, 'success_notice': life.success_notice,
                  'message_id': name + '@e2e.test', 'queue_id': None, 't0': time.time(), 'facts': {}, **known}
        record['facts'] = {**record['facts'], **life.facts}
        if isinstance(record['facts'].get('submit_uid'), str):
            record['facts']['submit_uid'] = pwd.getpwnam(record['facts']['submit_uid']).pw_uid
        self.lives.append(record)
        return record

    def session(self, name, port, refused=None, **options):
        s = Session(self.world.ports[port], told=lambda **k: self.told(refused, **k), **options)
        s.facts.update(host='mx', service=port, name=name)
        self.sessions.append(s.facts)
        return s

    # -- one mail

    @staticmethod
    def content(mail):
        ident = 'Message-ID: <%s>\n' % mail.message_id if mail.message_id else ''
        text = '%s%sSubject: %s\nFrom: <a@b.test>\n\n%s\n' % (mail.headers, ident, mail.subject, mail.body)
        return text.replace('\n', '\r\n').encode()

    def send(self, mail):
        if mail.alone:
            self.settle()
        if mail.via in ('sendmail', 'bv'):
            self.pickup(mail)
        elif mail.via == 'qmqp':
            self.qmqp(mail)
        else:
            self.smtp(mail)

    def smtp(self, mail):
        verb, _, helo = mail.helo.rpartition(' ') if mail.helo.startswith('HELO ') else ('', '', mail.helo)
        s = self.session(mail.name, mail.via, mail.refused, ip=mail.client, helo=helo, greet=False)
        s.reply()
        s.ehlo(verb or 'EHLO')
        if mail.tls:
            s.starttls()
        if mail.auth:
            s.auth(*mail.auth)
        if mail.xclient:
            s.command('XCLIENT ' + mail.xclient)
            s.ehlo()
        self.transaction(s, mail)
        s.quit()

    def transaction(self, s, mail):
        """One mail on an open session, to its end or to the refusal of all its recipients."""
        accepted, queue_id = [], None
        if s.mail(mail.sender, mail.options)[0] == 250:
            accepted = [r for r in mail.to if s.rcpt(r, mail.rcpt_options)[0] == 250]
            if accepted:
                before = len(s.facts['queue_ids'])
                s.data(self.content(mail), mail.bdat)
                queue_id = (s.facts['queue_ids'][before:] or [None])[0]
        facts = {k: s.facts[k] for k in ('client_ip', 'client_port', 'tls_version', 'tls_cipher', 'sasl_username')}
        facts.update(client_name='unknown', sasl_method='PLAIN' if facts['sasl_username'] else None)
        if mail.via in PORTLESS:
            facts['client_port'] = None
        for policy in mail.policy:
            self.rejects.append({'reply_code': None, 'dsn': None, 'client_ip': s.ip, 'client_port': s.facts['client_port'], 'sender': mail.sender,
                                 'recipient': None, 'helo': s.helo, 'protocol': s.proto, **policy, 'text': policy['text'].format(**self.world.ports)})
        self.begin(mail, facts, queue_id)

    def begin(self, mail, facts, queue_id, **known):
        """The records of all lives that a mail will have; only the first is seen by the sender."""
        for i, life in enumerate(mail.lives):
            self.life(mail.name, life, mail.sender, i, queue_id=queue_id if i == 0 else None, facts=facts if i == 0 else {}, subject=mail.subject,
                      **{'odd_size': mail.via == 'miltered', 'message_id': mail.message_id, **known})

    def pickup(self, mail):
        verify = ['-bv'] if mail.via == 'bv' else []
        run = {'user': mail.user, 'group': 'postdrop', 'extra_groups': []} if mail.user else {}
        self.world.mx.run('sendmail', *verify, '-i', '-f', mail.sender, '--', *mail.to, stdin=self.content(mail).replace(b'\r', b''), **run)
        known = {'message_id': None, 'probe': True} if verify else {}
        self.begin(mail, {'submit_uid': mail.user, 'client_ip': None, 'session_id': None}, None, **known)

    def qmqp(self, mail):
        def netstring(data):
            return b'%d:%s,' % (len(data), data)
        parts = [self.content(mail).replace(b'\r', b''), mail.sender.encode()] + [r.encode() for r in mail.to]
        with socket.create_connection(('127.0.0.1', self.world.ports['qmqp']), 20, (mail.client, 0)) as s:
            s.sendall(netstring(b''.join(map(netstring, parts))))
            answer = s.makefile('rb').read().decode()
        self.begin(mail, {'client_ip': mail.client, 'client_name': 'unknown'}, re.search(r'queued as (\w+)', answer).group(1))

    # -- the whole run

    def settle(self):
        for instance in self.world.instances:                # mx hands on to out, never the other way
            wait_for('an idle queue of ' + instance.name, instance.settled, 60)

    def entry(self, mail):
        """The queue file that the postmaster has to do with: (instance, queue id)."""
        for instance in reversed(self.world.instances):
            for e in instance.entries():
                if e['sender'] == mail.sender:
                    return instance, e['queue_id'], e['queue_name']
        raise RuntimeError('%s is in no queue' % mail.name)

    def attempts(self, mail):
        return sum(('.%s@' % mail.name) in a['rcpt'] and a['code'] != 250 for a in self.world.journal), \
            sum(('.%s@' % mail.name) in a['rcpt'] for a in self.world.journal)

    def act(self, mail, what):
        instance, queue_id, queue = self.entry(mail)
        before = self.attempts(mail)
        if what == 'again':
            instance.run('postqueue', '-i', queue_id)
        elif what == 'expire':
            instance.set(maximal_queue_lifetime='0', bounce_queue_lifetime='0')
            wait_for('qmgr after reload', lambda: instance.processes())
            instance.run('postqueue', '-i', queue_id)
        else:
            instance.run('postsuper', {'hold': '-h', 'release': '-H', 'requeue': '-r', 'delete': '-d'}[what], queue_id)
            if what == 'requeue':
                instance.run('postkick', 'public', 'pickup', 'W')
            elif what == 'release':
                instance.run('postqueue', '-i', queue_id)
        if what in ('again', 'release', 'requeue', 'expire'):
            wait_for('%s of %s' % (what, mail.name), lambda: self.attempts(mail)[1] > before[1])

    def guard(self, script):
        try:
            script(self)
        except Exception:  # pylint: disable=broad-except
            self.failures.append('%s: %s' % (script.__name__, traceback.format_exc()))

    def run(self, cases, sessions):
        self.world.start()
        scripts = [threading.Thread(target=self.guard, args=(script,)) for script in sessions]
        for t in scripts:
            t.start()
        mails = [mail.expand() for mail in cases]
        for mail in mails:
            self.send(mail)
        for t in scripts:
            t.join(60)
        self.settle()
        for step in range(2):
            for mail in mails:
                if len(mail.do) > step:
                    self.act(mail, mail.do[step])
            self.settle()
        if self.failures:
            raise RuntimeError('\n'.join(self.failures))

    def truth(self):
        """All that is known, one record after the other."""
        for kind, records in (('life', self.lives), ('session', self.sessions), ('reject', self.rejects)):
            for record in records:
                yield {'kind': kind, **record}
        for attempt in self.world.journal:
            content = (attempt.pop('content') or b'').decode('utf-8', 'surrogateescape')
            head = content.partition('\n\n')[0]

            def find(pattern, text=head):
                m = re.search(pattern, text, re.I | re.M)
                return m and m.group(1)
            yield {'kind': 'attempt', **attempt, 'size': queue_size(content), 'message_id': find(r'^Message-ID: <(.*)>'),
                   'received': find(r'\A(?:.*\n)*?Received: [^;]*?\bid (\w+)'), 'subject': find(r'^Subject: (.*)'),
                   'notice_of': find(r'^X-\S*Queue-ID: (\w+)', content), 'notice_host': find(r'^Reporting-MTA: dns; (\w+)', content)}
        for name, f in self.world.filters.items():
            for mail in f.handed:
                yield {'kind': 'handed', 'filter': name, **mail}
            for facts in f.sessions:
                yield {'kind': 'session', 'host': 'mx', 'service': 'reinject', 'name': name, **facts}


def queue_size(content):
    """The size of a mail as qmgr tells it: that of the records of the queue file, one a line, which have two bytes in front of
    the line, three where it is longer than 127 bytes."""
    lines = content.encode('utf-8', 'surrogateescape').split(b'\n')[:-1]
    return sum(len(line) + 2 + (len(line) > 127) for line in lines)


def write(path, records):
    with open(path, 'w', encoding='utf-8', errors='surrogateescape') as f:
        for record in records:
            f.write(json.dumps(record, ensure_ascii=False) + '\n')
