"""Mails over all their queue files: `mail_messages` says which are one mail, `fates` what became of each recipient in the end."""
import collections

IN_QUEUE = ('open', 'held')


def compare(c, ds):
    """c: the Comparison, with the row of each life."""
    cases = collections.defaultdict(list)
    for life in c.truth['life']:
        if (life['case'], life['index']) in c.row and not life.get('probe'):
            cases[life['case']].append(life)
    mail_ids(c, ds, cases)
    fates(c, ds, cases)


def mail_ids(c, ds, cases):
    mail_id = {(m['txn_id'], m['queue_id']): m['mail_id'] for m in ds.rows('SELECT txn_id, queue_id, mail_id FROM mail_messages')}
    rows = {case: [c.row[case, life['index']] for life in lives] for case, lives in cases.items()}
    for case, members in rows.items():
        c.equal('mail:%s:one' % case, len({mail_id[m['txn_id'], m['queue_id']] for m in members}), 1)
    apart = len(mail_id) - sum(len(members) - 1 for members in rows.values())
    # Fewer: mails are fused that are not one. More is told above, by the mail that fell apart.
    c.equal('mail:apart', len(set(mail_id.values())) >= apart, True)


def fate(c, life, rcpt):
    attempts = life['to'][rcpt]
    if not attempts:
        return {'rejected': 'rejected', 'held': 'queued', 'deleted': 'deleted', 'done': 'discarded'}[life['state']]
    status = attempts[-1][0]
    if status == 'deferred':
        return 'queued' if life['state'] in IN_QUEUE else life['state']
    if status == 'bounced':
        return 'bounced'
    if rcpt.endswith('@discard.test'):
        return 'discarded'
    relayed = any(a['rcpt'] == rcpt and a['queue_id'] and not a['lmtp'] for a in c.truth['attempt'])
    return 'left_archive' if relayed else 'delivered'


def first_known(lives, i, rcpt):
    """The recipient as the first life got it."""
    while True:
        rcpt = lives[i]['orig'].get(rcpt, rcpt)
        if i == 0:
            return rcpt
        i -= 1
        rcpt = rcpt if rcpt in lives[i]['to'] else next(iter(lives[i]['to']))


def fates(c, ds, cases):
    found = collections.defaultdict(list)
    for f in ds.rows('SELECT * FROM fates'):
        found[f['txn_id']].append(f)
    for case, lives in cases.items():
        for i, life in enumerate(lives):
            if life['state'] == 'aborted':
                continue
            beyond = lives[i + 1] if i + 1 < len(lives) else {'to': {}, 'orig': {}}
            handed_on = {*beyond['to'], *beyond['orig'].values()} if len(life['to']) > 1 or not beyond['to'] else set(life['to'])
            ends = [r for r in life['to'] if r not in handed_on]
            name, rows = 'fate:%s#%d' % (case, i), found[c.row[case, i]['txn_id']]
            c.equal(name + ':fates', sorted(f['fate'] for f in rows), sorted(fate(c, life, r) for r in ends))
            if any(life['to'].values()):                     # else no line names its recipients
                c.equal(name + ':recipients', sorted((f['orig_recipient'], f['recipient'], f['n_hops']) for f in rows),
                        sorted((first_known(lives, i, r), r, i + 1) for r in ends))
