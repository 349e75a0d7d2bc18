# shellcheck shell=bash
# Logins of all sorts, and TLS of outgoing connections: the rows, and that borders of segments change nothing.
mkdir log
cat >log/mail.log <<'LOG'
2026-03-02T10:00:00.000000+00:00 mx1 postfix/smtp[90]: 0A0A0A0A0A: to=<first@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=1, delays=0.1/0/0.5/0.4, dsn=2.0.0, status=sent (250 2.0.0 Ok)
2026-03-02T10:00:00.100000+00:00 mx1 postfix/submission/smtpd[11]: connect from unknown[192.0.2.9]
2026-03-02T10:00:00.200000+00:00 mx1 postfix/submission/smtpd[11]: Anonymous TLS connection established from unknown[192.0.2.9]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)
2026-03-02T10:00:00.300000+00:00 mx1 postfix/submission/smtpd[11]: warning: SASL authentication failure: Password verification failed
2026-03-02T10:00:00.300000+00:00 mx1 postfix/submission/smtpd[11]: warning: unknown[192.0.2.9]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=eve, sasl_method=PLAIN
2026-03-02T10:00:00.400000+00:00 mx1 postfix/submission/smtpd[11]: warning: unknown[192.0.2.9]: SASL CRAM-MD5 authentication aborted
2026-03-02T10:00:00.500000+00:00 mx1 postfix/submission/smtpd[11]: NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 554 5.7.1 <x@example.net>: Relay access denied; from=<bob@example.org> to=<x@example.net> proto=ESMTP helo=<pc> sasl_method=PLAIN sasl_username=bob
2026-03-02T10:00:00.600000+00:00 mx1 postfix/submission/smtpd[11]: 1A2B3C4D5E: client=unknown[192.0.2.9], sasl_method=PLAIN, sasl_username=bob
2026-03-02T10:00:00.700000+00:00 mx1 postfix/submission/smtpd[11]: disconnect from unknown[192.0.2.9] ehlo=2 starttls=1 auth=2/6 mail=2 rcpt=1/2 quit=1 commands=9/14
2026-03-02T10:00:01.000000+00:00 mx1 postfix/submission/smtpd[12]: connect from unknown[192.0.2.10]
2026-03-02T10:00:01.100000+00:00 mx1 postfix/submission/smtpd[12]: disconnect from unknown[192.0.2.10] ehlo=1 auth=0/2000000000 commands=1/2000000001
2026-03-02T10:00:01.200000+00:00 mx1 postfix/smtpd: warning: unknown[192.0.2.11]: SASL LOGIN authentication failed: (reason unavailable), sasl_username=(unavailable)
2026-03-02T10:00:02.000000+00:00 mx1 postfix/smtp[90]: Trusted TLS connection established to mx.example.net[192.0.2.25]:25: TLSv1.3 with cipher TLS_AES_128_GCM_SHA256 (128/128 bits)
2026-03-02T10:00:02.100000+00:00 mx1 postfix/smtp[90]: 1A2B3C4D5E: host mx.example.net[192.0.2.25] said: 450 4.2.0 later (in reply to RCPT TO command)
2026-03-02T10:00:02.200000+00:00 mx1 postfix/smtp[90]: 1A2B3C4D5E: to=<a@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=2, delays=0.5/0.1/1/0.4, dsn=2.0.0, status=sent (250 2.0.0 Ok)
2026-03-02T10:00:02.300000+00:00 mx1 postfix/smtp[90]: 1A2B3C4D5E: to=<b@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=2.1, delays=0.5/0.1/1/0.5, dsn=2.0.0, status=sent (250 2.0.0 Ok)
2026-03-02T10:00:03.000000+00:00 mx1 postfix/smtp[90]: Trusted TLS connection reused to mx.example.net[192.0.2.25]:25: TLSv1.3 with cipher TLS_AES_128_GCM_SHA256 (128/128 bits)
2026-03-02T10:00:03.100000+00:00 mx1 postfix/smtp[90]: 1A2B3C4D5F: to=<c@example.net>, relay=mx.example.net[192.0.2.25]:25, conn_use=2, delay=2, delays=0.5/0.1/0/0.4, dsn=2.0.0, status=sent (250 2.0.0 Ok)
2026-03-02T10:00:04.000000+00:00 mx1 postfix/smtp[90]: 1A2B3C4D60: to=<d@example.net>, relay=mx.example.net[192.0.2.25]:25, conn_use=3, delay=2, delays=0.5/0.1/0/0.4, dsn=2.0.0, status=sent (250 2.0.0 Ok)
2026-03-02T10:00:05.000000+00:00 mx1 postfix/smtp[91]: 1A2B3C4D61: to=<e@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=2, delays=0.5/0.1/1/0.4, tls=may:none, dsn=2.0.0, status=sent (250 2.0.0 Ok)
2026-03-02T10:00:06.000000+00:00 mx1 postfix/smtp[91]: Trusted TLS connection established to mx.example.net[192.0.2.25]:25: TLSv1.3 with cipher TLS_AES_128_GCM_SHA256 (128/128 bits)
2026-03-02T10:00:06.100000+00:00 mx1 postfix/smtp[91]: 1A2B3C4D62: to=<f@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=2, delays=0.5/0.1/1/0.4, tls=dane/!requiretls:nocertmatch, dsn=2.0.0, status=sent (250 2.0.0 Ok)
2026-03-02T10:00:07.000000+00:00 mx1 postfix/smtp[91]: Trusted TLS connection established to mx.example.net[192.0.2.25]:25: TLSv1.3 with cipher TLS_AES_128_GCM_SHA256 (128/128 bits)
2026-03-02T10:00:07.100000+00:00 mx1 postfix/smtp[91]: 1A2B3C4D63: to=<g@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=2, delays=0.5/0.1/1/0.4, tls=!encrypt:none/requiretls?, dsn=2.0.0, status=sent (250 2.0.0 Ok)
2026-03-02T10:00:08.000000+00:00 mx1 postfix/smtp[91]: 1A2B3C4D64: to=<h@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=2, delays=0.5/0.1/1/0.4, tls=dane, dsn=2.0.0, status=sent (250 2.0.0 Ok)
LOG
rows() {
    m sql "$1" "select username, method, result, l.client_ip, reason, l.tls_version, s.pid, l.line_offset, count(*) as n from logins l
        left join sessions s using (session_id) group by all order by l.line_offset, result, method"
    m sql "$1" "select recipient, conn_use, tls_version, tls_cipher, tls_trust, tls_evidence from deliveries order by line_offset"
}
m ingest log -o out | sed -n '/^lines/p;/^logins/p'
rows out >whole
cat whole
for bytes in 1 300 1000; do
    m ingest log -o out --force --segment-bytes $bytes --threads 2 >/dev/null
    rows out | cmp - whole
