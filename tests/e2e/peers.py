"""The other side of a delivery: small servers on loopback that answer by recipient and remember what they answered.

The first word of a recipient's local part says what it gets (BEHAVIOUR); `ok` and unknown words are accepted. Each attempt for
a recipient becomes one entry of the journal: what was said, on which port, by which connection. Servers end with close()."""
import itertools
import re
import threading

from smtp import Closed, Lines, Session, lf, listen

# word: stage, reply, how often (None: always), what docs/REASONS.md calls it. A reply of None: no answer, the connection ends;
# 'wait': no answer at all.
BEHAVIOUR = {
    'r550': ('RCPT', '550 5.1.1 {rcpt}: no such user here', None, 'unknown_user'),
    'r450': ('RCPT', '450 4.2.0 {rcpt}: come back later', None, 'temporary'),
    'r450once': ('RCPT', '450 4.2.0 {rcpt}: come back later', 1, 'temporary'),
    'r452full': ('RCPT', '452 4.2.2 Mailbox full', None, 'mailbox_full'),
    'r421': ('RCPT', '421 4.3.2 Service shutting down', None, 'temporary'),
    'rdrop': ('RCPT', None, None, 'lost_connection'),
    'rslow': ('RCPT', 'wait', None, 'conversation_timeout'),
    'd554': ('DATA', '554 5.7.1 not from you', None, 'policy'),
    'ddrop': ('BODY', None, None, 'lost_connection'),
    'e554': ('END', '554-5.6.0 content rejected,\r\n554 5.6.0 see "<http://x.example/?a=b>, c=[d]"', None, 'content'),
    'e451once': ('END', '451 4.7.1 Greylisted, try again in 5 minutes', 1, 'greylisted'),
    'e552': ('END', '552 5.2.2 Mailbox (quota) exceeded)', None, 'mailbox_full'),
    'edrop': ('END', None, None, 'lost_connection'),
    'forge': ('END', '550 5.7.1 no, status=sent (250 2.0.0 Ok: queued as FACADE00)', None, 'policy'),
}
PATH = r'<((?:"(?:[^"\\]|\\.)*"|[^">])*)>'              # an address may have > in quotes
MEMORY = 400000                        # the largest mail a peer takes


class Server:
    def __init__(self, at=('127.0.0.1', 0)):
        self.listener = listen(*at)
        self.port = self.listener.getsockname()[1]
        self.open, self.lock, self.closed = set(), threading.Lock(), False
        self.connections = itertools.count(1)
        self.accepting = threading.Thread(target=self.accept, daemon=True)
        self.accepting.start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.settimeout(20)
            lines = Lines(sock)
            with self.lock:
                self.open.add(lines)
            threading.Thread(target=self.connection, args=(lines, next(self.connections)), daemon=True).start()

    def connection(self, lines, number):
        try:
            self.serve(lines, number)
        except (Closed, OSError, ValueError):
            pass
        finally:
            with self.lock:
                self.open.discard(lines)
            lines.close()

    def close(self):
        self.closed = True
        self.listener.close()
        with self.lock:
            for lines in self.open:
                try:
                    lines.sock.shutdown(2)
                except OSError:
                    pass


