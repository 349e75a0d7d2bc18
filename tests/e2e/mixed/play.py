"""Sends the mail of mixed_cases.py through the farm, and writes down what clients were told, what peers answered, what boxes got."""
import itertools
import json
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

from mixed_cases import CASES, ROUTES, TROUBLED                                     # noqa: E402
from hosts import ADDRESS, Exim, Sendmail, Syslog                   # noqa: E402
from instance import Instance, wait_for                             # noqa: E402
from peers import Sink                                              # noqa: E402
from smtp import Closed, Session                                    # noqa: E402

# What Exim, Postfix and Sendmail say when they take a mail.
TAKEN = re.compile(r'OK id=(\S+)|queued as (\S+)|(?:2\.0\.0 )?(\S+) Message accepted for delivery')
CLIENTS = itertools.count(101)         # every session comes from an address of its own


class Play:
    def __init__(self, folder, root):
        self.folder, self.journal, self.truth = folder, [], []
        self.syslog = Syslog(folder)
        self.sink = Sink(self.journal, at=(ADDRESS['peer'], 25))
        self.ex = Exim(os.path.join(folder, 'ex'), root, ROUTES['ex'])
        self.sm = Sendmail(os.path.join(folder, 'sm'), root, ROUTES['sm'])
        self.mx = Instance('mx', os.path.join(folder, 'mx'), {
            'myhostname': 'mx.mix.test', 'mydestination': '', 'mynetworks': '127.0.0.0/28', 'relay_domains': ' '.join(ROUTES['mx']),
            'local_recipient_maps': '', 'relay_recipient_maps': '', 'inet_interfaces': ADDRESS['mx'], 'smtp_bind_address': ADDRESS['mx'],
            'transport_maps': 'inline:{ %s }' % ', '.join('{ %s = smtp:[%s] }' % (d, ADDRESS[h]) for d, h in ROUTES['mx'].items()),
            'default_destination_concurrency_failed_cohort_limit': '0', 'smtpd_tls_security_level': 'none',
        }, [('%s:25' % ADDRESS['mx'], 'inet', '-', 'smtpd')])
        self.hosts = [self.ex, self.mx, self.sm]

    def run(self):
        for host in self.hosts:
            host.start()
        for case in CASES:
            self.send(case)
        self.settle()
        for _ in range(2):             # what was deferred is tried again; its notices go two hops
            for host in (self.ex, self.sm):
                host.run_queue()
            self.mx.run('postqueue', '-f')
            self.settle()
        for case in TROUBLED:
            self.send(case)
        self.settle()

    def settle(self):
        def quiet():
            return self.ex.settled() and self.sm.settled() and self.mx.settled()
        def still():
            if not quiet():
                return False
            time.sleep(0.3)            # a hand-over from one host to the next is nobody's for a moment
            return quiet()
        wait_for('the queues', still, 90)

    def content(self, case):
        text = 'From: <%s>\r\nSubject: %s\r\nX-Case: %s\r\n' % (case['sender'] or 'MAILER-DAEMON', case['subject'], case['name'])
        message_id = 'id.%s@senders.test' % case['name']
        return (text + 'Message-ID: <%s>\r\n\r\n%s\r\n' % (message_id, case['body'])).encode(), message_id

    def send(self, case):
        content, message_id = self.content(case)
        record = {**case, 'kind': 'sent', 'message_id': message_id, 'accepted': [], 'refused': [], 'queue_id': None, 'client_ip': None}
        record.pop('body')
        if case['local']:
            {'ex': self.ex, 'sm': self.sm}[case['host']].submit(case['sender'], content.replace(b'\r\n', b'\n'), *case['rcpts'])
            record['accepted'] = case['rcpts']
        else:
            self.converse(case, content, record)
        self.truth.append(record)

    def converse(self, case, content, record):
        # Who may relay comes from 127.0.0.1 to .15; the port tells the sessions apart.
        s = Session(25, ip=case['ip'] or '127.0.0.%d' % (1 + next(CLIENTS) % 9), to=ADDRESS[case['host']])
        record.update(client_ip=s.ip, client_port=s.facts['client_port'])

        def refused(stage, rcpt, reply):
            record['refused'].append({'stage': stage, 'rcpt': rcpt, 'code': reply[0], 'text': reply[1]})
        try:
            if s.greeting[0] >= 400:
                refused('CONNECT', None, s.greeting)
                return
            reply = s.mail(case['sender'])
            if reply[0] >= 400:
                refused('MAIL', None, reply)
                return
            for rcpt in case['rcpts']:
                reply = s.rcpt(rcpt)
                if reply[0] < 400:
                    record['accepted'].append(rcpt)
                else:
                    refused('RCPT', rcpt, reply)
            if case['drop']:
                s.command('DATA')
                s.lines.send(content[:40])
                s.drop()
                return
            if record['accepted']:
                code, text = s.data(content)
                taken = TAKEN.search(text)
                if code == 250:
                    record['queue_id'] = next(g for g in taken.groups() if g) if taken else None
                else:
                    refused('END', None, (code, text))
        except Closed as e:
            refused('CLOSED', None, (0, str(e)))
        finally:
            if not case['drop']:
                s.quit()

    def close(self):
        for host in self.hosts:
            host.stop()
        self.sink.close()
        self.syslog.close()

    def records(self):
        yield from self.truth
        for a in self.journal:
            yield {'kind': 'attempt', **a, 'content': None, 'case': self.case(a.get('content')), 'message_id': header(a.get('content'), b'Message-I')}
        for host in (self.ex, self.sm):
            for rcpt, content in host.box():
                yield {'kind': 'box', 'host': host.name, 'rcpt': rcpt, 'case': self.case(content)}

    @staticmethod
    def case(content):
        """The case of a mail, or of the mail that a notice is about: its headers stand in it."""
        m = re.search(rb'(?m)^X-Case: (\S+)', content or b'')
        return m.group(1).decode() if m else None


def header(content, name):
    m = re.search(rb'(?mi)^' + name + rb'd: *<([^>]*)>', (content or b'').split(b'\n\n')[0])
    return m.group(1).decode() if m else None


def main():
    folder, root = sys.argv[1:]
    play = Play(folder, root)
    try:
        play.run()
    finally:
        play.close()
        if os.path.exists(play.mx.log):
            os.rename(play.mx.log, os.path.join(folder, 'mx.log'))
    with open(os.path.join(folder, 'truth.ndjson'), 'w', encoding='utf-8') as f:
        for record in play.records():
            f.write(json.dumps(record) + '\n')


if __name__ == '__main__':
    main()
