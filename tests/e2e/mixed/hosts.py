"""The hosts of the mixed farm: Exim and Sendmail as Debian packages them, unpacked and not installed (they conflict with each
other and with Postfix), and what reads /dev/log. A Postfix between them is ../instance.py's. Each host has an address of its own
on the loopback (enter.sh) and logs under its own name."""
import os
import re
import shutil
import signal
import socket
import subprocess
import threading

from instance import PATIENCE, wait_for

ADDRESS = {'ex': '127.0.0.11', 'mx': '127.0.0.12', 'sm': '127.0.0.13', 'peer': '127.0.0.20'}
HERE = os.path.dirname(os.path.abspath(__file__))

# A mailbox: the last argument names its user; carl's is refused for good.
DELIVER = r"""#!/bin/sh
PATH=/usr/bin:/bin
for user; do :; done
case "$user" in carl*) cat >/dev/null; echo "no mail for $user" >&2; exit 67;; esac
cat > "$(mktemp "{boxes}/$user.XXXXXXXX")"
"""


class Syslog:
    """Reads /dev/log, and writes each line into the log of its host, as a syslog daemon on that host would."""

    def __init__(self, folder):
        self.paths = {host: os.path.join(folder, host + '.log') for host in ('ex', 'sm')}
        self.files = {host: open(path, 'wb') for host, path in self.paths.items()}
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind('/dev/log')
        os.chmod('/dev/log', 0o666)
        self.socket.settimeout(0.2)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while True:
            try:
                line = self.socket.recv(1 << 16)
            except TimeoutError:
                if self.ended.is_set():
                    return
                continue
            m = re.match(rb'<\d+>(\w{3} [ \d]\d \d\d:\d\d:\d\d) (\S+?)((?:\[\d+\])?: .*)', line, re.S)
            host = 'ex' if m.group(2).startswith(b'exim') else 'sm'
            # A line end inside a record: rsyslog's way.
            self.files[host].write(b'%s %s %s%s\n' % (m.group(1), host.encode(), m.group(2), m.group(3).rstrip(b'\n\0').replace(b'\n', b'#012')))

    def close(self):
        """Everything that was sent has been read."""
        self.ended.set()
        self.thread.join()
        self.socket.close()
        for f in self.files.values():
            f.close()


class Host:
    """What Exim and Sendmail have in common. `root`: where the packages are unpacked."""

    def __init__(self, name, folder, root):
        self.name, self.folder, self.root, self.daemon = name, folder, root, None
        self.boxes = os.path.join(folder, 'boxes')
        self.queue = os.path.join(folder, 'queue')
        for path, mode in ((folder, 0o755), (self.boxes, 0o1777), (self.queue, 0o700)):
            os.makedirs(path)
            os.chmod(path, mode)
        self.deliver = self.write('deliver', DELIVER.format(boxes=self.boxes), 0o755)

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def run(self, *command, stdin=None, check=True):
        r = subprocess.run(command, input=stdin, capture_output=True, timeout=PATIENCE, check=False, env={**os.environ, 'TZ': 'UTC', 'LANG': 'C'})
        if check and r.returncode != 0:
            raise RuntimeError('%s: exit %d: %s' % (' '.join(command), r.returncode, (r.stdout + r.stderr).decode(errors='replace')))
        return r.stdout

    def spawn(self, *command):
        self.daemon = subprocess.Popen(command, env={**os.environ, 'TZ': 'UTC', 'LANG': 'C'}, stdin=subprocess.DEVNULL, start_new_session=True)
        wait_for('%s to listen' % self.name, self.listens)

    def listens(self):
        if self.daemon.poll() is not None:
            raise RuntimeError('%s has ended: exit %d' % (self.name, self.daemon.returncode))
        with socket.socket() as s:
            s.settimeout(1)
            try:
                s.connect((ADDRESS[self.name], 25))
                return s.recv(100).startswith(b'2')
            except OSError:
                return False

    def stop(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGTERM)
            try:
                self.daemon.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.daemon.pid, signal.SIGKILL)

    def busy(self, program):
        """Processes of this program besides the daemon."""
        found = []
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                if os.readlink('/proc/%s/exe' % pid) == program and int(pid) != self.daemon.pid:
                    found.append(pid)
            except OSError:
                pass                   # it has ended, or is none of ours
        return found

    def box(self):
        """(recipient, content) of every mail that was delivered here."""
        for name in sorted(os.listdir(self.boxes)):
            with open(os.path.join(self.boxes, name), 'rb') as f:
                yield name.rsplit('.', 1)[0], f.read()