class Sink(Server):
    """An SMTP or LMTP server. greeting: what it says first; tls: a context for STARTTLS or None."""
    ids = itertools.count(0xABC001)
    seen = {}                          # (behaviour, recipient): attempts so far, over all sinks

    def __init__(self, journal, tls=None, lmtp=False, greeting='220 peer.test ESMTP', utf8=True, wording='Ok: queued as {id}',
                 at=('127.0.0.1', 0)):
        self.journal, self.tls, self.lmtp, self.greeting, self.utf8, self.wording = journal, tls, lmtp, greeting, utf8, wording
        super().__init__(at)

    def answer(self, stage, rcpt):
        """What this recipient gets at this stage; False: nothing special."""
        word = rcpt.split('.')[0].strip('"').lower()
        at, reply, times, _ = BEHAVIOUR.get(word, (None,) * 4)
        if at != stage:
            return False
        with self.lock:
            count = Sink.seen[stage, rcpt] = Sink.seen.get((stage, rcpt), 0) + 1
        if times is not None and count > times:
            return False
        return reply if reply is None else reply.format(rcpt=rcpt)

    @staticmethod
    def reason(rcpts, stage):
        """Of the recipient whose word made the answer: it may have been for all of them."""
        words = [BEHAVIOUR.get(r.split('.')[0].lower(), (None,) * 4) for r in rcpts]
        return next(reason for at, _, _, reason in words if at == stage)

    def note(self, t, rcpt, stage, reply, queue_id=None):
        self.journal.append({'rcpt': rcpt, 'sender': t['sender'], 'stage': stage, 'reply': reply and reply.replace('\r\n', ' '),
                             'code': int(reply[:3]) if reply else None,
                             'reason': None if queue_id else self.reason([rcpt] + t['rcpts'], stage),
                             'port': self.port, 'connection': t['connection'], 'use': t['use'], 'tls': t['tls'], 'queue_id': queue_id,
                             'content': t.get('content'), 'lmtp': self.lmtp})

    def serve(self, lines, number):
        lines.write(self.greeting)
        if not self.greeting.startswith('220'):
            lines.read()
            return
        t = {'connection': number, 'use': 0, 'tls': None, 'sender': None, 'rcpts': []}
        while True:
            line = lines.read()
            verb = line.split(' ')[0].upper()
            argument = re.search(PATH, line)
            if verb in ('EHLO', 'LHLO', 'HELO'):
                words = ['peer.test', 'PIPELINING', '8BITMIME', 'ENHANCEDSTATUSCODES', 'DSN', 'SIZE %d' % MEMORY]
                words += ['SMTPUTF8'] * self.utf8 + ['STARTTLS'] * (self.tls is not None and not t['tls'])
                lines.send(''.join('250%s%s\r\n' % ('-' if w is not words[-1] else ' ', w) for w in words))
            elif verb == 'STARTTLS' and self.tls:
                lines.write('220 2.0.0 go ahead')
                lines.secure(self.tls, True)
                t['tls'] = [lines.sock.version(), lines.sock.cipher()[0]]
            elif verb == 'MAIL':
                t.update(sender=argument.group(1), rcpts=[], use=t['use'] + 1, content=None)
                lines.write('250 2.1.0 Ok')
            elif verb == 'RCPT':
                if not self.recipient(lines, t, argument.group(1)):
                    return
            elif verb == 'DATA':
                if not self.content(lines, t):
                    return
            elif verb == 'QUIT':
                lines.write('221 2.0.0 Bye')
                return
            elif verb in ('RSET', 'NOOP', 'VRFY'):
                lines.write('250 2.0.0 Ok')
            else:
                lines.write('502 5.5.2 Error: command not recognized')

    def recipient(self, lines, t, rcpt):
        reply = self.answer('RCPT', rcpt)
        if reply == 'wait':
            self.note(t, rcpt, 'RCPT', None)
            while True:
                lines.read()           # until the client has had enough; serve() ends by Closed
        if reply is False:
            t['rcpts'].append(rcpt)
            lines.write('250 2.1.5 Ok')
            return True
        self.note(t, rcpt, 'RCPT', reply)
        if reply is None:
            return False
        lines.write(reply)
        return not reply.startswith('421')

    def first(self, stage, rcpts):
        return next((r for r in (self.answer(stage, rcpt) for rcpt in rcpts) if r is not False), False)

    def content(self, lines, t):
        if not t['rcpts']:
            lines.write('554 5.5.1 Error: no valid recipients')
            return True
        reply = self.first('DATA', t['rcpts'])
        if reply is not False:
            for rcpt in t['rcpts']:
                self.note(t, rcpt, 'DATA', reply)
            lines.write(reply)
            return True
        lines.write('354 go on')
        if self.first('BODY', t['rcpts']) is None:
            lines.read()
            for rcpt in t['rcpts']:
                self.note(t, rcpt, 'BODY', None)
            return False
        t['content'] = self.take(lines)
        answers = [self.finish(t, [rcpt]) for rcpt in t['rcpts']] if self.lmtp else [self.finish(t, t['rcpts'])]
        for reply in answers:
            if reply is None:
                return False
            lines.write(reply)
        t['rcpts'] = []
        return True

    @staticmethod
    def take(lines):
        parts, size = [], 0
        while True:
            line = lines.file.readline(1 << 16)
            if not line:
                raise Closed('in the middle of a mail')
            if line == b'.\r\n':
                return lf(b''.join(parts))
            size += len(line)
            if size < MEMORY:
                parts.append(line[1:] if line.startswith(b'.') else line)

    def finish(self, t, rcpts):
        """The answer to the end of the mail for these recipients, noted for each."""
        reply, queue_id = self.first('END', rcpts), None
        if reply is False:
            queue_id = '%X' % next(self.ids)
            reply = '250 2.0.0 ' + self.wording.format(id=queue_id, rcpt=rcpts[0])
        for rcpt in rcpts:
            self.note(t, rcpt, 'END', reply, queue_id)
        return reply


