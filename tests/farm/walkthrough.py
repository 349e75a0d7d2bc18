#!/usr/bin/env python3
"""The samples by which admins teach the log, one mail each: what must come out of them, row by row.

  walkthrough.py --mailstrata PROGRAM --corpus corpus/walkthrough    our samples, with made-up names
  walkthrough.py --mailstrata PROGRAM --shared DIR                   the originals in DIR/data/walkthrough; exit 77 if not there

The same cases run on both; NAMES tells what differs."""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

NAMES = {   # what differs between the originals and ours
    False: dict(sender='sender.log', receiver='receiver.log', pickup='pickup.log', lmtp='lmtp.log', local='local.log',
                shost='desk', rhost='campus', sclient='desk.sender.example', rclient='pc84.dialup.example', rip='198.51.100.153',
                mid='20080411101011.10284961@www.sender.example', mfrom='olga@www.sender.example',
                rcpt='ravi@campus.receiver.example', relay='campus.receiver.example', relayip='192.0.2.45',
                phost='batch', pmid='20190323180503.56060D2814C@batch.example', pfrom='root@配送.example', pto='tickets@配送.example', pdomain='配送.example',
                pat='1553364303',                                    # the message-id of Postfix's making tells the zone
                prelay='中継サーバ', lhost='anon', lclient='client.example',
                lrelay='store.example[/var/spool/postfix/private/dovecot-lmtp]'),
    True: dict(sender='postfix-sender.log', receiver='postfix-receiver.log', pickup='postfix-pickup.log', lmtp='postfix-lmtp.log',
               shost='minipc', rhost='uso5005', sclient='minipc.ism.co.jp', rclient='pc84153.amigo2.ne.jp', rip='202.59.188.153',
               mid='20080411101011.10284961@wwwism.dyndns.org', mfrom='okada@wwwism.dyndns.org',
               rcpt='okada@uso5005.mie-chukyo-u.ac.jp', relay='uso5005.mie-chukyo-u.ac.jp', relayip='192.244.75.245',
               phost='hostname', pmid='20190323180503.56060D2814C', pfrom='root@見せられないよ', pto='redmine@見せられないよ',
               pdomain='見せられないよ',
               pat='1553396703',                                     # (is not whole)
               prelay='リレー先サーバ', lhost='XXXX', lclient='aaa.com',
               lrelay='XXXXXXX.bbb.jp[/var/spool/postfix/private/dovecot-lmtp]',
               sendmail='sendmail.log', smhost='user100', smuser='mailuser555@user100.server100.info', smclient='local001.localserver200',
               smip='192.168.38.222', smout='otusr111@sq3.delsol.ne.ni', smmx='ms.delsol.ne.ni'),
}

# name, files, options of ingest, and pairs of a query and the rows it must give. In rows, NULL is null, text is as printed.
MESSAGES = "SELECT host, queue_id, origin, message_id, sender, size_bytes, nrcpt, state, n_sent, n_bounced, n_lines FROM messages ORDER BY queue_id DESC, line_offset"
DELIVERIES = "SELECT host, queue_id, agent, recipient, relay_host, relay_ip, relay_port, delay_ms, dsn, status, reply, next_queue_id FROM deliveries ORDER BY queue_id DESC, line_offset"
LINKS = """SELECT from_host, from_queue_id, to_host, to_queue_id, l.recipient, kind, evidence, candidates, p.host, c.host
           FROM links l LEFT JOIN messages p ON p.txn_id = from_txn_id LEFT JOIN messages c ON c.txn_id = to_txn_id"""
