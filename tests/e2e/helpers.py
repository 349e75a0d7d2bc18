"""The helpers that Postfix asks: a milter, and a SASL server that speaks Dovecot's protocol. Both decide by a word in the mail."""
import base64
import os
import socket
import struct
import threading

from peers import Server
from smtp import Closed

USERS = {'bob@e2e.test': 'secret', "o'neil=<x>, sasl_method=LOGIN": 'secret'}


class Milter(Server):
    """Sendmail's milter protocol, version 6. A recipient's first word decides: mreject (RCPT), mtemp (RCPT), and at the end of the
    mail mquarantine, mdiscard, meom (rejects with a text of its own)."""
    CONTINUE, ACCEPT = b'c', b'a'

    def serve(self, lines, number):
        words = set()
        while True:
            size, = struct.unpack('>I', lines.exactly(4))
            if not 0 < size < 1 << 20:
                raise Closed('no milter speaks so')
            packet = lines.exactly(size)
            command, data = packet[:1], packet[1:]
            if command == b'O':
                self.say(lines, b'O' + struct.pack('>III', 6, 0x20, 0))     # may quarantine; wants every step
            elif command in b'DA':
                words = words if command == b'D' else set()
            elif command == b'Q':
                return
            elif command == b'M':
                words = set()
                self.say(lines, self.CONTINUE)
            elif command == b'R':
                word = data.split(b'\0')[0].lstrip(b'<').split(b'.')[0].decode(errors='replace')
                words.add(word)
                self.say(lines, {'mreject': b'r', 'mtemp': b't'}.get(word, self.CONTINUE))
            elif command == b'E':
                self.end(lines, words)
            else:
                self.say(lines, self.CONTINUE)

    def end(self, lines, words):
        if 'mquarantine' in words:
            self.say(lines, b'qlooks odd\0')
        if 'mdiscard' in words:
            self.say(lines, b'd')
        elif 'meom' in words:
            self.say(lines, b'y550 5.7.1 milter: no, thanks\0')
        else:
            self.say(lines, self.ACCEPT)

    @staticmethod
    def say(lines, packet):
        lines.send(struct.pack('>I', len(packet)) + packet)


class Sasl:
    """Dovecot's authentication protocol 1.1 on a Unix socket, PLAIN only, users in USERS."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.bind(path)
        os.chmod(path, 0o666)
        self.sock.listen(16)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        sock.settimeout(120)
        with sock, sock.makefile('rw', encoding='utf-8') as f:
            f.write('VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t0123456789abcdef0123456789abcdef\nDONE\n')
            f.flush()
            try:
                for line in f:
                    word = line.rstrip('\n').split('\t')
                    if word[0] == 'AUTH':
                        f.write(self.judge(word))
                        f.flush()
            except (OSError, ValueError):
                pass

    @staticmethod
    def judge(word):
        resp = next((w[5:] for w in word if w.startswith('resp=')), '')
        _, user, password = (base64.b64decode(resp).decode().split('\0') + ['', ''])[:3]
        if USERS.get(user) == password:
            return 'OK\t%s\tuser=%s\n' % (word[1], user)
        return 'FAIL\t%s\tuser=%s\treason=password mismatch\n' % (word[1], user)

    def close(self):
        self.sock.close()
