# shellcheck shell=bash
# What other mail systems leave to be told from several lines.
links="select from_queue_id, to_queue_id, kind, candidates from links order by file_id, line_offset, to_queue_id"
attempts="select recipient, status, attempt, is_final, reply from deliveries order by file_id, line_offset"

# Exim reports on a failure and on a delay in the same words: a recipient failed before the one, nobody before the other. A run of
# the queue that comes too early tries nothing.
cat >mainlog <<'LOG'
2026-01-01 10:00:00 1vbFTM-00000000AaA-0aaa <= a@x.example H=c1.x.example [192.0.2.1] P=esmtp S=1000 id=one@x.example
2026-01-01 10:00:01 1vbFTM-00000000AaA-0aaa == late@y.example R=dnslookup T=remote_smtp defer (111): Connection refused
2026-01-01 10:00:01 1vbFTM-00000000AaA-0aaa ** gone@y.example R=dnslookup T=remote_smtp H=mx.y.example [192.0.2.9]: SMTP error from remote mail server after RCPT TO:<gone@y.example>: 550 5.1.1 Unknown
2026-01-01 10:00:02 1vbFTO-00000000AaB-0bbb <= <> R=1vbFTM-00000000AaA-0aaa U=Debian-exim P=local S=2000
2026-01-01 10:00:02 1vbFTO-00000000AaB-0bbb => a@x.example R=dnslookup T=remote_smtp H=c1.x.example [192.0.2.1] C="250 OK"
2026-01-01 10:00:02 1vbFTO-00000000AaB-0bbb Completed
2026-01-01 10:30:00 1vbFTM-00000000AaA-0aaa == late@y.example R=dnslookup T=remote_smtp defer (-53): retry time not reached for any host
2026-01-02 10:00:01 1vbFTM-00000000AaA-0aaa == late@y.example R=dnslookup T=remote_smtp defer (111): Connection refused
2026-01-02 10:00:01 1vbbwv-00000000AaC-0ccc <= <> R=1vbFTM-00000000AaA-0aaa U=Debian-exim P=local S=2000
2026-01-02 10:00:02 1vbbwv-00000000AaC-0ccc => a@x.example R=dnslookup T=remote_smtp H=c1.x.example [192.0.2.1] C="250 OK"
2026-01-02 10:00:02 1vbbwv-00000000AaC-0ccc Completed
2026-01-05 10:00:01 1vbFTM-00000000AaA-0aaa ** late@y.example: retry timeout exceeded
2026-01-05 10:00:01 1vchNZ-00000000AaD-0ddd <= <> R=1vbFTM-00000000AaA-0aaa U=Debian-exim P=local S=2000
2026-01-05 10:00:01 1vbFTM-00000000AaA-0aaa Completed
2026-01-06 10:00:00 1vd3r6-00000000AaE-0eee <= b@x.example H=c1.x.example [192.0.2.1] P=esmtp S=1000
2026-01-06 10:00:01 1vd3r6-00000000AaE-0eee == early@y.example R=dnslookup T=remote_smtp defer: retry time not reached
LOG
m ingest mainlog -o exim --host mx1 >/dev/null
m sql exim "$links"
m sql exim "$attempts"
m sql exim "select queue_id, n_attempts, n_sent, n_deferred, n_bounced, state from messages order by line_offset"
m sql exim "select recipient, fate, time from fates order by time, recipient"
m trace exim --queue-id 1vbFTM-00000000AaA-0aaa
m find exim --to early@y.example

