#!/usr/bin/env python3
"""What `grep` tells straight from logs is what `ingest` makes of them.

  stories.py --mailstrata PROGRAM --streamgen PROGRAM [--seeds N] [--shared DIR]

Generated streams, and with --shared the real logs of the farm, are ingested; then patterns are looked for that occur in some of
their lines. For each pattern:
  1. the mails of the stories are those to which, by the dataset, the matching lines belong; each story has as many lines of a
     mail as `messages.n_lines` says, has every line that a row of the mail or of its session cites, and no line twice;
  2. `trace --raw` of a mail, where it has a queue ID to itself, cites only lines of its story;
     with --hops all lives of a mail are in one story;
  3. threads, segments and the plain twin (no Hyperscan, every line parsed) give the same bytes, and so do the lines of all
     patterns at once, many of them being cut to windows."""
import argparse
import collections
import glob
import json
import os
import random
import re
import subprocess
import sys
import tempfile

HARD = '--reuse 0.3 --late 0.2 --swap 0.05 --abort 0.1'.split()
SHAPES = {
    'farm': (HARD + '--mails 500 --hosts 3 --hops 0.4 --form mixed --ids both --pid-reuse --logins 0.1 --client-tls 0.4'.split(), ['--year', '2026']),
    'slow': (HARD + '--mails 500 --rate 0.2 --reuse 0.5 --deferred 0.2'.split(), ['--year', '2026']),
    'wide': (HARD + '--bytes 400K --rate 100 --form rfc3339 --distinct high --mails-per-session 4'.split(), []),
    'hostile': (HARD + '--bytes 400K --rate 50 --hosts 2 --hostile --swap 0.2 --reuse 0.5 --pid-reuse --logins 0.3'.split(), ['--year', '2026']),
}
FARM = {'mx1': ('mx1/mail.log*', ['--year', '2026']), 'mx2': ('mx2/mail-rfc3339.log*', []), 'store1': ('store1/mail.log*', ['--year', '2026'])}
SKIPPED = 77