class Filter(Server):
    """A content filter: hands each mail on to `target` (a port) with the original client's data, and answers in the words of its
    kind. Recipients' word `frej` is refused by the filter itself. handed: what it took and what became of it."""

    def __init__(self, target, wording='{reply}'):
        self.target, self.wording, self.handed, self.sessions = target, wording, [], []
        super().__init__()

    def serve(self, lines, number):
        lines.write('220 filter.test ESMTP')
        mail, forward = {'rcpts': []}, {}
        while True:
            line = lines.read()
            verb = line.split(' ')[0].upper()
            if verb == 'EHLO':
                lines.send('250-filter.test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 XFORWARD NAME ADDR PORT PROTO HELO SOURCE IDENT\r\n')
            elif verb == 'XFORWARD':
                forward.update(word.split('=', 1) for word in line.split()[1:])
                lines.write('250 2.0.0 Ok')
            elif verb == 'MAIL':
                mail = {'sender': re.search(PATH, line).group(1), 'options': ''.join(re.findall(' SMTPUTF8', line)), 'rcpts': [],
                        'forward': dict(forward)}
                forward = {}
                lines.write('250 2.1.0 Ok')
            elif verb == 'RCPT':
                mail['rcpts'].append(re.search(PATH, line).group(1))
                lines.write('250 2.1.5 Ok')
            elif verb == 'DATA':
                lines.write('354 go on')
                lines.write(self.hand_on(mail, Sink.take(lines)))
            elif verb == 'QUIT':
                lines.write('221 2.0.0 Bye')
                return
            else:
                lines.write('250 2.0.0 Ok')

    def hand_on(self, mail, content):
        if any(r.startswith('frej') for r in mail['rcpts']):
            mail['reply'] = '554 5.7.0 Reject, id=1-2 - spam'
            self.handed.append(mail)
            return mail['reply']
        s = Session(self.target, ip='127.0.0.1', helo='filter.test')
        self.sessions.append(s.facts)
        given = ' '.join('%s=%s' % item for item in mail['forward'].items())
        if given:
            s.command('XFORWARD ' + given)
        s.mail(mail['sender'], mail['options'])
        for rcpt in mail['rcpts']:
            s.rcpt(rcpt)
        code, text = s.data(content.replace(b'\n', b'\r\n'))
        s.quit()
        mail['queue_id'] = s.facts['queue_ids'][-1]
        mail['reply'] = self.wording.format(reply='%d %s' % (code, text))
        self.handed.append(mail)
        return mail['reply']
