"""A dataset against the truth that streamgen wrote beside the log: every row of messages, deliveries, sessions, rejects and
links, keyed by the line that it cites. One log, one dataset; streams without --hostile only."""
import bisect
import collections
import json
import subprocess


def sql(program, dataset, query):
    """Rows as dicts. Exit code 1 means no rows."""
    r = subprocess.run([program, 'sql', dataset, query, '--format', 'ndjson'], capture_output=True)
    if r.returncode not in (0, 1):
        raise RuntimeError('sql: %s: %s' % (query, r.stderr.decode()))
    return [json.loads(line) for line in r.stdout.decode().splitlines()]


def line_offsets(path):
    """Offset of each line; the last entry is the file's size."""
    offsets = [0]
    with open(path, 'rb') as f:
        for line in f:
            offsets.append(offsets[-1] + len(line))
    return offsets


def read_truth(path):
    with open(path, encoding='utf-8') as f:
        rows = [json.loads(line) for line in f]
    by = collections.defaultdict(list)
    for r in rows:
        by[r['t']].append(r)
    return by


def crossing(truth, offsets, segment_bytes):
    """The share of lives whose first and last line are in different segments."""
    borders, begin = [], 0
    for o in offsets[1:]:
        if o - begin >= segment_bytes:      # a segment ends with the line in which it reaches its size
            borders.append(o)
            begin = o
    segment = lambda line: bisect.bisect_right(borders, offsets[line - 1])
    lives = truth['life']
    return sum(segment(x['first']) != segment(x['last']) for x in lives) / max(1, len(lives))


