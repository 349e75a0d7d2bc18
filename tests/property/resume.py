#!/usr/bin/env python3
"""A run that is interrupted and goes on leaves what a run that is not leaves: the same bytes in all files of the dataset.

  resume.py --mailstrata PROGRAM --streamgen PROGRAM [--shim SHIM.so] [--every N] [--keep DIR]

A stream (the farm of invariance.py, with files packed in several ways) is ingested in small stripes, with a checkpoint after each of them. Runs are
killed by SIGKILL before every N-th change that they make to the file system; their disk is full from some write on; or they are
told to stop by SIGTERM. Then --resume goes on, with other threads, segments and --memory; often it is killed, too. The same for a run that
appends, whose rows are compared, and whose next append must find what it needs. Sources that have changed, and other options, are refused, and a file that has grown is
read as far as it went."""
import argparse
import bz2
import gzip
import lzma
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import invariance                                                                              # noqa: E402

TABLES = invariance.TABLES + ['verdicts']
DONE, USAGE, FAILED, KILLED, INTERRUPTED = 0, 2, 3, -9, 130


def contents(folder):
    """Bytes of each file below it, but the state for later appends, which holds a random key."""
    found = {}
    for root, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(root, name)
            if not name.endswith('.state'):
                with open(path, 'rb') as f:
                    found[os.path.relpath(path, folder)] = f.read()
    return found