done
m ingest log -o out --force --whole-lists >/dev/null
rows out | cmp - whole
# A mail that is all in one segment, while the line that tells of its connection is in the one before.
{
    for _ in 1 2 3 4 5 6 7 8 9; do
        echo '2026-03-02T11:00:00.000000+00:00 mx1 postfix/anvil[7]: statistics: max cache size 1 at Mar  2 11:00:00'
    done
    cat <<'LOG'
2026-03-02T11:00:00.000000+00:00 mx1 postfix/smtp[95]: Trusted TLS connection established to mx.example.net[192.0.2.25]:25: TLSv1.3 with cipher TLS_AES_128_GCM_SHA256 (128/128 bits)
2026-03-02T11:00:10.000000+00:00 mx1 postfix/pickup[3]: 2B2B2B2B2B: uid=0 from=<root>
2026-03-02T11:00:10.000000+00:00 mx1 postfix/cleanup[4]: 2B2B2B2B2B: message-id=<1@mx1>
2026-03-02T11:00:10.000000+00:00 mx1 postfix/qmgr[5]: 2B2B2B2B2B: from=<root@mx1>, size=300, nrcpt=1 (queue active)
2026-03-02T11:00:11.000000+00:00 mx1 postfix/smtp[95]: 2B2B2B2B2B: to=<i@example.net>, relay=mx.example.net[192.0.2.25]:25, delay=1, delays=0.1/0/0.5/0.4, dsn=2.0.0, status=sent (250 2.0.0 Ok)
2026-03-02T11:00:11.000000+00:00 mx1 postfix/qmgr[5]: 2B2B2B2B2B: removed
LOG
} >log/mail.log
m ingest log -o out --force --segment-bytes 1000 >/dev/null
rows out
