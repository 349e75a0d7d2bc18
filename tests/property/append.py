#!/usr/bin/env python3
"""Day after day, the same rows: a log that grows, is rotated and is packed, appended step by step, against one run over the end.

  append.py --mailstrata PROGRAM --streamgen PROGRAM [--seeds N] [--shape NAME] [--keep DIR]

The stream of a shape (those of invariance.py) is written into a folder as a log daemon and logrotate would: `mail.log` grows by
random bytes (often in the middle of a line) or is rotated where a line ends; older files are packed some time later. After each
step the folder is appended to the dataset, with other threads, segments and --memory each time; some of the runs are killed by SIGKILL
before some change of theirs to the file system, and done again. Between them, `compact` merges parts, and is killed at times, too. What stands in the dataset must be what one run over the folder
finds, row by row and value by value, in all tables but `files`."""
import argparse
import glob
import gzip
import hashlib
import json
import lzma
import os
import random
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import invariance                                                                              # noqa: E402

TABLES = invariance.TABLES + ['verdicts']


class Story:
    def __init__(self, a, shape, seed, work):
        self.a, self.rng, self.work = a, random.Random('%s %d' % (shape, seed)), work
        self.what = '%s, seed %d' % (shape, seed)
        options, self.options, self.stripe, _, _ = invariance.SHAPES[shape]
        log = os.path.join(work, 'stream')
        subprocess.run([a.streamgen, *options, '--seed', str(seed), '-o', log, '--truth', os.path.join(work, 'truth')], check=True)
        with open(log, 'rb') as f:
            self.text = self.summed_up(f.read())
        self.rotatable = self.places()
        self.folder, self.dataset = os.path.join(work, 'logs'), os.path.join(work, 'grown')
        os.makedirs(self.folder)
        # A packed copy beside its original is one source more to a run over everything: the numbers of files differ then.
        self.keeps_originals = seed % 3 == 0
        self.columns = "COLUMNS(c -> c <> 'file_id')" if self.keeps_originals else '*'
        # Streams are hours long, not weeks.
        self.how = ['--append', '--evidence'] + (['--horizon-seconds', str(a.horizon)] if a.horizon else [])
        self.begin = self.at = 0                    # of the text: where mail.log begins, how far it is written
        self.failures, self.n_runs, self.n_killed, self.n_compacted = [], 0, 0, 0

    def summed_up(self, text):
        """Some lines come again, in the words of a daemon that sums up: the line before may be in another append."""
        lines = []
        for line in text.splitlines(keepends=True):
            lines.append(line)
            m = re.match(rb'(<\d+>)?(\w{3} [ \d]\d [\d:]{8}|\d{4}-\S+) [\w.-]+ (?=\S+\[\d+\]: )', line)
            if m and self.rng.random() < (0.2 if b'NOQUEUE' in line or b'status=' in line else 0.01):
                lines.append(m.group(0) + b'last message repeated %d times\n' % self.rng.randint(1, 5))
        return b''.join(lines)

    def places(self):
        """Where lines begin whose stamp is above all before, as in invariance.py."""
        highest, at, places = b'', 0, []
        lines = self.text.splitlines(keepends=True)
        stamps = [invariance.sortable(line) for line in lines] + [b'']
        for i, line in enumerate(lines):
            ahead = stamps[i + 1] and stamps[i][:10] > stamps[i + 1][:10]
            if stamps[i] > highest and not ahead:
                if highest:
                    places.append(at)
                highest = stamps[i]
            at += len(line)
        return places

    def fail(self, text):
        self.failures.append(text)
        print('FAIL %s: %s' % (self.what, text), flush=True)

    # ---------------------------------------------------------------- the log daemon, and logrotate
    def path(self, number):
        return os.path.join(self.folder, 'mail.log' if number == 0 else 'mail.log.%d' % number)

    def grow(self, to):
        self.at = to
        with open(self.path(0), 'wb' if self.begin == to else 'ab') as f:
            f.seek(0, os.SEEK_END)
            f.write(self.text[self.begin + f.tell():to])

    def rotate(self):
        later = [p for p in self.rotatable if p > self.at]
        if not later or self.at == self.begin:
            return
        self.grow(self.rng.choice(later[:200]))
        for old in sorted(glob.glob(os.path.join(self.folder, 'mail.log.*')), key=number_of, reverse=True):
            os.rename(old, self.path(number_of(old) + 1) + os.path.splitext(old)[1] * (not old[-1].isdigit()))
        os.rename(self.path(0), self.path(1))
        self.begin = self.at
        self.grow(self.at)          # an empty file

    def pack(self):
        plain = [p for p in glob.glob(os.path.join(self.folder, 'mail.log.*')) if p[-1].isdigit()]
        if not plain:
            return
        path = self.rng.choice(plain)
        with open(path, 'rb') as f:
            text = f.read()
        end, packed = self.rng.choice([('.gz', gzip.compress(text, mtime=0)), ('.xz', lzma.compress(text, preset=0))])
        with open(path + end, 'wb') as f:
            f.write(packed)
        if not self.keeps_originals:
            os.remove(path)

    def step(self):
        if self.rng.random() < 0.4:
            self.rotate()
        if self.rng.random() < 0.4:
            self.pack()
        left = len(self.text) - self.at
        to = self.at + self.rng.randint(0, max(left // 3, min(left, 5000)))
        summed_up = self.text.find(b'last message repeated', to)
        if summed_up >= 0 and self.rng.random() < 0.5:      # between a line and what says that it came again
            to = max(self.at, self.text.rfind(b'\n', 0, summed_up) + 1)
        self.grow(to)

    # ---------------------------------------------------------------- ingest
    def ingest(self, out, more, kill_at=0, paths=None):
        args = ['--threads', str(self.rng.choice([1, 2, 7])), '--stripe-bytes', self.stripe, '--memory', self.rng.choice(['1', '500K', '1T']), *more]
        segment = self.rng.choice(invariance.SMALL_SEGMENTS[1:] + [invariance.DEFAULT])
        if segment != invariance.DEFAULT:
            args += ['--segment-bytes', str(segment)]
        env = dict(os.environ, MAILSTRATA_KILL_AT_STEP=str(kill_at))
        self.n_runs += 1
        r = subprocess.run([self.a.mailstrata, 'ingest', *(paths or [self.folder]), '-o', out, *args, *self.options], env=env, capture_output=True)
        if r.returncode == -9 and kill_at:
            self.n_killed += 1
            return False
        if r.returncode != 0:
            self.fail('ingest %s: exit %d: %s' % (' '.join(args), r.returncode, r.stderr.decode(errors='replace')[-600:]))
        return r.returncode == 0

    def append(self):
        if self.rng.random() < 0.3 and not self.ingest(self.dataset, self.how, self.rng.randint(1, 120)) and self.failures:
            return
        self.ingest(self.dataset, self.how)

    def compact(self):
        """Merges parts; whether it is killed or not, the next append goes on from there. Digests are right in any case."""
        kill_at = self.rng.choice([0, 0, self.rng.randint(1, 150)])
        r = subprocess.run([self.a.mailstrata, 'compact', self.dataset, '--part-rows', str(self.rng.choice([1, 50, 2000, 1 << 18]))],
                           env=dict(os.environ, MAILSTRATA_KILL_AT_STEP=str(kill_at)), capture_output=True)
        self.n_compacted += r.returncode == 0
        self.n_killed += r.returncode == -9
        if r.returncode != 0 and not (kill_at and r.returncode == -9):
            self.fail('compact: exit %d: %s' % (r.returncode, r.stderr.decode(errors='replace')))
        current = os.path.join(self.dataset, 'current')
        with open(os.path.join(current, 'dataset.json')) as f:
            told = json.load(f)['sha256']
        there = {}
        for path in glob.glob(os.path.join(current, '*', '*.parquet')):
            with open(path, 'rb') as f:
                there[os.path.relpath(path, current)] = hashlib.sha256(f.read()).hexdigest()
        if told != there:
            self.fail('after compact: dataset.json and the parts differ: %s' % sorted(set(told.items()) ^ set(there.items()))[:4])

    def compare(self, out, what):
        query = lambda dataset, table: subprocess.run(
            [self.a.mailstrata, 'sql', dataset, 'SELECT %s FROM %s ORDER BY ALL' % (self.columns, table), '--format', 'ndjson'], capture_output=True)
        for table in TABLES:
            a, b = query(out, table), query(self.dataset, table)
            if a.returncode not in (0, 1) or b.returncode not in (0, 1):
                self.fail('%s: sql: %s %s' % (what, a.stderr.decode(), b.stderr.decode()))
            elif a.stdout != b.stdout:
                x, y = a.stdout.splitlines(), b.stdout.splitlines()
                only = [sorted(set(p) - set(q))[:2] for p, q in ((x, y), (y, x))]
                self.fail('%s: %s: %d and %d rows, e.g. %s' % (what, table, len(x), len(y), only))

    def run(self):
        whole, n = os.path.join(self.work, 'whole'), 0
        while self.at < len(self.text) and not self.failures:
            self.step()
            n += 1
            self.append()
            if self.rng.random() < 0.4 and not self.failures:
                self.compact()
            if (n % 4 == 1 or self.at == len(self.text)) and not self.failures and self.ingest(whole, ['--force']):
                self.compare(whole, 'after %d steps' % n)
        print('%s: %d steps, %d killed, %d compacted, %d files' % (self.what, n, self.n_killed, self.n_compacted, len(os.listdir(self.folder))), flush=True)


def number_of(path):
    return int(os.path.basename(path).split('.')[2])


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--mailstrata', required=True)
    ap.add_argument('--streamgen', required=True)
    ap.add_argument('--seeds', type=int, default=1)
    ap.add_argument('--first-seed', type=int, default=1)
    ap.add_argument('--shape', choices=sorted(invariance.SHAPES), action='append')
    ap.add_argument('--horizon', type=int, metavar='SECONDS', default=1200, help='links are final then; 0: three days, as in real life')
    ap.add_argument('--keep', metavar='DIR', help='leave logs and datasets there')
    a = ap.parse_args()
    a.mailstrata, a.streamgen = os.path.abspath(a.mailstrata), os.path.abspath(a.streamgen)
    failures, runs = 0, 0
    with tempfile.TemporaryDirectory() as tmp:
        for shape in a.shape or ['farm', 'slow']:
            for seed in range(a.first_seed, a.first_seed + a.seeds):
                work = os.path.join(a.keep or tmp, 'append-%s-%d' % (shape, seed))
                os.makedirs(work)
                story = Story(a, shape, seed, work)
                story.run()
                failures += len(story.failures)
                runs += story.n_runs
    print('append: %d runs of ingest, %d failures' % (runs, failures))
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