# Local time without a zone, of which the IDs are so far away: Exim's own (which has the year), and syslog's; another program's
# lines of that host are of the same clock. --tz is believed more.
sed 's/^\(2026-01-..\) 10:/\1 15:/' mainlog >away
sed 's/^2026-01-0\(.\) \(..:..:..\) /Jan  \1 \2 mx1 exim[4711]: /' away >exim.log
echo 'Jan  1 15:00:02 mx1 dovecot: imap-login: Login: user=<b>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, mpid=7, session=<x>' >dovecot.log
m ingest away -o local --host mx1 >/dev/null
m sql local "select zone, year_anchor, first_time from files"
m ingest exim.log dovecot.log -o local --force --year 2026 >/dev/null
m sql local "select path, zone, year_anchor, first_time from files order by path"
m ingest exim.log dovecot.log -o local --force --year 2026 --tz +09:00 >/dev/null
m sql local "select path, zone, year_anchor, first_time from files order by path"

# qmail names what it hands on by the process that takes it: a report, a forwarded mail, and the next hop's answer.
cat >qmail.log <<'LOG'
Jan  1 10:00:00 mx1 qmail: 1767261600.100000 new msg 4711
Jan  1 10:00:00 mx1 qmail: 1767261600.100100 info msg 4711: bytes 900 from <a@x.example> qp 801 uid 64011
Jan  1 10:00:00 mx1 qmail: 1767261600.100200 starting delivery 1: msg 4711 to local alias@x.example
Jan  1 10:00:00 mx1 qmail: 1767261600.100300 starting delivery 2: msg 4711 to local gone@x.example
Jan  1 10:00:01 mx1 qmail: 1767261601.100000 new msg 4712
Jan  1 10:00:01 mx1 qmail: 1767261601.100100 info msg 4712: bytes 950 from <a@x.example> qp 803 uid 64012
Jan  1 10:00:01 mx1 qmail: 1767261601.100200 delivery 1: success: did_0+1+0/qp_803/
Jan  1 10:00:01 mx1 qmail: 1767261601.100300 starting delivery 3: msg 4712 to remote b@y.example
Jan  1 10:00:01 mx1 qmail: 1767261601.100400 delivery 2: failure: Sorry,_no_mailbox_here_by_that_name._(#5.1.1)/
Jan  1 10:00:01 mx1 qmail: 1767261601.100500 bounce msg 4711 qp 805
Jan  1 10:00:01 mx1 qmail: 1767261601.100600 end msg 4711
Jan  1 10:00:01 mx1 qmail: 1767261601.200000 new msg 4711
Jan  1 10:00:01 mx1 qmail: 1767261601.200100 info msg 4711: bytes 1200 from <> qp 805 uid 64015
Jan  1 10:00:01 mx1 qmail: 1767261601.200200 starting delivery 4: msg 4711 to remote a@x.example
Jan  1 10:00:02 mx2 qmail: 1767261602.500000 new msg 99
Jan  1 10:00:02 mx2 qmail: 1767261602.500100 info msg 99: bytes 990 from <a@x.example> qp 31 uid 64011
Jan  1 10:00:03 mx1 qmail: 1767261603.100000 delivery 3: success: 192.0.2.2_accepted_message./Remote_host_said:_250_ok_1767261602_qp_31/
Jan  1 10:00:03 mx1 qmail: 1767261603.100100 end msg 4712
Jan  1 10:00:04 mx1 qmail: 1767261604.100100 delivery 4: success: 192.0.2.1_accepted_message./Remote_host_said:_250_ok_1767261604_qp_32/
Jan  1 10:00:04 mx1 qmail: 1767261604.100200 end msg 4711
LOG
m ingest qmail.log -o qmail >/dev/null
m sql qmail "select from_host, from_queue_id, to_host, to_queue_id, kind, candidates from links order by line_offset"
m sql qmail "select count(*) as lives, count(distinct mail_id) as mails from mail_messages"
m trace qmail --queue-id 4712 --raw

# multilog's files, with gaps: a message number is an inode, and is another mail's at once. Lost are the begin of the third mail, all
# between the deliveries of the fourth and the fifth (so that they are one), the begin and the sender of the last of that number; 11 is taken
# up twice.
cat >current <<'LOG'
@400000004c91b04400000000 new msg 10
@400000004c91b04400000000 info msg 10: bytes 100 from <a@x.example> qp 1 uid 2
@400000004c91b04400000000 starting delivery 1: msg 10 to local u@x.example
@400000004c91b04500000000 delivery 1: success: did_1+0+0/
@400000004c91b04500000000 end msg 10
@400000004c91b04500000001 new msg 10
@400000004c91b04500000001 info msg 10: bytes 101 from <b@x.example> qp 2 uid 2
@400000004c91b04500000002 starting delivery 2: msg 10 to local v@x.example
@400000004c91b04600000000 delivery 2: success: did_1+0+0/
@400000004c91b04600000000 end msg 10
@400000004c91b04600000003 info msg 10: bytes 102 from <c@x.example> qp 3 uid 2
@400000004c91b04600000003 starting delivery 3: msg 10 to remote w@y.example
@400000004c91b04700000000 delivery 3: failure: Sorry,_I_couldn't_find_any_host_named_y.example._(#5.1.2)/
@400000004c91b04700000000 bounce msg 10 qp 4
@400000004c91b04700000000 end msg 10
@400000004c91b04700000004 new msg 10
@400000004c91b04700000004 info msg 10: bytes 500 from <> qp 4 uid 5
@400000004c91b04700000004 starting delivery 4: msg 10 to remote c@x.example
@400000004c91f14600000000 starting delivery 8: msg 10 to local z@x.example
@400000004c91f14600000001 delivery 8: success: did_1+0+0/
@400000004c91f14600000001 end msg 10
@400000004c91f14600000002 starting delivery 9: msg 10 to local z@x.example
@400000004c91f14600000003 delivery 9: success: did_1+0+0/
@400000004c91f14600000003 end msg 10
@400000004c92f14600000000 new msg 11
@400000004c92f14600000000 warning: unable to stat todo/11; will try again later
@400000004c92f16600000000 new msg 11
@400000004c92f16600000000 info msg 11: bytes 103 from <#@[]> qp 9 uid 5
@400000004c92f16600000000 starting delivery 10: msg 11 to local postmaster@x.example
@400000004c92f16600000001 delivery 10: failure: Sorry,_no_mailbox_here_by_that_name._(#5.1.1)/
@400000004c92f16600000001 triple bounce: discarding bounce/11
@400000004c92f16600000002 end msg 11
LOG
m ingest current -o gaps --host mx1 >/dev/null
m sql gaps "select queue_id, sender, size_bytes, state, n_sent, n_bounced, n_lines from messages order by line_offset"
m sql gaps "select recipient, status, attempt from deliveries order by line_offset"
m sql gaps "select kind, candidates from links"
m sql gaps "select kind, queue_id, txn_id is not null as in_mail from events"

# What filters and mailbox servers say of a mail is told in its story.
cat >filters.log <<'LOG'
2026-01-01T00:01:00.000Z mx postfix/smtpd[1]: 9F0C1A0B1C: client=c1.example[192.0.2.1]
2026-01-01T00:01:00.100Z mx postfix/cleanup[2]: 9F0C1A0B1C: message-id=<one@x.example>
2026-01-01T00:01:00.150Z mx opendkim[812]: 9F0C1A0B1C: DKIM verification successful
2026-01-01T00:01:00.160Z mx rspamd[812]: <a1b2c3>; task; rspamd_task_write_log: id: <one@x.example>, qid: <9F0C1A0B1C>, ip: 192.0.2.1, from: <a@x.example>, (default: T (add header): [7.50/15.00] [ARC_NA(0.00){}]), len: 1234, time: 12.3ms, dns req: 5, digest: <0123456789abcdef0123456789abcdef>, rcpts: <bob@y.example>
2026-01-01T00:01:00.200Z mx postfix/qmgr[3]: 9F0C1A0B1C: from=<a@x.example>, size=1000, nrcpt=1 (queue active)
2026-01-01T00:01:00.400Z mx dovecot: lmtp(bob)<4711><aBcDeFgH1234567890abcd>: sieve: msgid=<one@x.example>: stored mail into mailbox 'Lists'
2026-01-01T00:01:00.500Z mx postfix/lmtp[5]: 9F0C1A0B1C: to=<bob@y.example>, relay=mx[private/dovecot-lmtp], delay=0.5, delays=0.2/0/0.1/0.2, dsn=2.0.0, status=sent (250 2.0.0 <bob@y.example> aBcDeFgH1234567890abcd Saved)
2026-01-01T00:01:00.600Z mx postfix/qmgr[3]: 9F0C1A0B1C: removed
2026-01-01T00:02:00.000Z mx exim[9]: 1vb606-00000000AaA-0aaa <= a@x.example H=c1.x.example [192.0.2.1] P=esmtp S=1000 id=two@x.example
2026-01-01T00:02:00.000Z mx exim[9]: 1vb606-00000000AaA-0aaa DKIM: d=x.example s=k1 c=relaxed/relaxed a=rsa-sha256 b=2048 [verification succeeded]
2026-01-01T00:02:00.000Z mx exim[9]: 1vb606-00000000AaA-0aaa DKIM: d=list.example s=k2 c=relaxed/relaxed a=rsa-sha256 b=2048 [verification failed - body hash mismatch]
2026-01-01T00:02:01.000Z mx exim[9]: 1vb606-00000000AaA-0aaa => bob <bob@y.example> R=local T=maildir
2026-01-01T00:02:01.000Z mx exim[9]: 1vb606-00000000AaA-0aaa Completed
LOG
m ingest filters.log -o filters >/dev/null
m trace filters --since 2026 --raw
m sql filters "select program, queue_id, evidence, verdict, dkim, score, mailbox, (txn_id is not null) as joined from verdicts order by line_offset"

# Lines of sendmail's that were too long: what later parts say is not lost, whatever stands between them, wherever it is cut.
long=$(printf 'x%.0s' {1..60})
cat >parts.log <<LOG
Jan  1 10:00:00 mx1 sm-mta[100]: 601A00Aa000100[1]: from=<$long@x.example>, size=1000, class=0, nrcpts=2, msgid=<one@x.example>, proto=ESMTP,  ...
Jan  1 10:00:00 mx1 sm-mta[200]: 601A00Ba000200: from=<a@x.example>, size=10, class=0, nrcpts=1, msgid=<two@x.example>, relay=c9.x.example [192.0.2.9]
Jan  1 10:00:00 mx1 sm-mta[100]: 601A00Aa000100[2]: daemon=MTA, relay=c1.x.example  ...
Jan  1 10:00:00 mx1 sm-mta[100]: 601A00Aa000100[3]: [192.0.2.1]
Jan  1 10:00:01 mx1 sm-mta[101]: 601A00Aa000100[1]: to=<b@y.example>,<c@y.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=61000, relay=mx.y.example.  ...
Jan  1 10:00:01 mx1 sm-mta[201]: 601A00Ba000200[1]: to=<d@y.example>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=30010, relay=mx.y.example.  ...
Jan  1 10:00:01 mx1 sm-mta[101]: 601A00Aa000100[2]: [192.0.2.25], dsn=2.0.0, stat=Sent (4fPWt81QgXzfhn  ...
Jan  1 10:00:01 mx1 sm-mta[101]: 601A00Aa000100[3]: Message accepted for delivery)
LOG
m ingest parts.log -o parts >/dev/null
m sql parts "select queue_id, client_name, client_ip, protocol, daemon, n_sent, state, n_lines, end_time from messages order by line_offset"
m sql parts "select queue_id, recipient, relay_host, relay_ip, status, dsn, reply from deliveries order by line_offset, recipient"
for cut in 1 200 300; do
    "$PROGRAM" ingest parts.log -o cut --force --threads 2 --segment-bytes $cut 2>/dev/null >&2
    for part in parts/current/*/*.parquet; do
        cmp "$part" "cut${part#parts}" || echo "segments of $cut bytes: not the same"
    done
done