class Trial:
    def __init__(self, a, work):
        self.a, self.work, self.rng = a, work, random.Random(1)
        self.failures, self.n_runs, self.n_resumed = 0, 0, 0
        self.dataset = os.path.join(work, 'd')
        self.patterns = os.path.join(work, 'patterns')
        with open(self.patterns, 'w') as f:
            f.write('status=deferred\nwarning: \n')
        options, self.options, _, _, _ = invariance.SHAPES['farm']
        options = list(options)
        options[options.index('--mails') + 1] = '100'
        log = os.path.join(work, 'stream')
        subprocess.run([a.streamgen, *options, '--seed', '5', '-o', log, '--truth', os.path.join(work, 'truth')], check=True)
        with open(log, 'rb') as f:
            self.lines = f.readlines()
        os.environ['XDG_CACHE_HOME'] = os.path.join(work, 'cache')

    def fail(self, what, r=None):
        self.failures += 1
        print('FAIL %s%s' % (what, '' if r is None else ': exit %d: %s' % (r.returncode, r.stderr[-700:])), flush=True)

    # ---------------------------------------------------------------- sources
    def places(self, n):
        """Where the stream is cut into n files: where the stamp rises above all before, as in invariance.py."""
        stamps = [invariance.sortable(line) for line in self.lines] + [b'']
        highest, places = b'', []
        for i in range(len(self.lines)):
            if stamps[i] > highest and not (stamps[i + 1] and stamps[i][:10] > stamps[i + 1][:10]):
                if highest:
                    places.append(i)
                highest = stamps[i]
        return [0] + [min(places, key=lambda p: abs(p - len(self.lines) * k // n)) for k in range(1, n)] + [len(self.lines)]

    def write(self, folder, last_only=False):
        """mail.log.3.gz, .2.xz, .1.bz2 and mail.log: positions lie within packed files, too."""
        packs = [('.3.gz', lambda t: gzip.compress(t, mtime=0)), ('.2.xz', lambda t: lzma.compress(t, preset=0)), ('.1.bz2', bz2.compress), ('', bytes)]
        cuts = self.places(len(packs))
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        for (name, pack), begin, end in zip(packs, cuts, cuts[1:]):
            if not last_only or name == '':
                path = os.path.join(folder, 'mail.log' + name)
                with open(path, 'wb') as f:
                    f.write(pack(b''.join(self.lines[begin:end])))
                os.utime(path, (1767000000, 1767000000))
        return folder

    # ---------------------------------------------------------------- runs
    def ingest(self, paths, *more, env=None, stripe='12K', every='0'):
        args = [self.a.mailstrata, 'ingest', *paths, '-o', self.dataset, '--stripe-bytes', stripe, '--checkpoint-seconds', every,
                '--patterns', self.patterns, '--threads', str(self.rng.choice([1, 2, 5])), '--memory', self.rng.choice(['1', '16M', '1T', '1T']), *self.options, *more]
        segment = self.rng.choice(invariance.SMALL_SEGMENTS[1:] + [invariance.DEFAULT])
        if segment != invariance.DEFAULT:
            args += ['--segment-bytes', str(segment)]
        self.n_runs += 1
        r = subprocess.run(args, env=dict(os.environ, **(env or {})), capture_output=True, text=True, errors='replace', timeout=120)
        self.n_resumed += r.returncode == DONE and 'gone on behind' in r.stderr
        return r

    def begin(self, made=None):
        shutil.rmtree(self.dataset, ignore_errors=True)
        if made:
            shutil.copytree(made, self.dataset, symlinks=True, copy_function=os.link)

    def published(self):
        return contents(os.path.join(self.dataset, 'current')) if os.path.exists(os.path.join(self.dataset, 'current')) else None

    def rows(self, dataset):
        return {t: subprocess.run([self.a.mailstrata, 'sql', dataset, 'SELECT * FROM %s ORDER BY ALL' % t, '--format', 'ndjson'], capture_output=True).stdout for t in TABLES}

    def goes_on(self, what, paths, whole, *more):
        """Until it is done: then all must be as it has to be, and nothing be left behind."""
        r = self.ingest(paths, *more, '--resume')
        if r.returncode != DONE:
            self.fail('%s: --resume does not work' % what, r)
        elif self.published() != whole:
            now = self.published()
            self.fail('%s: differs in %s' % (what, sorted(k for k in set(now) | set(whole) if now.get(k) != whole.get(k))[:4]))
        elif os.path.isdir(os.path.join(self.dataset, 'parts')):
            left = [f for f in contents(os.path.join(self.dataset, 'parts')) if '/resume/' in f]
            if left:
                self.fail('%s: left behind: %s' % (what, left[:3]))

    # ---------------------------------------------------------------- what interrupts
    def kills(self, paths, *more, made=None, every=1):
        """Killed at each n-th step, and often a second time."""
        self.begin(made)
        before = self.published()
        r = self.ingest(paths, *more)
        if r.returncode != DONE:
            return self.fail('a whole run', r)
        whole, n_kills = self.published(), 0
        for step in range(1 + self.rng.randrange(every), 100000, every):
            what = 'killed before step %d%s' % (step, ' of an append' if made else '')
            self.begin(made)
            r = self.ingest(paths, *more, env={'MAILSTRATA_KILL_AT_STEP': str(step)})
            if r.returncode != KILLED:
                break
            n_kills += 1
            if self.published() == whole != before:      # it had been published by then
                continue
            if self.published() != before:
                self.fail('%s: the old dataset has changed' % what)
            for again in range(self.rng.choice([0, 0, 1, 2])):
                at = self.rng.randint(1, 200)
                r = self.ingest(paths, *more, '--resume', env={'MAILSTRATA_KILL_AT_STEP': str(at)})
                what += ', then %d' % at
                if r.returncode != KILLED:
                    break
            if r.returncode == KILLED and self.published() == before:
                self.goes_on(what, paths, whole, *more)
            elif self.published() != whole:
                self.fail('%s: not as it has to be' % what, r)
        if n_kills < 2:
            self.fail('only %d kills' % n_kills)
        return whole

    def full_disk(self, paths, whole):
        for call in ('write', 'pwrite'):
            count = os.path.join(self.work, 'count')
            self.begin()
            self.rng.seed(call)
            state = self.rng.getstate()
            self.ingest(paths, env={'LD_PRELOAD': self.a.shim, 'FAULT_CALL': call, 'FAULT_COUNT': count})
            with open(count) as f:
                n = int(f.read())
            kept = 0
            for at in [n * k // 4 for k in range(1, 4)]:
                self.begin()
                self.rng.setstate(state)
                r = self.ingest(paths, env={'LD_PRELOAD': self.a.shim, 'FAULT_CALL': call, 'FAULT_AT': str(at), 'FAULT_ERRNO': '28', 'FAULT_STAYS': '1'})
                if r.returncode == DONE:                 # (threads meet in another order each time)
                    continue
                if r.returncode != FAILED or 'No space left' not in r.stderr:
                    self.fail('a full disk at %s %d of %d' % (call, at, n), r)
                kept += '--resume goes on' in r.stderr
                self.goes_on('a full disk at %s %d of %d' % (call, at, n), paths, whole)
            if kept == 0:
                self.fail('a full disk at %s: no run says that it can be gone on with' % call)

    def stops(self, paths, whole):
        """SIGTERM as soon as there is a checkpoint."""
        self.begin()
        p = subprocess.Popen([self.a.mailstrata, 'ingest', *paths, '-o', self.dataset, '--stripe-bytes', '12K', '--checkpoint-seconds', '0', '--threads', '2',
                              '--patterns', self.patterns, '--segment-bytes', '200', *self.options], stderr=subprocess.PIPE, text=True)
        while p.poll() is None and not os.path.exists(os.path.join(self.dataset, 'parts', '1', 'resume', 'run.state')):
            time.sleep(0.001)
        p.send_signal(signal.SIGTERM)
        said = p.communicate()[1]
        if p.returncode != INTERRUPTED or '--resume goes on' not in said:
            self.fail('SIGTERM: exit %d: %s' % (p.returncode, said))
        else:
            self.goes_on('SIGTERM', paths, whole)

    # ---------------------------------------------------------------- what is refused
    def interrupted(self, paths, *more):
        self.begin()
        r = self.ingest(paths, *more, env={'MAILSTRATA_KILL_AT_STEP': '300'})
        if r.returncode != KILLED or not os.path.exists(os.path.join(self.dataset, 'parts', '1', 'resume', 'run.state')):
            self.fail('is not interrupted', r)

    def refused(self, what, sentence, paths, *more, **how):
        r = self.ingest(paths, '--resume', *more, **how)
        if r.returncode != USAGE or sentence not in r.stderr:
            self.fail('%s is not refused' % what, r)

    def refusals(self, folder, whole):
        path = os.path.join(folder, 'mail.log.2.xz')
        self.interrupted([folder])
        os.utime(path, (1767000001, 1767000001))
        self.refused('a file that was written to', 'mail.log.2.xz has been changed', [folder])
        self.write(folder)
        with open(path, 'ab') as f:
            f.write(b'\0')
        self.refused('a packed file that has grown', 'mail.log.2.xz has been changed', [folder])
        self.write(folder)
        os.rename(path, path + '.old')
        self.refused('a file that has another name', 'since the run in', [folder])
        os.remove(path + '.old')
        self.refused('a file that is missing', 'mail.log.2.xz has gone', [folder])
        self.write(folder)
        shutil.copy(self.patterns, os.path.join(folder, 'more'))
        self.refused('a file more', 'more has come', [folder])
        self.write(folder)
        self.refused('--year', 'other options', [folder], '--year', '2025')
        self.refused('another stripe', 'other options', [folder], stripe='13K')
        self.refused('an append', 'other options', [folder], '--append')
        with open(os.path.join(folder, 'mail.log'), 'ab') as f:
            f.write(self.lines[-1] * 3)
        self.goes_on('a log that has grown', [folder], whole)
        self.write(folder)
        # A run that does not go on begins anew, and says so; then there is nothing to go on from.
        self.interrupted([folder])
        r = self.ingest([folder])
        if r.returncode != DONE or 'was thrown away' not in r.stderr or self.published() != whole:
            self.fail('without --resume', r)
        self.begin()
        r = self.ingest([folder], '--resume')
        if r.returncode != DONE or 'no interrupted run' not in r.stderr or self.published() != whole:
            self.fail('nothing to go on from', r)
        self.interrupted([folder])
        state = os.path.join(self.dataset, 'parts', '1', 'resume', 'run.state')
        with open(state, 'r+b') as f:
            f.seek(200)
            f.write(b'damage')
        r = self.ingest([folder], '--resume')
        if r.returncode != FAILED or 'is damaged' not in r.stderr:
            self.fail('a damaged checkpoint', r)

    def appends(self, folder):
        """A first half is there; then the rest is appended, and killed, and the next append must find what it needs."""
        old, made = os.path.join(self.work, 'old'), os.path.join(self.work, 'made')
        self.write(folder)
        os.makedirs(old)
        for name in ('mail.log.3.gz', 'mail.log.2.xz'):
            os.rename(os.path.join(folder, name), os.path.join(old, name))
        how = ['--append', '--horizon-seconds', '60', '--evidence']
        self.begin()
        r = self.ingest([old], *how)
        if r.returncode != DONE:
            return self.fail('the first append', r)
        os.rename(self.dataset, made)
        whole = self.kills([old, folder], *how, made=made, every=self.a.every)
        path = os.path.join(folder, 'mail.log')
        with open(path, 'ab') as f:
            f.write(b''.join(self.lines[-40:]))
        results = []
        for killed in (False, True):
            self.begin(made)
            with open(path, 'r+b') as f:
                f.truncate(os.path.getsize(path) - len(b''.join(self.lines[-40:])))
            if killed:
                r = self.ingest([old, folder], *how, env={'MAILSTRATA_KILL_AT_STEP': '300'})
                if r.returncode != KILLED:
                    self.fail('an append is not killed', r)
            if killed:
                self.refused('an append without its new logs', 'what is given now has none', [old], *how)
            r = self.ingest([old, folder], *how, *(['--resume'] if killed else []))
            with open(path, 'ab') as f:
                f.write(b''.join(self.lines[-40:]))
            r = self.ingest([old, folder], *how)
            results.append(self.rows(self.dataset))
        if results[0] != results[1] or not whole:
            self.fail('the append after one that was interrupted: other rows in %s' % [t for t in TABLES if results[0][t] != results[1][t]])


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--mailstrata', required=True)
    ap.add_argument('--streamgen', required=True)
    ap.add_argument('--shim', help='of tests/faults: the disk is full')
    ap.add_argument('--every', type=int, default=53, metavar='N', help='a kill at each N-th step')
    ap.add_argument('--keep', metavar='DIR')
    a = ap.parse_args()
    # In memory, if there is a place: each checkpoint waits for the disk some thirty times.
    memory = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix='ms-resume-', dir=memory) as tmp:
        trial = Trial(a, a.keep or tmp)
        folder = trial.write(os.path.join(a.keep or tmp, 'logs'))
        whole = trial.kills([folder], every=a.every)
        if whole:
            if a.shim:
                trial.full_disk([folder], whole)
            trial.stops([folder], whole)
            trial.refusals(folder, whole)
            trial.appends(folder)
        if trial.n_resumed < 5:
            trial.fail('only %d runs have gone on from a checkpoint' % trial.n_resumed)
        print('resume: %d runs, %d of them gone on from a checkpoint, %d failures' % (trial.n_runs, trial.n_resumed, trial.failures))
        return 1 if trial.failures else 0


if __name__ == '__main__':
    sys.exit(main())
