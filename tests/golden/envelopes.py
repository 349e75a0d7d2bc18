#!/usr/bin/env python3
"""envelopes.py MAILSTRATA: every message in every envelope; what is read of it does not depend on what is around it.

The messages are one of each mail system and of some helpers; the envelopes all that reference/syslog-envelopes.md knows, with what
may stand in front of them and behind. Of each line, all fields but time and place must be those of the first envelope, the host and the
second of the stamp what the envelope says."""
import json
import subprocess
import sys

MESSAGES = [
    ('postfix/qmgr', '1A2B3C4D5E: from=<a@example.org>, size=123, nrcpt=1 (queue active)'),
    ('postfix/smtpd', 'NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 554 5.7.1 <a@b.example>: Relay access denied; from=<x@y.example> to=<a@b.example> proto=ESMTP helo=<z>'),
    ('sendmail', '6ALHWZVx000517: to=<b@example.net>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=31000, relay=mx.example.net. [192.0.2.25], dsn=2.0.0, stat=Sent (ok)'),
    ('exim', '1UlasQ-0001yA-Ra <= a@example.org H=(helo) [192.0.2.7] P=esmtp S=1234 id=m@example.org T="a \\"b\\"" for b@example.net'),
    ('exim', 'H=(helo) [192.0.2.7] F=<a@example.org> rejected RCPT <b@example.net>: relay not permitted'),
    ('qmail', '1370766088.123456 starting delivery 3: msg 4711 to remote b@example.net'),
    ('dovecot', 'imap-login: Login: user=<bob>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, mpid=4711, TLS, session=<aBcDeFgH>'),
    ('dovecot', "lmtp(bob)<4711><aBcD>: sieve: msgid=<m@example.org>: stored mail into mailbox 'Lists'"),
    ('cyrus/lmtp', 'Delivered: <m@example.org> to mailbox: user.bob'),
    ('amavis', '(00812-01) Passed CLEAN, [192.0.2.7] <a@example.org> -> <b@example.net>, Message-ID: <m@example.org>, mail_id: aB, Hits: -, queued_as: 1A2B3C4D5F, 812 ms'),
    ('rspamd', '<a1b2c3>; task; rspamd_task_write_log: id: <m@example.org>, qid: <1A2B3C4D5E>, ip: 192.0.2.7, (default: F (no action): [0.50/15.00] []), len: 1'),
    ('opendkim', '1A2B3C4D5E: DKIM verification successful'),
]
MICROSECONDS = 1370766088123456
SECOND = '08:21:28'


def journal(tag, text, **more):
    return json.dumps({'__REALTIME_TIMESTAMP': str(MICROSECONDS), '_HOSTNAME': 'mx9', 'SYSLOG_IDENTIFIER': tag, '_PID': '4711', 'MESSAGE': text, **more})


