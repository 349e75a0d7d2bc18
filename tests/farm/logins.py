"""Logins against what the farm's clients did, and TLS between its hosts against what the other side logged."""
import base64
import collections
import json
import lzma
import os

REALM = '@corp.test'                   # what SASL adds to a login name that has none


def tried(session):
    """(user or None, good) of each AUTH in the replies that a client noted."""
    found, answers = [], iter(session.get('replies', []))
    text = lambda word: base64.b64decode(word).decode()
    for command, reply, *_ in answers:
        if command.startswith('AUTH PLAIN '):
            found.append((text(command[11:]).split('\0')[1], reply.startswith('235')))
        elif command == 'AUTH LOGIN' and reply.startswith('334'):
            user, (_, reply, *_) = text(next(answers)[0]), next(answers)
            found.append((user if '@' in user else user + REALM, reply.startswith('235')))
        elif command.startswith('AUTH ') and ' AUTH not available' not in reply:    # which sendmail does not log
            found.append((None, False))
    return found


def truth(folder, hosts):
    """(host, client, good) -> users"""
    users = collections.defaultdict(collections.Counter)
    with open(os.path.join(folder, 'sessions.jsonl'), encoding='utf-8') as f:
        for session in map(json.loads, f):
            for user, good in tried(session):
                users[session['host'], session['src'], good][user] += 1
    with lzma.open(os.path.join(folder, 'messages.jsonl.xz'), 'rt', encoding='utf-8') as f:
        for message in map(json.loads, f):
            for a in message['attempts']:
                if 'auth' in a:
                    users[message['host'], a['src'], a['auth'][1].startswith('235')][a['auth'][0]] += 1
    return {k: v for k, v in users.items() if k[0] in hosts}


def check_logins(rows, folder, hosts):
    """rows: host, client_ip, result, username (None where no line names it). Gives sentences about what is wrong."""
    have, want = collections.defaultdict(collections.Counter), truth(folder, hosts)
    for host, ip, result, user in rows:
        have[host, ip, result == 'ok'][user] += 1
    wrong = []
    for key in sorted(set(have) | set(want)):
        found, true = have[key], want.get(key, collections.Counter())
        unnamed = found.pop(None, 0)
        # Each named one is true; the others are as many as are left over.
        if found - true or unnamed != sum((true - found).values()):
            wrong.append('logins: %s: %s and %d without a name, truth %s' % (key, dict(found), unnamed, dict(true)))
    print('logins of %s: %d rows, %d without a name' % (','.join(hosts), len(rows), sum(r[3] is None for r in rows)))
    return wrong


# What smtp logs of a connection and what smtpd of the next host logs of the same one.
TLS_BOTH_SIDES = """
    SELECT d.host, m.host, d.queue_id, d.tls_version, m.tls_version, d.tls_cipher, m.tls_cipher FROM links l
    JOIN deliveries d ON d.txn_id = l.from_txn_id AND d.file_id = l.file_id AND d.line_offset = l.line_offset
    JOIN messages m ON m.txn_id = l.to_txn_id
    WHERE l.kind = 'next_hop' AND l.candidates = 1 AND d.mta = 'postfix' AND m.mta = 'postfix' AND d.agent IN ('smtp', 'postfix')
      AND m.origin = 'smtpd'"""
# The sinks do not offer TLS.
TLS_TO_SINKS = "SELECT count(*), count(tls_evidence) FROM deliveries WHERE relay_ip LIKE '198.51.100.%'"


def check_tls(pairs, sinks):
    wrong = ['tls: %s' % (p,) for p in pairs if p[3] != p[4] or p[5] != p[6]]
    print('tls: %d deliveries between hosts, %d of them with TLS; %s to sinks' % (len(pairs), sum(p[3] is not None for p in pairs), sinks[0]))
    if not any(p[3] for p in pairs):
        wrong.append('tls: no delivery with TLS')
    if int(sinks[1]) or not int(sinks[0]):
        wrong.append('tls: %s of %s deliveries to sinks have TLS' % (sinks[1], sinks[0]))
    return wrong