TIMES = "SELECT epoch(first_time)::BIGINT, epoch(end_time)::BIGINT FROM messages ORDER BY first_time"
CASES = [
    ('two hosts, one mail', ['sender', 'receiver'], ['--year', '2008'], [
        (MESSAGES, [
            '{rhost},F3A53220685,smtpd,{mid},{mfrom},923,1,done,1,0,5',
            '{shost},834922852F,smtpd,{mid},{mfrom},702,1,done,1,0,5']),
        ("SELECT host, client_name, client_ip FROM messages ORDER BY queue_id DESC",
            ['{rhost},{rclient},{rip}', '{shost},{sclient},127.0.0.1']),
        (DELIVERIES, [
            '{rhost},F3A53220685,pipe,{rcpt},cyrus,null,null,2000,null,sent,{relay},null',
            '{shost},834922852F,smtp,{rcpt},{relay},{relayip},null,7000,null,sent,250 Ok: queued as F3A53220685,F3A53220685']),
        (LINKS, ['{shost},834922852F,{rhost},F3A53220685,{rcpt},next_hop,queued_as,1,{shost},{rhost}']),
        ("SELECT count(*), count(disconnect_time), sum(n_messages), min(end_kind) FROM sessions", ['2,2,2,quit']),
        ("SELECT count(*) FROM messages m JOIN sessions s USING (session_id) WHERE s.client_ip = m.client_ip", ['2']),
        (TIMES, ['1207908611,1207908618', '1207908615,1207908617']),
        ("SELECT DISTINCT year_anchor FROM files", ['option']),
    ]),
    ('the same without a year', ['sender', 'receiver'], [], [
        ("SELECT count(*), count(first_time), count(queued_time), count(end_time) FROM messages", ['2,0,0,0']),
        ("SELECT count(*), count(time) FROM deliveries", ['2,0']),
        ("SELECT count(*), count(connect_time) FROM sessions", ['2,0']),
        ("SELECT count(year_anchor), min(n_lines) FROM files", ['0,7']),
    ]),
    ('pickup', ['pickup'], ['--year', '2019'], [
        (MESSAGES, ['{phost},56060D2814C,pickup,{pmid},{pfrom},1445,1,done,1,0,5']),
        ("SELECT submit_uid, client_ip, session_id, epoch(first_time)::BIGINT FROM messages", ['0,null,null,{pat}']),
        ("SELECT recipient, starts_with(relay_host, '{prelay}'), relay_ip, relay_port, delay_ms, delay_in_ms, delay_queue_ms, delay_conn_ms, delay_xmit_ms, dsn, reply_code, status FROM deliveries",
            ['{pto},true,null,25,650,310,40,220,80,2.0.0,250,sent']),
        ("SELECT recipient_key, recipient_domain FROM deliveries", ['{pto},{pdomain}']),
    ]),
    ('lmtp to a socket, emptied fields, the end of an earlier life', ['lmtp'], [], [
        (MESSAGES, [
            '{lhost},00000000,unknown,null,null,null,null,done,0,0,1',
            '{lhost},00000000,smtpd,,,2000,1,done,1,0,5']),
        ("SELECT agent, recipient, relay_host, relay_ip, relay_port, delay_ms, dsn, status, reply FROM deliveries",
            ['lmtp,,{lrelay},null,null,3500,2.0.0,sent,250 2.0.0  pIUHB/AAAAAAAAAAA Saved']),
        ("SELECT starts_with(client_name, '{lclient}'), client_ip, first_time FROM messages WHERE origin = 'smtpd'", ['true,null,null']),
        ("SELECT n_messages, end_kind FROM sessions", ['1,quit']),
    ]),
    # Five mails of 2006: a client of the own net sends through the server (relay= names the client, then the server's peer, whose
    # MX changes from mail to mail), mail from outside goes to mailboxes. Queue IDs tell the year.
    ('sendmail', ['sendmail'], [], [
        ("SELECT host, queue_id, mta, origin, sender, size_bytes, nrcpt, state, n_sent, n_lines, class, daemon, protocol, client_name, client_ip FROM messages ORDER BY first_time", [
            '{smhost},k9DCbUFs005617,sendmail,smtpd,{smuser},3350,1,done,1,2,0,MTA,ESMTP,{smclient},{smip}',
            '{smhost},k9DEIrHq005758,sendmail,smtpd,{smuser},100523,1,done,1,2,0,MTA,ESMTP,{smclient},{smip}',
            '{smhost},k9G1FOKE007654,sendmail,smtpd,otur555@zousann.ko.ni,4552,1,done,1,2,0,MTA,ESMTP,server101.zousann.ko.ni,null',
            '{smhost},k9LE1v98001811,sendmail,smtpd,{smuser},6297,1,done,1,2,0,MTA,ESMTP,{smclient},{smip}',
            '{smhost},k9M1Cf1C002083,sendmail,smtpd,otusr888@quad.adn.ne.ni,1907,1,done,1,2,0,MTA,ESMTP,mafeed.adn.ne.ni,null']),
        ("SELECT queue_id, agent, recipient, relay_host, delay_ms, xdelay_ms, priority, ctladdr, dsn, status, next_queue_id, is_final FROM deliveries ORDER BY time", [
            'k9DCbUFs005617,esmtp,{smout},mail1.{smmx},4000,4000,123350,{smuser},2.0.0,sent,k9DCbXkK001855,true',
            'k9DEIrHq005758,esmtp,{smout},mail2.{smmx},4000,3000,220523,{smuser},2.0.0,sent,k9DEItAj020970,true',
            'k9G1FOKE007654,local,{smuser},null,0,0,34774,null,2.0.0,sent,null,true',
            'k9LE1v98001811,esmtp,otusr111@ekisaito.ko.ni,maile.ekisaito.ko.ni,4000,4000,126297,{smuser},2.0.0,sent,1161439322 qp 70739,true',
            'k9M1Cf1C002083,local,{smuser},null,1000,1000,32108,null,2.0.0,sent,null,true']),
        ("SELECT DISTINCT year(m.first_time), year_anchor FROM messages m JOIN files USING (file_id)", ['2006,queue_id']),
        ("SELECT count(*), count(m.session_id), sum(n_messages) FROM messages m JOIN sessions s USING (session_id) WHERE s.client_name = m.client_name", ['5,5,5']),
    ]),
    ('local mailer, null sender, leap day', ['local'], ['--year', '2024'], [
        (MESSAGES, ['store,0F5383D1A2B,smtpd,,,3051,2,done,1,1,6']),
        ("SELECT sender IS NULL, message_id IS NULL, client_name, client_ip FROM messages", ['false,false,unknown,2001:db8::7']),
        ("SELECT agent, recipient, orig_recipient, relay_host, relay_ip, status, dsn, attempt, is_final FROM deliveries ORDER BY line_offset", [
            'local,anna@store.example,postmaster@store.example,local,null,sent,2.0.0,1,true',
            'local,nobody.here@store.example,null,local,null,bounced,5.1.1,1,true']),
        ("SELECT n_rcpt_ok, n_rcpt, n_mail_ok, commands FROM sessions", ['2,3,1,ehlo=1 mail=1 rcpt=2/3 data=1 quit=1 commands=6/7']),
        (TIMES, ['1709251198,1709251200']),
    ]),
]


