#!/usr/bin/env python3
"""Same input, same bytes, for logs of other mail systems than Postfix.

  dialects.py --mailstrata PROGRAM [--shared DIR] [--keep DIR]

Logs: generated ones (`mailstrata gen`), each also with lines taken out, moved and doubled at random, so that mails lack their
beginnings and ends, numbers of deliveries come again, and results have no start; and the real log of the farm's Exim and sendmail, where they
are there; what Exim writes twice (the reject log, syslog_duplication); and a log with syslog's summaries (`message repeated`, `last
message repeated`). For each of them threads and segment sizes give the same part files byte by byte, and the plain twin (whole lists, one
stripe) and stripes of a few lines give the same rows. A log with summaries of lines that count has the rows of the log in which
these lines stand one by one."""
import argparse
import filecmp
import glob
import os
import random
import re
import subprocess
import sys
import tempfile

TABLES = 'messages deliveries sessions rejects logins events links mails coverage hosts unparsed files'.split()
RUNS = [(1, 1), (2, 200), (2, 4096), (7, 4096), (7, 65536), (2, 0)]     # threads, bytes of a segment (0: the program's own)
GENERATED = {
    'qmail': ['--dialect', 'qmail', '--hosts', '2', '--rate', '40', '--reuse', '0.3', '--deferred', '0.2'],
    'exim': ['--dialect', 'exim', '--hosts', '2', '--rate', '40', '--deferred', '0.2'],
    'mixed': ['--dialect', 'qmail,exim,postfix,sendmail', '--hosts', '3', '--rate', '40', '--reuse', '0.3', '--hops', '0.5'],
}


def damage(lines, rng):
    """What happens to logs: lines lost, doubled, turned around; a program killed and started again."""
    out = []
    for i, line in enumerate(lines):
        x = rng.random()
        if x < 0.05:
            continue
        out.append(line)
        if x < 0.08:
            out.append(line)
        elif x < 0.12 and len(out) > 1:
            out[-1], out[-2] = out[-2], out[-1]
    return out


def restart(lines, rng):
    """The numbers of deliveries begin again, some of them while one with the number is under way."""
    out, shift = [], 0
    for line in lines:
        if rng.random() < 0.01:
            shift = rng.randint(0, 30)
        for word in (b' starting delivery ', b' delivery '):
            at = line.find(word)
            if at < 0:
                continue
            number, colon, rest = line[at + len(word):].partition(b':')
            if number.isdigit():
                line = line[:at] + word + str((int(number) + shift) % 40).encode() + colon + rest
            break
        out.append(line)
    return out


HEADER = re.compile(rb'([A-Z]\w\w [ \d]\d [\d:]{8}) (\S+) (\S+\[\d+\]: )(.*)\n')
COUNTS = re.compile(rb'reject: |status=deferred|does not resolve|SASL \S+ authentication failed')
REFUSED = re.compile(rb'( temporarily)? rejected (RCPT|MAIL|after DATA)| authenticator failed ')
WARNINGS = [b'%s %s postfix/smtpd[%d]: warning: unknown[192.0.2.%d]: SASL LOGIN authentication failed: UGFzc3dvcmQ6\n',
            b'%s %s postfix/smtpd[%d]: warning: hostname h.example does not resolve to address 192.0.2.%d\n']


def with_warnings(lines, rng):
    """Failed logins and other warnings here and there, of processes that say nothing else."""
    for line in lines:
        yield line
        m = HEADER.match(line)
        if m and rng.random() < 0.1:
            yield rng.choice(WARNINGS) % (m[1], m[2], 40000 + rng.randrange(9), rng.randrange(250))


def sum_up(lines, rng, only_counting):
    """Two logs: one in which syslog has summed up lines that came again, and the one that it would have written without."""
    summed, single = [], []
    waiting = {}                            # host: what is to be said before its next line
    for line in lines:
        m = HEADER.match(line)
        for text, copies in waiting.pop(m[2], []) if m else []:
            summed.append(text)
            single.extend(copies)
        summed.append(line)
        single.append(line)
        if not m or rng.random() < 0.7 or (only_counting and not COUNTS.search(m[4])):
            continue
        n = rng.choice([1, 2, 3, 17])
        times = b'%d time%s' % (n, rng.choice([b's', b'' if n == 1 else b's']))
        last = b'%s %s %slast message repeated %s\n' % (m[1], m[2], rng.choice([b'', b'', b'syslogd: ']), times)
        inside = b'%s %s %smessage repeated %d times: [ %s]\n' % (m[1], m[2], m[3], n, m[4])
        waiting[m[2]] = [(rng.choice([last, inside]), [line] * n) for _ in range(rng.choice([1, 1, 2]))]
        if rng.random() < 0.5:              # else after what other hosts say
            for text, copies in waiting.pop(m[2]):
                summed.append(text)
                single.extend(copies)
    return summed, single