class Exim(Host):
    def __init__(self, folder, root, routes):
        super().__init__('ex', folder, root)
        # Exim's owner must be able to go into its spool; its binary is set-user-ID root in the package.
        shutil.chown(self.queue, 'Debian-exim', 'Debian-exim')
        self.program = os.path.realpath(os.path.join(root, 'usr/sbin/exim4'))
        self.write('aliases', 'list: anna, bert, ok.exlist@peer.test\nnobody: :blackhole:\nclosed: :fail: this box is closed\n')
        with open(os.path.join(HERE, 'exim.conf'), encoding='utf-8') as f:
            text = f.read()
        values = {'FOLDER': self.folder, 'PROGRAM': self.program, 'ADDRESS': ADDRESS['ex'], 'ROUTES': ' ; '.join('%s %s byname' % (d, ADDRESS[h]) for d, h in routes.items())}
        # Only where its package has the file does Exim read it with all its rights; /etc is a copy (enter.sh).
        os.makedirs('/etc/exim4', exist_ok=True)
        with open('/etc/exim4/exim4.conf', 'w', encoding='utf-8') as f:
            f.write(re.sub(r'@(\w+)@', lambda m: values[m.group(1)], text))

    def start(self):
        self.spawn(self.program, '-bdf')

    def submit(self, user, content, *rcpts):
        self.run(self.program, '-f', user, '-i', *rcpts, stdin=content)

    def run_queue(self):
        self.run(self.program, '-qff')

    def waiting(self):
        """Ids of what is in the queue."""
        return [name[:-2] for _, _, names in os.walk(os.path.join(self.queue, 'input')) for name in names if name.endswith('-H')]

    def settled(self):
        return not self.busy(self.program)


class Sendmail(Host):
    def __init__(self, folder, root, routes):
        super().__init__('sm', folder, root)
        self.program = os.path.realpath(os.path.join(root, 'usr/libexec/sendmail/sendmail'))
        makemap = os.path.join(root, 'usr/libexec/sendmail/makemap')
        cf = os.path.join(root, 'usr/share/sendmail/cf/')
        self.client_queue = os.path.join(folder, 'clientqueue')
        os.makedirs(self.client_queue)
        os.chmod(self.client_queue, 0o770)
        shutil.chown(self.client_queue, 'smmsp', 'smmsp')
        values = {'FOLDER': self.folder, 'ADDRESS': ADDRESS['sm'], 'CF': cf}
        maps = {'mailertable': ''.join('%s esmtp:[%s]\n' % (d, ADDRESS[h]) for d, h in routes.items()),
                'access': 'From:banned@senders.test REJECT\nFrom:ignored@senders.test DISCARD\nConnect:127.0.0.66 REJECT\n' +
                          ''.join('Connect:127.0.0.%d RELAY\n' % last for last in range(1, 16))}
        self.write('local-host-names', 'sm.test\n')
        self.write('switch', 'hosts files\naliases files\n')         # no DNS
        self.write('aliases', 'list: anna, bert, ok.smlist@peer.test\nowned: ok.owned@peer.test\nowner-owned: anna\npostmaster: anna\nmailer-daemon: anna\n')
        configs = {}
        for name in ('sendmail', 'submit'):
            with open(os.path.join(HERE, name + '.mc'), encoding='utf-8') as f:
                mc = self.write(name + '.mc', re.sub(r'@(\w+)@', lambda m: values[m.group(1)], f.read()))
            configs[name] = self.write(name + '.cf', self.run('m4', '-D_CF_DIR_=' + cf, mc).decode())
        self.config, self.submit_config = configs['sendmail'], configs['submit']
        for name, text in maps.items():
            self.run(makemap, '-C', self.config, 'hash', os.path.join(folder, name + '.db'), stdin=text.encode())
        self.run(self.program, '-C', self.config, '-bi')

    def start(self):
        self.spawn(self.program, '-C', self.config, '-L', 'sm-mta', '-bD')

    def submit(self, user, content, *rcpts):
        """As a user does: the client program hands the mail to the daemon."""
        self.run(self.program, '-C', self.submit_config, '-L', 'sm-msp-queue', '-i', '-f', user, *rcpts, stdin=content)

    def run_queue(self):
        self.run(self.program, '-C', self.config, '-L', 'sm-mta', '-q')

    def waiting(self):
        return [name[2:] for name in os.listdir(self.queue) if name.startswith('qf')]

    def settled(self):
        return not self.busy(self.program)