class Comparison:
    def __init__(self, program, dataset, log, truth):
        self.program, self.dataset = program, dataset
        self.offsets = line_offsets(log)
        self.line = {o: i + 1 for i, o in enumerate(self.offsets)}
        self.truth, self.cut = truth, truth['total'][0]['cut']
        self.problems = []

    def rows(self, query):
        return sql(self.program, self.dataset, query)

    def compare(self, what, have, want):
        """have, want: key -> facts. Every key and every fact must be equal."""
        missing, extra = sorted(set(want) - set(have)), sorted(set(have) - set(want))
        wrong = [(k, {f: (have[k][f], want[k][f]) for f in want[k] if have[k][f] != want[k][f]}) for k in sorted(set(want) & set(have))]
        wrong = [w for w in wrong if w[1]]
        if missing:
            self.problems.append('%s: %d of %d missing, e.g. %s' % (what, len(missing), len(want), [(k, want[k]) for k in missing[:2]]))
        if extra:
            self.problems.append('%s: %d that the truth does not have, e.g. %s' % (what, len(extra), [(k, have[k]) for k in extra[:2]]))
        if wrong:
            self.problems.append('%s: %d of %d wrong (dataset, truth), e.g. %s' % (what, len(wrong), len(want), wrong[:3]))

    # ---------------------------------------------------------------- tables
    def messages(self):
        have, want = {}, {}
        for r in self.rows('SELECT host, queue_id, line_offset, end_offset, n_lines, state, origin, n_attempts, message_id, sender, size_bytes,'
                           ' nrcpt, client_ip, submit_uid, n_sent, n_deferred, n_bounced FROM messages'):
            key = (r.pop('host'), r.pop('queue_id'), self.line[int(r.pop('line_offset'))])
            end = r.pop('end_offset')
            r['end'] = None if end is None else self.line[int(end)]
            have[key] = {k: int(v) if k in ('size_bytes', 'submit_uid') and v is not None else v for k, v in r.items()}
        for x in self.truth['life']:
            last = [r['tries'][-1][1] for r in x['recipients']]
            deferred = last.count('deferred')
            given_up = x['state'] == 'expired'
            want[x['host'], x['queue_id'], x['first']] = dict(
                end=x.get('end'), n_lines=x['n_lines'], state=x['state'], origin=x['origin'], n_attempts=x['n_attempts'],
                message_id=x.get('message_id'), sender=x.get('sender'), size_bytes=x.get('size'), nrcpt=x.get('nrcpt'),
                client_ip=x.get('client_ip'), submit_uid=x.get('uid'), n_sent=last.count('sent'),
                n_deferred=0 if given_up else deferred, n_bounced=last.count('bounced') + (deferred if given_up else 0))
        if self.cut:     # the line that says whose notice an internal mail is may be behind the end
            for facts in list(have.values()) + list(want.values()):
                if facts['origin'] in ('bounce', 'forward', 'unknown'):
                    facts['origin'] = 'internal'
        self.compare('messages', have, want)

    def deliveries(self):
        have, want = {}, {}
        for r in self.rows('SELECT line_offset, host, queue_id, recipient, orig_recipient, status, attempt, is_final, next_queue_id,'
                           ' tls_evidence, tls_version, tls_cipher, tls_trust FROM deliveries'):
            have[self.line[int(r.pop('line_offset'))]] = r
        for x in self.truth['life']:
            over = x['state'] in ('done', 'expired', 'deleted')
            for r in x['recipients']:
                for i, (line, status) in enumerate(r['tries']):
                    last = i + 1 == len(r['tries'])
                    tls = r.get('tls', {}).get(str(line))
                    facts = (tls, 'TLSv1.2', 'ECDHE-RSA-AES256-GCM-SHA384', 'Untrusted') if tls else (None,) * 4
                    want[line] = dict(host=x['host'], queue_id=x['queue_id'], recipient=r['to'], orig_recipient=r.get('orig_to'), status=status,
                                      attempt=i + 1, is_final=last and (over or status != 'deferred'),
                                      next_queue_id=r.get('next_id') if status == 'sent' else None,
                                      **dict(zip(('tls_evidence', 'tls_version', 'tls_cipher', 'tls_trust'), facts)))
        self.compare('deliveries', have, want)

    def sessions(self):
        have, want = {}, {}
        for r in self.rows('SELECT line_offset, host, pid, client_ip, n_messages, n_rejects, end_kind FROM sessions'):
            r['pid'] = int(r['pid'])
            have[self.line[int(r.pop('line_offset'))]] = r
        for x in self.truth['session']:
            crashed = x['end_kind'] == 'crashed'        # what the log says of it depends on who comes next
            if crashed and have.get(x['first'], {}).get('end_kind') in ('open', 'reset'):
                have[x['first']]['end_kind'] = 'crashed'
            want[x['first']] = {k: x[k] for k in ('host', 'pid', 'client_ip', 'n_messages', 'n_rejects', 'end_kind')}
        self.compare('sessions', have, want)

    def logins(self):
        """Rows are counted: those that a disconnect line's counter makes are alike."""
        have, want = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
        for r in self.rows('SELECT l.line_offset, l.host, s.pid, l.username, l.result, l.client_ip, l.tls_version FROM logins l'
                           ' LEFT JOIN sessions s USING (session_id)'):
            have[self.line[int(r.pop('line_offset'))]][tuple(r.values())] += 1
        for x in self.truth['login']:
            for result in ('ok', 'failed'):
                if x[result]:
                    want[x['line']][x['host'], x['pid'], x.get('username'), result, x['client_ip'], 'TLSv1.3' if x.get('tls') else None] = x[result]
        self.compare('logins', {k: {'rows': v} for k, v in have.items()}, {k: {'rows': v} for k, v in want.items()})

    def rejects(self):
        have, want = {}, {}
        for r in self.rows('SELECT r.line_offset, r.host, action, stage, reply_code, r.client_ip, r.sender, recipient, queue_id'
                           ' FROM rejects r LEFT JOIN messages m USING (txn_id)'):
            have[self.line[int(r.pop('line_offset'))]] = r
        for x in self.truth['reject']:
            want[x['line']] = dict(host=x['host'], action=x['action'], stage=x['stage'], reply_code=x['code'] or None, client_ip=x['client_ip'],
                                   sender=x['sender'], recipient=x.get('recipient'), queue_id=x.get('queue_id'))
        self.compare('rejects', have, want)

    def links(self):
        """Hops and forwards inside the stream. A link with one candidate must name the right life; where the ID was never used
        twice there must be such a link."""
        lives = collections.defaultdict(list)
        for x in self.truth['life']:
            lives[x['host'], x['queue_id']].append(x['first'])
        want, alone = {}, set()
        for x in self.truth['life']:
            for r in x['recipients']:
                if 'next_host' not in r or r['tries'][-1][1] != 'sent':
                    continue
                line, ids = r['tries'][-1][0], lives[r['next_host'], r['next_id']]
                child = [f for f in ids if f < line] or [f for f in ids if f <= line + 3]   # lines may have changed places
                if child:
                    want[line] = (x['queue_id'], x['first'], r['next_host'], r['next_id'], max(child))
                    if len(ids) == 1:
                        alone.add(line)
        found = set()
        for r in self.rows('SELECT l.line_offset AS at, from_queue_id, p.line_offset AS parent, to_host, to_queue_id, c.line_offset AS child'
                           " FROM links l LEFT JOIN messages p ON p.txn_id = from_txn_id LEFT JOIN messages c ON c.txn_id = to_txn_id"
                           " WHERE kind IN ('next_hop', 'forward', 'reinject') AND l.to_txn_id IS NOT NULL AND candidates = 1"):
            at = lambda o: None if o is None else self.line[int(o)]
            line, link = at(r['at']), (r['from_queue_id'], at(r['parent']), r['to_host'], r['to_queue_id'], at(r['child']))
            found.add(line)
            if want.get(line) != link:
                self.problems.append('links: line %s: %s, truth %s' % (line, link, want.get(line)))
        if alone - found:
            self.problems.append('links: %d of %d clear ones are not certain, e.g. lines %s' % (len(alone - found), len(alone), sorted(alone - found)[:5]))

    def accounting(self):
        outcomes = 'message session reject login verdict event unparsed duplicate pending'.split()
        total = self.truth['total'][0]
        r = self.rows('SELECT sum(n_lines)::BIGINT AS n, sum(text_bytes)::BIGINT AS b, sum(%s)::BIGINT AS o, (SELECT sum(n_lines) FROM coverage)::BIGINT AS c,'
                      ' (SELECT count(*) FROM unparsed) AS u FROM files' % ' + '.join('n_lines_' + o for o in outcomes))[0]
        if [int(r[k]) for k in 'nboc'] != [total['lines'], total['bytes'], total['lines'], total['lines']]:
            self.problems.append('accounting: %s, truth %s' % (r, total))
        if int(r['u']) != 0:
            self.problems.append('unparsed: %s lines' % r['u'])

    def all(self):
        self.messages()
        self.deliveries()
        self.sessions()
        self.logins()
        self.rejects()
        self.links()
        self.accounting()
        return self.problems