class Check:
    def __init__(self, program, work):
        self.program, self.work, self.failures, self.n_runs = program, work, [], 0

    def fail(self, text):
        self.failures.append(text)
        print('FAIL ' + text, flush=True)

    def ingest(self, out, log, options, threads, segment, more=()):
        args = ['--threads', str(threads), *(['--segment-bytes', str(segment)] if segment else []), *more]
        self.n_runs += 1
        r = subprocess.run([self.program, 'ingest', *log, '-o', out, '--force', *options, *args], capture_output=True)
        if r.returncode != 0:
            self.fail('%s: exit %d: %s' % (' '.join(args), r.returncode, r.stderr.decode(errors='replace')[-400:]))
        return r.returncode == 0

    def rows_of(self, dataset, query):
        r = subprocess.run([self.program, 'sql', dataset, query, '--format', 'ndjson'], capture_output=True)
        if r.returncode not in (0, 1):
            raise SystemExit('sql: ' + r.stderr.decode())
        return r.stdout.splitlines()

    def rows(self, dataset, table, columns='*'):
        return self.rows_of(dataset, 'SELECT %s FROM %s ORDER BY ALL' % (columns, table))

    def check(self, name, log, options, stripe):
        base = os.path.join(self.work, name + '.base')
        if not self.ingest(base, log, options, 1, 0, ['--stripe-bytes', stripe]):
            return
        counts = {t: len(self.rows(base, t)) for t in ('messages', 'deliveries', 'events')}
        print('%s: %s' % (name, ', '.join('%d %s' % (n, t) for t, n in counts.items())), flush=True)
        if min(counts['messages'], counts['deliveries']) < 1:
            self.fail('%s: an empty table' % name)
        for threads, segment in RUNS:
            out = os.path.join(self.work, name + '.run')
            if self.ingest(out, log, options, threads, segment, ['--stripe-bytes', stripe]):
                self.compare_bytes('%s, %d threads, segments of %d' % (name, threads, segment), base, out)
        for what, more, segment, threads in (('whole lists', ['--whole-lists', '--stripe-bytes', '1T'], 0, 1),
                                             ('tiny stripes', ['--stripe-bytes', '2000'], 500, 2)):
            out = os.path.join(self.work, name + '.twin')
            if not self.ingest(out, log, options, threads, segment, more):
                continue
            for table in TABLES:
                a, b = self.rows(base, table), self.rows(out, table)
                if a != b:
                    only = [sorted(set(x) - set(y))[:2] for x, y in ((a, b), (b, a))]
                    self.fail('%s, %s: %s: %d and %d rows, e.g. %s' % (name, what, table, len(a), len(b), only))

    def check_summaries(self, lines, seed):
        """Rows alike, but for the places of lines and how many lines there are."""
        rng = random.Random('repeats %d' % seed)
        logs, outs = [os.path.join(self.work, n) for n in ('summed.log', 'single.log', 'all-summed.log')], []
        lines = list(with_warnings(lines, rng))
        texts = (*sum_up(lines, rng, True), sum_up(lines, rng, False)[0])
        for path, text in zip(logs, texts):
            with open(path, 'wb') as f:
                f.writelines(text)
        if len(texts[0]) > 0.9 * len(texts[1]):
            self.fail('summaries: %d lines of %d' % (len(texts[0]), len(texts[1])))
        for path in logs[:2]:
            outs.append(path + '.dataset')
            self.ingest(outs[-1], [path], ['--year', '2026'], 2, 500)
        rows = dict.fromkeys('messages deliveries sessions rejects logins events links mails'.split(), '* EXCLUDE (file_id, line_offset)')
        rows['messages'] = '* EXCLUDE (file_id, n_lines, line_offset, message_id_offset, queued_offset, end_offset)'
        rows['mails'] = '*'
        for table, columns in rows.items():
            a, b = (self.rows(out, table, columns) for out in outs)
            if a != b:
                only = [sorted(set(x) - set(y))[:2] for x, y in ((a, b), (b, a))]
                self.fail('summaries: %s: %d and %d rows, e.g. %s' % (table, len(a), len(b), only))
            if table in ('deliveries', 'rejects', 'logins', 'events') and len(a) < 30:
                self.fail('summaries: only %d %s' % (len(a), table))
        self.check('summed', logs[:1], ['--year', '2026'], '64K')
        self.check('all-summed', logs[2:], ['--year', '2026'], '64K')

    def check_exim_twice(self, seed):
        """What Exim writes to two logs, or to syslog twice, has the rows of what it writes once."""
        for name, options, header in (('exim-mainlog', ['--hosts', '1'], 0), ('exim', ['--hosts', '2'], 2)):
            rng = random.Random('twice %s %d' % (name, seed))
            once, again = (os.path.join(self.work, name + what) for what in ('-main.log', '-reject.log' if header == 0 else '-twice.log'))
            subprocess.run([self.program, 'gen', '-o', once, '--force', '--size', '120K', '--seed', str(seed), '--dialect', name, '--rate', '40', *options],
                           check=True, capture_output=True)
            with open(once, 'rb') as f:
                lines = f.readlines()
            refused = [REFUSED.search(line) is not None for line in lines]
            with open(again, 'wb') as f:
                for line, is_refused in zip(lines, refused):
                    if header:
                        f.write(line)
                    if not is_refused:
                        continue
                    entry = [] if rng.random() < 0.7 else [b'Envelope-from: <a@x.example>', b'P Received: by x', b'-' * 40]
                    if not header:
                        f.write(b'\n'.join([line[:-1], *entry, b'']))
                    elif not entry:
                        f.write(line)
                    else:
                        at = line.index(b']: ') + 3
                        for i, text in enumerate([line[at:-1], *entry]):
                            f.write(b'%s[%d\\%d] %s\n' % (line[:at], i + 1, len(entry) + 1, text))
            options = ['--year', '2026', *([] if header else ['--host', 'ex'])]
            outs = [os.path.join(self.work, name + '.' + what) for what in ('once', 'twice')]
            twice = [again] if header else [again, once]
            if not (self.ingest(outs[0], [once], options, 2, 500) and self.ingest(outs[1], twice, options, 2, 500)):
                return
            if sum(refused) < 50:
                self.fail('%s: only %d refusals' % (name, sum(refused)))
            for table, columns in {'messages': '* EXCLUDE (file_id, line_offset, message_id_offset, queued_offset, end_offset)', 'mails': '*',
                                   **dict.fromkeys('deliveries sessions rejects logins'.split(), '* EXCLUDE (file_id, line_offset)')}.items():
                a, b = (self.rows(out, table, columns) for out in outs)
                if a != b:
                    only = [sorted(set(x) - set(y))[:2] for x, y in ((a, b), (b, a))]
                    self.fail('%s twice: %s: %d and %d rows, e.g. %s' % (name, table, len(a), len(b), only))
            self.check(name + '-twice', twice, options, '64K')

    def compare_bytes(self, what, a, b):
        for root, _, names in os.walk(os.path.join(a, 'current') + '/'):
            for n in names:
                other = os.path.join(b, 'current', os.path.relpath(os.path.join(root, n), os.path.join(a, 'current')))
                if n.endswith('.parquet') and not (os.path.exists(other) and filecmp.cmp(os.path.join(root, n), other, shallow=False)):
                    self.fail('%s: %s differs' % (what, os.path.relpath(other, b)))
                    return


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--mailstrata', required=True)
    ap.add_argument('--shared')
    ap.add_argument('--seed', type=int, default=1)
    ap.add_argument('--keep', metavar='DIR')
    a = ap.parse_args()
    shared = os.environ.get('MAILSTRATA_SHARED') or a.shared
    with tempfile.TemporaryDirectory() as tmp:
        work = a.keep or tmp
        os.makedirs(work, exist_ok=True)
        c = Check(os.path.abspath(a.mailstrata), work)
        for name, options in GENERATED.items():
            path = os.path.join(work, name + '.log')
            subprocess.run([c.program, 'gen', '-o', path, '--force', '--size', '250K', '--seed', str(a.seed), *options], check=True, capture_output=True)
            c.check(name, [path], ['--year', '2026'], '64K')
            with open(path, 'rb') as f:
                lines = f.readlines()
            rng = random.Random('%s %d' % (name, a.seed))
            path = os.path.join(work, name + '-damaged.log')
            with open(path, 'wb') as f:
                f.writelines(damage(restart(lines, rng), rng))
            c.check(name + '-damaged', [path], ['--year', '2026'], '64K')
        path = os.path.join(work, 'postfix.log')
        subprocess.run([c.program, 'gen', '-o', path, '--force', '--size', '120K', '--seed', str(a.seed), '--hosts', '3', '--deferred', '0.2'], check=True, capture_output=True)
        with open(path, 'rb') as f:
            c.check_summaries(f.readlines(), a.seed)
        c.check_exim_twice(a.seed)
        logs = os.path.join(shared or '', 'data', 'farm', 'logs')
        for name, pattern, options in (('ex1', 'ex1/exim-mainlog*', ['--host', 'ex1']), ('sm1', 'sm1/mail.log*', [])):
            real = sorted(glob.glob(os.path.join(logs, pattern)))
            if real:
                c.check(name, real, options, '64K')
            else:
                print('dialects: no farm data, the real log of %s is left out' % name)
    print('dialects: %d runs, %d failures' % (c.n_runs, len(c.failures)))
    return 1 if c.failures else 0


if __name__ == '__main__':
    sys.exit(main())