def text(value):
    return 'null' if value is None else 'true' if value is True else 'false' if value is False else str(value)


def sql(program, dataset, query):
    """Rows as text, one a line, NULL spelled out. Columns may share a name, so pairs, not objects, are read."""
    r = subprocess.run([program, 'sql', dataset, query, '--format', 'ndjson'], capture_output=True)
    if r.returncode not in (0, 1):      # 1: no rows
        return ['sql failed: ' + r.stderr.decode()]
    return [','.join(text(v) for _, v in json.loads(line, object_pairs_hook=list)) for line in r.stdout.decode().splitlines()]


def timeless(path, work):
    """A copy that does not tell by its mtime when it was written."""
    copy = os.path.join(work, os.path.basename(path))
    shutil.copyfile(path, copy)
    os.utime(copy, (0, 0))
    return copy


def check(program, folder, names, work):
    bad = 0
    for number, (title, files, options, queries) in enumerate(CASES):
        if not all(f in names for f in files):
            continue
        paths = [timeless(os.path.join(folder, names[f]), work) for f in files]
        dataset = os.path.join(work, str(number))
        r = subprocess.run([program, 'ingest', *paths, '-o', dataset, *options], capture_output=True)
        if r.returncode != 0:
            print('FAIL %s: ingest exits %d: %s' % (title, r.returncode, r.stderr.decode()))
            bad += 1
            continue
        for query, want in queries:
            got, want = sql(program, dataset, query.format(**names)), [w.format(**names) for w in want]
            if got != want:
                bad += 1
                print('FAIL %s: %s\n  want %s\n  got  %s' % (title, ' '.join(query.split()), '\n       '.join(want), '\n       '.join(got)))
        print('done: %s, %d queries' % (title, len(queries)))
    return bad


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--mailstrata', required=True)
    ap.add_argument('--shared', help='the folder that holds data/walkthrough')
    ap.add_argument('--corpus', help='the folder that holds our own samples')
    a = ap.parse_args()
    folder = a.corpus or os.path.join(os.environ.get('MAILSTRATA_SHARED') or a.shared, 'data', 'walkthrough')
    if not os.path.isdir(folder):
        print('walkthrough: skipped, no samples at %s (set MAILSTRATA_SHARED)' % folder)
        return 77
    with tempfile.TemporaryDirectory() as work:
        bad = check(a.mailstrata, folder, NAMES[not a.corpus], work)
    print('walkthrough: %d failures' % bad)
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
