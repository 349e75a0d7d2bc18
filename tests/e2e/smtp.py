"""SMTP as the tests speak it: a client that remembers what it did and what it was told, and the line reader of both sides."""
import base64
import errno
import itertools
import socket
import ssl

TIMEOUT = 20.0
SOURCES = itertools.count(29100)      # every session has a port of its own, by which logs tell it; outside the range that the system uses


class Closed(Exception):
    """The other side has gone."""


class Lines:
    """A socket as lines; latin-1 keeps bytes as they are."""

    def __init__(self, sock):
        self.sock, self.file = sock, sock.makefile('rb')

    def secure(self, context, server_side):
        # Neither side may have read ahead; STARTTLS is never pipelined here.
        self.sock = context.wrap_socket(self.sock, server_side=server_side)
        self.file = self.sock.makefile('rb')

    def read(self):
        try:
            line = self.file.readline(1 << 20)
        except (OSError, ValueError) as e:
            raise Closed(str(e)) from e
        if not line:
            raise Closed('end of file')
        return line.decode('utf-8', 'surrogateescape').rstrip('\r\n')

    def exactly(self, n):
        data = self.file.read(n)
        if len(data) != n:
            raise Closed('end of file')
        return data

    def send(self, data):
        try:
            self.sock.sendall(data if isinstance(data, bytes) else data.encode('utf-8', 'surrogateescape'))
        except OSError as e:
            raise Closed(str(e)) from e

    def write(self, line):
        self.send(line + '\r\n')

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.file.close()
        self.sock.close()


def listen(ip='127.0.0.1', port=0):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((ip, port))
    s.listen(64)
    return s


def lf(data):
    """The same text with Unix line ends, which is how Postfix stores and counts it."""
    return data.replace(b'\r\n', b'\n')


def connect(port, ip, to):
    while True:
        try:
            return socket.create_connection((to, port), TIMEOUT, (ip, next(SOURCES)))
        except OSError as e:
            if e.errno != errno.EADDRINUSE:
                raise


class Session:
    """One connection to an SMTP server. `facts` says what happened on it; `told` is called for every refusal."""

    def __init__(self, port, ip='127.0.0.2', helo='client.example', greet=True, early=None, told=None, to='127.0.0.1'):
        self.ip, self.helo, self.told = ip, helo, told or (lambda **_: None)
        self.sock = connect(port, ip, to)
        self.facts = {'client_ip': ip, 'client_port': self.sock.getsockname()[1], 'tls_version': None, 'tls_cipher': None, 'sasl_username': None,
                      'mail': [0, 0], 'rcpt': [0, 0], 'auth': [0, 0], 'logins': [], 'end': 'open', 'queue_ids': [], 'transactions': 0}
        self.lines, self.sender, self.extensions, self.fresh = Lines(self.sock), None, [], True
        if early:
            self.lines.write(early)
        if greet:
            self.greeting = self.reply()
            if early is None and self.greeting[0] == 220:
                self.ehlo()

    def reply(self):
        """(code, text): text of several lines is joined by a newline."""
        text = []
        while True:
            line = self.lines.read()
            text.append(line[4:])
            if line[3:4] != '-':
                return int(line[:3]), '\n'.join(text)

    def command(self, line):
        self.lines.write(line)
        return self.reply()

    def ehlo(self, verb='EHLO'):
        code, text = self.command('%s %s' % (verb, self.helo))
        self.proto = 'ESMTP' if verb == 'EHLO' else 'SMTP'
        self.extensions = text.split('\n')[1:]
        return code

    def starttls(self):
        code, text = self.command('STARTTLS')
        if code != 220:
            raise RuntimeError('STARTTLS: %d %s' % (code, text))
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.lines.secure(context, False)
        self.facts['tls_cipher'], self.facts['tls_version'] = self.lines.sock.cipher()[0], self.lines.sock.version()
        self.ehlo()

    def auth(self, user, password):
        token = base64.b64encode(('\0%s\0%s' % (user, password)).encode()).decode()
        code, text = self.command('AUTH PLAIN ' + token)
        self.facts['auth'][1] += 1
        self.facts['logins'].append([user, code == 235])
        if code == 235:
            self.facts['auth'][0] += 1
            self.facts['sasl_username'] = user
        return code, text

    def judge(self, stage, reply, rcpt=None):
        code, text = reply
        if code >= 400:
            dsn, _, rest = text.partition(' ')
            self.told(session=self.facts, stage=stage, code=code, dsn=dsn, text='%d %s' % (code, text), sender=self.sender, rcpt=rcpt,
                      helo=self.helo, proto=self.proto)
        return reply

    def mail(self, sender, options=''):
        self.sender = sender
        self.facts['mail'][1] += 1
        reply = self.judge('MAIL', self.command('MAIL FROM:<%s>%s' % (sender, options)))
        self.facts['mail'][0] += reply[0] == 250
        self.fresh = True
        return reply

    def rcpt(self, rcpt, options=''):
        self.facts['rcpt'][1] += 1
        reply = self.judge('RCPT', self.command('RCPT TO:<%s>%s' % (rcpt, options)), rcpt)
        if reply[0] == 250:
            self.facts['rcpt'][0] += 1
            self.facts['transactions'] += self.fresh
            self.fresh = False
        return reply

    def data(self, content, bdat=False):
        """Sends the content (bytes, CRLF); the reply to its end."""
        if bdat:
            half = len(content) // 2
            self.lines.send(b'BDAT %d\r\n' % half + content[:half])
            self.reply()
            self.lines.send(b'BDAT %d LAST\r\n' % (len(content) - half) + content[half:])
        else:
            reply = self.judge('DATA', self.command('DATA'))
            if reply[0] != 354:
                return reply
            self.lines.send(content.replace(b'\r\n.', b'\r\n..') + b'.\r\n')
        reply = self.judge('END-OF-MESSAGE', self.reply())
        if reply[0] == 250 and 'queued as ' in reply[1]:
            self.facts['queue_ids'].append(reply[1].rsplit('queued as ', 1)[1].split()[0])
        return reply

    def quit(self):
        try:
            self.command('QUIT')
            self.facts['end'] = 'quit'
        except Closed:
            pass
        self.lines.close()

    def drop(self):
        self.facts['end'] = 'lost'
        self.lines.close()

    def wait_closed(self, end):
        """Reads until the server hangs up."""
        self.facts['end'] = end
        last = None
        try:
            while True:
                last = self.reply()
        except (Closed, ValueError):
            pass
        self.lines.close()
        return last