class Case:
    def __init__(self, a, name, paths, options, rng, work):
        self.a, self.name, self.paths, self.options, self.rng, self.work = a, name, paths, options, rng, work
        self.dataset = os.path.join(work, name + '.ds')
        self.failures, self.n_stories, self.n_traced, self.n_hops = [], 0, 0, 0
        subprocess.run([a.mailstrata, 'ingest', *paths, '-o', self.dataset, '--force', *options], check=True, stderr=subprocess.DEVNULL)

    def fail(self, text):
        self.failures.append('%s: %s' % (self.name, text))
        print('FAIL ' + self.failures[-1], flush=True)

    def sql(self, query):
        out = subprocess.run([self.a.mailstrata, 'sql', self.dataset, query, '--format', 'ndjson'], check=True, stdout=subprocess.PIPE).stdout
        return [json.loads(line) for line in out.splitlines()]

    def grep(self, *arguments):
        run = subprocess.run([self.a.mailstrata, 'grep', *arguments, *self.paths, *self.options], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if run.returncode not in (0, 1):
            self.fail('grep %s: exit code %d: %s' % (arguments, run.returncode, run.stderr.decode()))
        return run.stdout

    def load(self):
        """Rows by what they cite: (path, offset)."""
        self.lives, self.life_at, self.of_life, self.of_session = {}, {}, collections.defaultdict(set), collections.defaultdict(set)
        place = "path, %s.line_offset as o from %s join files using (file_id)"
        for row in self.sql('select txn_id, host, queue_id, session_id, messages.n_lines, ' + place % ('messages', 'messages')):
            self.lives[row['txn_id']] = row
            self.life_at[row['path'], int(row['o'])] = row['txn_id']
            self.of_life[row['txn_id']].add((row['path'], int(row['o'])))
        for row in self.sql('select txn_id, path, end_offset as o from messages join files using (file_id) where end_offset is not null'):
            self.of_life[row['txn_id']].add((row['path'], int(row['o'])))
        for table in 'deliveries', 'rejects', 'events':
            for row in self.sql('select txn_id, %s where txn_id is not null' % (place % (table, table))):
                self.of_life[row['txn_id']].add((row['path'], int(row['o'])))
        for row in self.sql('select session_id, %s' % (place % ('sessions', 'sessions'))):
            self.of_session[row['session_id']].add((row['path'], int(row['o'])))
        for row in self.sql('select session_id, %s where session_id is not null and txn_id is null' % (place % ('rejects', 'rejects'))):
            self.of_session[row['session_id']].add((row['path'], int(row['o'])))
        self.session_at = {place: id for id, places in self.of_session.items() for place in places}
        self.brought = collections.defaultdict(set)
        for id, row in self.lives.items():
            if row['session_id'] is not None:
                self.brought[row['session_id']].add(id)
        self.mail_of = {row['txn_id']: row['mail_id'] for row in self.sql('select txn_id, mail_id from mails')}
        self.txn_at = {place: id for id, places in self.of_life.items() for place in places}

    def stories(self, *arguments):
        stories = collections.defaultdict(list)
        for line in self.grep(*arguments, '--format', 'ndjson').splitlines():
            row = json.loads(line)
            stories[row['story']].append(row)
        if sorted(stories) != list(range(1, len(stories) + 1)):
            self.fail('%s: stories are not numbered one by one' % (arguments,))
        return stories

    def check(self, pattern):
        """`pattern` is literal text."""
        stories = self.stories('-F', '-e', pattern)
        found, sessions, wanted = set(), set(), set()
        for story in stories.values():
            places = [(row['file'], row['offset']) for row in story]
            if len(set(places)) != len(places):
                self.fail('%s: a line stands twice in a story' % pattern)
            here = {self.life_at[p] for p in places if p in self.life_at}
            with_id = sum(row['queue_id'] is not None for row in story)
            if with_id != sum(self.lives[id]['n_lines'] for id in here):
                self.fail('%s: the story at %s has %d lines with a queue ID, its mails %d' % (pattern, places[0], with_id, sum(self.lives[id]['n_lines'] for id in here)))
            cited = set()
            for id in here:
                session = self.of_session.get(self.lives[id]['session_id'], set())
                cited |= self.of_life[id] | {p for p in session if p not in self.txn_at} # not what is another mail's
            if not cited <= set(places):
                self.fail('%s: the story at %s lacks %s' % (pattern, places[0], sorted(cited - set(places))[:3]))
            if not any(row['matched'] for row in story):
                self.fail('%s: no line of the story at %s matches' % (pattern, places[0]))
            found |= here
            self.trace(story, here)
            for row in story:
                p = row['file'], row['offset']
                if row['matched'] != (pattern in row['line']):
                    self.fail('%s: matched is %s: %s' % (pattern, row['matched'], row['line']))
                if row['matched'] and p in self.txn_at:
                    wanted.add(self.txn_at[p])
                elif row['matched'] and p in self.session_at:
                    wanted |= self.brought[self.session_at[p]]
        self.n_stories += len(stories)
        if not wanted <= found:
            self.fail('%s: mails %s were not found' % (pattern, sorted(wanted - found)[:3]))
        # from the other side: what the dataset says of the lines that a search by hand finds
        for path in self.paths:
            for p in self.places_of(path, pattern):
                if p in self.txn_at and self.txn_at[p] not in found:
                    self.fail('%s: the mail of %s was not found' % (pattern, p))
                if p in self.session_at and not self.brought[self.session_at[p]] <= found:
                    self.fail('%s: not all mails of the session of %s were found' % (pattern, p))

    def text(self, path):
        if path not in self.texts:
            self.texts[path] = subprocess.run(['xz' if path.endswith('.xz') else 'gzip', '-dcf', path], check=True, stdout=subprocess.PIPE).stdout
        return self.texts[path]

    texts = {}

    def places_of(self, path, pattern):
        at = 0
        for line in self.text(path).split(b'\n'):
            if pattern.encode() in line:
                yield path, at
            at += len(line) + 1

    def trace(self, story, lives):
        if len(lives) != 1 or self.n_traced >= 20:
            return
        life = self.lives[next(iter(lives))]
        if sum(other['queue_id'] == life['queue_id'] for other in self.lives.values()) != 1:
            return
        out = subprocess.run([self.a.mailstrata, 'trace', self.dataset, '--queue-id', life['queue_id'], '--host', life['host'], '--raw', '--format', 'ndjson'],
                             check=True, stdout=subprocess.PIPE).stdout.decode()
        lines = {(row['file'], row['offset']): row['line'] for row in story}
        cited = {(row['file'], row['line_offset']): row['raw'] for row in map(json.loads, out.splitlines())
                 if row['txn_id'] == life['txn_id'] and row['raw'] is not None and 'notification: ' + life['queue_id'] not in row['raw']}
        self.n_traced += 1
        if not cited:
            self.fail('trace --raw of %s cites nothing' % life['queue_id'])
        for place, raw in cited.items():
            if lines.get(place) != raw:
                self.fail('trace --raw of %s: %s at %s is not in its story' % (life['queue_id'], raw, place))

    def hops(self, pattern):
        """With --hops all lives of a mail, as `mails` has them, stand in one story."""
        stories, place_of = self.stories('--hops', '-F', '-e', pattern), {id: place for place, id in self.life_at.items()}
        story_of = collections.defaultdict(set)
        for number, story in stories.items():
            for row in story:
                story_of[row['file'], row['offset']].add(number)
        for mail in {self.mail_of[self.life_at[p]] for p in story_of if self.life_at.get(p) in self.mail_of}:
            lives = [id for id, other in self.mail_of.items() if other == mail]
            places = [story_of[place_of[id]] for id in lives]
            self.n_hops += len(lives)
            if not set.intersection(*places):
                self.fail('--hops %s: lives of a mail are not in one story: %s' % (pattern, [self.lives[id]['queue_id'] for id in lives]))

    def same(self, *arguments):
        one = self.grep(*arguments, '--threads', '1')
        for options in (['--threads', '3', '--segment-bytes', '4096'], ['--threads', '2', '--segment-bytes', '1'],
                        ['--threads', '2', '--segment-bytes', '65536'], ['--scan', 'plain', '--threads', '2']):
            if self.grep(*arguments, *options) != one:
                self.fail('%s: other bytes with %s' % (arguments, ' '.join(options)))


def patterns_of(case, rng):
    """Texts that occur: of addresses, clients, queue IDs, processes, verbs; rare ones and one that is in many lines."""
    text = b''.join(case.text(path) for path in case.paths).decode(errors='replace')
    kinds = [r'to=<([^<>\s]+@[^<>\s]+)>', r'connect from (\S+\[[0-9.]+\])', r'client=(\S+\[[0-9.]+\])', r'smtpd(\[[0-9]+\]): ', r': ([0-9A-Za-z]{9,15}): ',
             r'message-id=<([^<>\s]+)>', r'(NOQUEUE: reject: RCPT from \S+\[[0-9.]+\])', r'(lost connection after \w+ from \S+\[[0-9.]+\])']
    found = []
    for kind in kinds:
        values = sorted(set(re.findall(kind, text)))
        found += rng.sample(values, min(3, len(values)))
    return found + ['status=bounced', 'disconnect from']


def run(case, rng):
    case.load()
    patterns = patterns_of(case, rng)
    for pattern in patterns:
        case.check(pattern)
    for pattern in patterns[:3] + patterns[-9:-6]:
        case.hops(pattern)
    for pattern in rng.sample(patterns, 4):
        case.same('-F', '-e', pattern)
    case.same('--hops', '-F', '-e', patterns[0])
    case.same('-F', '-i', '-e', patterns[0].swapcase())
    many = os.path.join(case.work, case.name + '.patterns')
    with open(many, 'w') as out:
        out.write('\n'.join(patterns + ['nobody%d@nowhere.example' % i for i in range(3000)]))
    case.same('-F', '-f', many)
    each = [x for pattern in patterns for x in ('-e', pattern)]
    if case.grep('-F', *each) != case.grep('-F', '-f', many):
        case.fail('many patterns give another answer than few')
    print('%s: %d patterns, %d stories, %d traced, %d lives over hops' % (case.name, len(patterns), case.n_stories, case.n_traced, case.n_hops), flush=True)
    if case.n_stories < 30 or case.n_traced == 0:
        case.fail('too few to mean anything')
    return case.failures


def main():
    parser = argparse.ArgumentParser()
    for name in 'mailstrata', 'streamgen', 'shared':
        parser.add_argument('--' + name)
    parser.add_argument('--host', action='append', choices=sorted(FARM), help='of the farm; all, if none is named')
    parser.add_argument('--seeds', type=int, default=1)
    parser.add_argument('--shape', action='append', choices=sorted(SHAPES))
    a = parser.parse_args()
    failures = []
    with tempfile.TemporaryDirectory() as work:
        if a.streamgen:
            for seed in range(1, a.seeds + 1):
                for name in a.shape or SHAPES:
                    rng = random.Random(seed)
                    log = os.path.join(work, '%s-%d.log' % (name, seed))
                    subprocess.run([a.streamgen, *SHAPES[name][0], '--seed', str(seed), '-o', log], check=True)
                    failures += run(Case(a, '%s-%d' % (name, seed), [log], SHAPES[name][1], rng, work), rng)
        else:
            farm = os.path.join(os.environ.get('MAILSTRATA_SHARED') or a.shared, 'data', 'farm', 'logs')
            if not os.path.isdir(farm):
                print('skipped: no farm logs at %s' % farm)
                sys.exit(SKIPPED)
            for name in a.host or FARM:
                pattern, options = FARM[name]
                rng = random.Random(7)
                failures += run(Case(a, name, sorted(glob.glob(os.path.join(farm, pattern))), options, rng, work), rng)
    sys.exit(1 if failures else 0)


main()