def envelopes(tag, text):
    """(name, line, host, pid told?)"""
    line, old, new = '%s[4711]: %s' % (tag, text), 'Jun  9 08:21:28', '2013-06-09T08:21:28.123456Z'
    docker = {'stream': 'stdout', 'time': '2013-06-09T08:21:28.123456789Z'}
    for name, stamp in (('RFC 3164', old), ('no padding', 'Jun 9 08:21:28'), ('zero', 'Jun 09 08:21:28'), ('fraction', old + '.123'),
                        ('small letters', 'jun  9 08:21:28'), ('year inside', 'Jun  9 2013 08:21:28'), ('year behind', old + ' 2013'),
                        ('year first', '2013 Jun  9 08:21:28'), ('appliance', '2013:06:09-08:21:28'), ('PRI', '<22>' + old), ('BSD -v', old + ' <2.6>'),
                        ('BSD -vv', old + ' <mail.info>'), ('RFC 3339', new), ('offset', '2013-06-09T08:21:28.123456+00:00'),
                        ('comma', '2013-06-09T08:21:28,123+00:00'), ('no colon', '2013-06-09T08:21:28+0000'), ('no zone', '2013-06-09T08:21:28'),
                        ('blank', '2013-06-09 08:21:28'), ('PRI and RFC 3339', '<22>' + new), ('short-full', 'Sun 2013-06-09 08:21:28 UTC'),
                        ('short-unix', '1370766088.123456'), ('BOM', '\ufeff' + old), ('NULs', '\0' * 300 + old), ('CRI', new + ' stdout F ' + old),
                        ('docker logs', new + ' ' + old), ('compose', 'mail-1  | ' + old), ('grep', 'mail.log:17:' + old), ('quoted', '> ' + old)):
        yield name, '%s mx9 %s' % (stamp, line), 'mx9', True
    for host in ('mx9.example.net', '192.0.2.1', '2001:db8::1', 'src@mx9/loghost'):
        yield host, '%s %s %s' % (old, host, line), host, True
    yield 'no host', '%s %s' % (old, line), None, True
    yield 'no host, PRI', '<22>%s %s' % (old, line), None, True
    yield 'no colon behind the pid', '%s mx9 %s[4711] %s' % (old, tag, text), 'mx9', True
    yield 'no pid', '%s mx9 %s: %s' % (old, tag, text), 'mx9', False
    for stamp in (old, '<22>' + old, new):
        yield 'Solaris', '%s mx9 %s[4711]: [ID 197553 mail.info] %s' % (stamp, tag, text), 'mx9', True
    for word in ('mx9 mail:info', 'mx9 auth|security:info', 'Message forwarded from mx9:', 'From mx9:'):
        yield 'AIX', '%s %s %s' % (old, word, line), 'mx9', True
    for data in ('-', '[ex@32473 iut="3" s="a\\"b\\]c"]', '[a@1 x=""][b@1 y="]"]'):
        for mark in ('', '\ufeff'):
            yield 'RFC 5424', '<22>1 %s mx9 %s 4711 ID47 %s %s%s' % (new, tag, data, mark, text), 'mx9', True
    yield 'RFC 5424, octets', '123 <22>1 %s mx9 %s 4711 - - %s' % (new, tag, text), 'mx9', True
    yield 'RFC 5424, no pid', '<22>1 %s mx9 %s - - - %s' % (new, tag, text), 'mx9', False
    yield 'RFC 5424 around RFC 3164', '<22>1 %s loghost - - - - %s mx9 %s' % (new, old, line), 'mx9', True
    yield 'RFC 5424 around a tag', '<22>1 %s mx9 - - - - %s' % (new, line), 'mx9', True
    for name, object_ in (('text', journal(tag, text)), ('bytes', journal(tag, list(text.encode()))), ('more', journal(tag, text, PRIORITY='6', SYSLOG_FACILITY='2')),
                          ('several', journal(tag, text, _PID=['4711', '12'])), ('numbers', journal(tag, text, _PID=4711))):
        for prefix in ('', '\x1e', 'data: '):
            yield 'journal, ' + name, prefix + object_, 'mx9', True
    for name, inner, host in (('RFC 3164', '%s mx9 %s' % (old, line), 'mx9'), ('RFC 3339', '%s mx9 %s' % (new, line), 'mx9'), ('a tag', line, None)):
        log = json.dumps({'log': inner + '\n', **docker})
        yield 'Docker, ' + name, log, host, True
        yield 'Docker, attributes, ' + name, json.dumps({'log': inner + '\n', 'attrs': {'tag': 'x'}, **docker}), host, True
        yield 'Docker in JSON, ' + name, json.dumps({'message': log}), host, True
        if host:
            yield 'raw, ' + name, json.dumps({'_raw': inner}), host, True
    yield 'rsyslog JSON', json.dumps({'timestamp': new, 'host': 'mx9', 'program': tag, 'pid': '4711', 'message': text}), 'mx9', True
    yield 'TAI64N', '@%016x1dcd6500 ' % (2 ** 62 + 10 + MICROSECONDS // 1000000) + line, None, True
    yield 'tai64nlocal', '2013-06-09 08:21:28.123456789 ' + line, None, True
    for end in ('\r', '#012', '#015#012'):
        if not tag.startswith('postfix') or end == '\r':    # whose texts hold no control characters
            yield 'behind it %r' % end, '%s mx9 %s%s' % (old, line, end), 'mx9', True
    again = 'message repeated 3 times: [ %s]' % text
    for name, around in (('RFC 3164', '%s mx9 %s[4711]: %s' % (old, tag, again)), ('RFC 5424', '<22>1 %s mx9 %s 4711 - - %s' % (new, tag, again)), ('journal', journal(tag, again))):
        yield 'repeated, ' + name, around, 'mx9', True


def main():
    n, faults = 0, []
    for tag, text in MESSAGES:
        cases = list(envelopes(tag, text))
        out = subprocess.run([sys.argv[1], 'parse', '-', '--year', '2013'], input=''.join(line + '\n' for _, line, _, _ in cases).encode(), capture_output=True, check=True)
        rows = [json.loads(line) for line in out.stdout.decode().split('\n') if line]
        if len(rows) != len(cases):
            raise SystemExit('%d rows of %d lines: %s' % (len(rows), len(cases), out.stderr.decode()))
        around = ('file', 'offset', 'time', 'host', 'pid', 'repeats')
        said = {k: v for k, v in rows[0].items() if k not in around}
        if said['kind'] in ('unparsed', 'other') or said['kind'].endswith('.other'):
            faults.append('%s: is of the kind %s' % (text, said['kind']))
        for (name, line, host, has_pid), row in zip(cases, rows):
            n += 1
            if {k: v for k, v in row.items() if k not in around} != said:
                faults.append('%s: %s' % (name, row))
            if row.get('host') != host or row.get('pid') != (4711 if has_pid else None) or row.get('repeats') != (3 if 'repeated' in name else None):
                faults.append('%s: host, pid or repeats: %s' % (name, row))
            if SECOND not in str(row.get('time')):
                faults.append('%s: time: %s' % (name, row))
    for fault in faults:
        print(fault)
    print('envelopes: %d lines, %d faults' % (n, len(faults)))
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
