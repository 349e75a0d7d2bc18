"""One Postfix instance of its own: configuration, queue and log in a folder, ports on 127.0.0.1, nothing of the system's is used
but its programs. `control` waits for facts (a queue, a process), never for a while."""
import grp
import json
import os
import pwd
import subprocess
import time

DAEMONS = '/usr/lib/postfix/sbin'
PATIENCE = 30.0                        # seconds; what takes longer is a failure

# What every instance runs: name, type, process limit, program.
STANDARD = [
    ('pickup', 'unix', 1, 'pickup'), ('cleanup', 'unix', 0, 'cleanup'), ('qmgr', 'unix', 1, 'qmgr'), ('tlsmgr', 'unix', 1, 'tlsmgr'),
    ('rewrite', 'unix', '-', 'trivial-rewrite'), ('bounce', 'unix', 0, 'bounce'), ('defer', 'unix', 0, 'bounce'),
    ('trace', 'unix', 0, 'bounce'), ('verify', 'unix', 1, 'verify'), ('flush', 'unix', 0, 'flush'), ('proxymap', 'unix', '-', 'proxymap'),
    ('proxywrite', 'unix', 1, 'proxymap'), ('smtp', 'unix', '-', 'smtp'), ('relay', 'unix', '-', 'smtp'), ('showq', 'unix', '-', 'showq'),
    ('error', 'unix', '-', 'error'), ('retry', 'unix', '-', 'error'), ('discard', 'unix', '-', 'discard'), ('local', 'unix', '-', 'local'),
    ('virtual', 'unix', '-', 'virtual'), ('lmtp', 'unix', '-', 'lmtp'), ('anvil', 'unix', 1, 'anvil'), ('scache', 'unix', 1, 'scache'),
    ('postlog', 'unix-dgram', 1, 'postlogd'),
]
PRIVATE_NO = ('pickup', 'cleanup', 'warncleanup', 'qmgr', 'flush', 'showq', 'postlog')
UNPRIVILEGED_NO = ('local', 'virtual')
WAKEUP = {'pickup': '60', 'qmgr': '300', 'flush': '1000?', 'tlsmgr': '1000?'}


def wait_for(what, test, patience=PATIENCE):
    """The first true value of test(); TimeoutError names `what`."""
    end = time.monotonic() + patience
    while True:
        value = test()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError('waited %.0f s for %s' % (patience, what))
        time.sleep(0.02)


class Instance:
    def __init__(self, name, folder, main, services):
        """main: parameters of main.cf; services: lines of master.cf beyond STANDARD as (name, type, limit, command)."""
        self.name, self.folder, self.guard = name, folder, None
        self.config, self.queue = os.path.join(folder, 'etc'), os.path.join(folder, 'queue')
        self.log = os.path.join(folder, 'mail.log')
        for path in (folder, self.config, self.queue):
            os.makedirs(path, 0o755, exist_ok=True)
        data = os.path.join(folder, 'data')
        os.makedirs(data, 0o700)
        os.chown(data, pwd.getpwnam('postfix').pw_uid, grp.getgrnam('postfix').gr_gid)
        self.main = {
            'compatibility_level': '3.6', 'queue_directory': self.queue, 'data_directory': data, 'daemon_directory': DAEMONS,
            'meta_directory': '/etc/postfix', 'command_directory': '/usr/sbin', 'mail_owner': 'postfix', 'setgid_group': 'postdrop',
            'maillog_file': self.log, 'maillog_file_prefixes': folder, 'inet_interfaces': '127.0.0.1', 'inet_protocols': 'ipv4',
            # No DNS, no retries of its own accord, no backscatter to the outside: deliveries happen when the test asks for them.
            'smtp_dns_support_level': 'disabled', 'smtp_host_lookup': 'native', 'smtpd_peername_lookup': 'no', 'disable_dns_lookups': 'yes',
            'queue_run_delay': '1h', 'minimal_backoff_time': '1h', 'maximal_backoff_time': '1h',
            'process_id_directory': 'pid', 'import_environment': 'MAIL_CONFIG TZ=UTC LANG=C', **main}
        self.write('main.cf', ''.join('%s = %s\n' % item for item in self.main.items()))
        self.write('master.cf', ''.join(self.master_line(*service) for service in STANDARD + services))

    def master_line(self, name, kind, limit, command):
        program = command.split()[0]
        private = 'n' if kind == 'inet' or name in PRIVATE_NO else '-'
        unprivileged = 'n' if program in UNPRIVILEGED_NO or program == 'pipe' else '-'
        return '%s %s %s %s n %s %s %s\n' % (name, kind, private, unprivileged, WAKEUP.get(name, '-'), limit, command)

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.config, name)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def run(self, program, *args, check=True, stdin=None, **kw):
        """A program of Postfix with this instance's configuration; its output."""
        env = {**os.environ, 'MAIL_CONFIG': self.config, 'TZ': 'UTC', 'LANG': 'C'}
        r = subprocess.run([program, *args], env=env, input=stdin, capture_output=True, timeout=PATIENCE, check=False, **kw)
        if check and r.returncode != 0:
            raise RuntimeError('%s %s: exit %d: %s' % (program, ' '.join(args), r.returncode, (r.stdout + r.stderr).decode(errors='replace')))
        return r.stdout

    def set(self, **parameters):
        self.run('postconf', '-e', *('%s=%s' % item for item in parameters.items()))
        self.run('postfix', 'reload')

    def processes(self):
        """Ids of the processes that work in this queue: Postfix's daemons change into it."""
        found = []
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                if os.readlink('/proc/%s/cwd' % pid).split(' ')[0] == self.queue:
                    found.append(int(pid))
            except OSError:
                pass                   # it has ended, or is none of ours
        return found

    def start(self):
        # Stops Postfix when this program is gone, even if it was killed: the pipe ends with it. Perhaps it was just about to start.
        script = 'read never; for i in 1 2 3 4 5 6 7 8 9; do postfix stop && break; sleep 1; done'
        self.guard = subprocess.Popen(['sh', '-c', script], env={**os.environ, 'MAIL_CONFIG': self.config}, stdin=subprocess.PIPE,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.run('postfix', 'start')

    def stop(self):
        """Ends every process of this instance, by its own command first; the log is complete then."""
        self.run('postfix', 'stop', check=False)
        try:
            wait_for('the end of %s' % self.name, lambda: not self.processes(), 10)
        except TimeoutError:
            for pid in self.processes():
                os.kill(pid, 9)
            wait_for('the end of %s' % self.name, lambda: not self.processes(), 10)
        if self.guard:
            self.guard.kill()
            self.guard.communicate()

    def entries(self):
        """What is in the queue, as postqueue tells it."""
        return [json.loads(line) for line in self.run('postqueue', '-j').decode(errors='surrogateescape').splitlines()]

    def settled(self):
        """Nothing waits to be picked up, read or delivered; what is left is deferred or held."""
        if any(files for _, _, files in os.walk(os.path.join(self.queue, 'maildrop'))):
            return False
        return all(e['queue_name'] in ('deferred', 'hold') for e in self.entries())
