/* Rows of ms_kinds[] (see kinds.h) that go to `events`: what a daemon said about itself, a peer or its configuration. */
#ifndef MS_PARSE_KINDS_DAEMONS_H
#define MS_PARSE_KINDS_DAEMONS_H

/* clang-format off */
#define MS_KINDS_DAEMONS(X) \
    X(SMTPD_TLS_SETUP, "postfix.smtpd.tls_setup", EVENT, "setting up TLS connection from ", MS_F_PEER, "events", \
      "setting up TLS connection from mail.example.org[192.0.2.7]") \
    X(SMTPD_TLS_ERROR, "postfix.smtpd.tls_error", EVENT, "SSL_accept error from ", MS_F_PEER, "events", \
      "SSL_accept error from unknown[192.0.2.9]: -1") \
    X(SMTPD_TLS_ABORT, "postfix.smtpd.tls_abort", EVENT, "abort: TLS from ", MS_F_PEER, "events", \
      "NOQUEUE: abort: TLS from unknown[192.0.2.9]: No client certificate presented") \
    X(SMTPD_TLS_CERTIFICATE, "postfix.smtpd.tls_certificate", EVENT, ": subject_CN=", MS_F_PEER, "events", \
      "mail.example.org[192.0.2.7]: subject_CN=mail.example.org, issuer=Example CA, fingerprint=AA:BB") \
    X(SMTPD_TLS_SESSION, "postfix.smtpd.tls_session", EVENT, ": Reusing old session", MS_F_PEER, "events", \
      "mail.example.org[192.0.2.7]: Reusing old session") \
    X(SMTPD_TLS_DETAIL, "postfix.smtpd.tls_detail", EVENT, ": TLS cipher list ", MS_F_PEER, "events", \
      "mail.example.org[192.0.2.7]: TLS cipher list \"aNULL:-aNULL:HIGH\"") \
    X(SMTPD_TLS_UNVERIFIED, "postfix.smtpd.tls_unverified", EVENT, "certificate verification failed for ", MS_F_PEER, "events", \
      "certificate verification failed for mail.example.org[192.0.2.7]: untrusted issuer /CN=x") \
    X(SMTPD_TLS_SNI, "postfix.smtpd.tls_sni", EVENT, "TLS SNI ", MS_F_PEER, "events", \
      "TLS SNI mx.example.net from unknown[192.0.2.9] not matched, using default chain") \
    X(SMTPD_TLS_SNI_INVALID, "postfix.smtpd.tls_sni_invalid", EVENT, "TLS SNI from ", MS_F_PEER, "events", \
      "warning: TLS SNI from unknown[192.0.2.9] is invalid: -x") \
    X(SMTPD_SASL_LIBRARY, "postfix.smtpd.sasl_library", EVENT, "SASL authentication ", MS_F_TEXT, "events", \
      "warning: SASL authentication failure: Password verification failed") \
    X(SMTPD_SASL_SERVICE, "postfix.smtpd.sasl_service", EVENT, "SASL: Connect to ", MS_F_TEXT, "events", \
      "warning: SASL: Connect to private/auth failed: No such file or directory") \
    X(SMTPD_PIPELINING, "postfix.smtpd.pipelining", EVENT, "improper command pipelining after ", MS_F_PEER, "events", \
      "improper command pipelining after EHLO from unknown[192.0.2.9]: MAIL FROM:<a@b>\\r\\n") \
    X(SMTPD_BARE_LF, "postfix.smtpd.bare_lf", EVENT, "bare <LF> received after ", MS_F_PEER, "events", \
      "bare <LF> received after DATA from unknown[192.0.2.9]") \
    X(SMTPD_EHLO_KEYWORDS, "postfix.smtpd.ehlo_keywords", EVENT, "discarding EHLO keywords: ", MS_F_TEXT, "events", \
      "discarding EHLO keywords: CHUNKING") \
    X(SMTPD_REPLACE_COMMAND, "postfix.smtpd.replace_command", EVENT, ": replacing command ", MS_F_PEER, "events", \
      "mail.example.org[192.0.2.7]: replacing command \"MAIL\" with \"NOOP\"") \
    X(SMTPD_DSN_MAPPED, "postfix.smtpd.dsn_mapped", EVENT, "mapping DSN status ", MS_F_TEXT, "events", \
      "mapping DSN status 5.1.1 into Sender address status 5.1.0") \
    X(HOSTNAME, "postfix.hostname", EVENT, " does not resolve to address ", MS_F_ADDRESS, "events", \
      "warning: hostname host9.example.org does not resolve to address 192.0.2.9: Name or service not known") \
    X(VALID_HOSTNAME, "postfix.valid_hostname", EVENT, "valid_host", MS_F_TEXT, "events", \
      "warning: valid_hostname: invalid character 47(decimal): a/b") \
    X(SMTPD_LIMIT, "postfix.smtpd.limit", EVENT, " limit exceeded: ", MS_F_PEER " count service", "events", \
      "warning: Connection rate limit exceeded: 61 from unknown[192.0.2.9] for service smtp") \
    X(SMTPD_ILLEGAL_ADDRESS, "postfix.smtpd.illegal_address", EVENT, "Illegal address syntax from ", MS_F_PEER, "events", \
      "warning: Illegal address syntax from unknown[192.0.2.9] in MAIL command: <a b>") \
    X(SMTPD_NON_SMTP, "postfix.smtpd.non_smtp", EVENT, "non-SMTP command ", MS_F_PEER, "events", \
      "warning: non-SMTP command from unknown[192.0.2.9]: GET / HTTP/1.1") \
    X(SMTPD_LONG_REQUEST, "postfix.smtpd.long_request", EVENT, ": request longer than ", MS_F_PEER, "events", \
      "warning: unknown[192.0.2.9]: request longer than 2048: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA...") \
    X(QUEUE_FILE_LIMIT, "postfix.queue_file_limit", EVENT, "queue file size limit exceeded", MS_F_TEXT, "events", \
      "warning: 1A2B3C4D5E: queue file size limit exceeded") \
    X(SMTPD_BDAT, "postfix.smtpd.bdat", EVENT, "BDAT ", MS_F_PEER, "events", \
      "warning: 1A2B3C4D5E: null BDAT request from unknown[192.0.2.9]") \
    X(SMTPD_ETRN, "postfix.smtpd.etrn", EVENT, "reject: ETRN ", MS_F_PEER, "events", \
      "warning: reject: ETRN example.net... from unknown[192.0.2.9]") \
    X(SMTPD_PROXY_FILTER, "postfix.smtpd.proxy_filter", EVENT, " proxy ", MS_F_TEXT, "events", \
      "warning: connect to proxy filter 127.0.0.1:10024: Connection refused") \
    X(SMTPD_LOOKUP, "postfix.smtpd.lookup", EVENT, "Unable to look up ", MS_F_TEXT, "events", \
      "warning: Unable to look up MX host mx.example.org for Sender address s@example.org: Host not found") \
    X(SMTPD_DNSBL_LOOKUP, "postfix.smtpd.dnsbl_lookup", EVENT, ": RBL lookup error: ", MS_F_TEXT, "events", \
      "warning: 9.2.0.192.zen.example.org: RBL lookup error: Host or domain name not found. Name service error") \
    X(SMTPD_CONFIGURATION, "postfix.smtpd.configuration", EVENT, "unknown smtpd restriction: ", MS_F_TEXT, "events", \
      "warning: unknown smtpd restriction: \"reject_foo\"") \
    X(SMTPD_NO_SPACE, "postfix.smtpd.no_space", EVENT, "not enough free space in mail queue", MS_F_TEXT, "events", \
      "warning: not enough free space in mail queue: 100 bytes < 1.5*message size limit") \
    X(SMTPD_OTHER, "postfix.smtpd.other", EVENT, "", MS_F_TEXT, "events", \
      "some text that no rule knows") \
    X(HAPROXY, "postfix.haproxy", EVENT, "haproxy read: ", MS_F_TEXT, "events", \
      "warning: haproxy read: EOF") \
    X(QMQPD_ERROR, "postfix.qmqpd.error", EVENT, ": Error: ", MS_F_PEER, "events", \
      "warning: 1A2B3C4D5E: list.example.org[192.0.2.8]: Error: mail server temporarily unavailable") \
    X(CLEANUP_MESSAGE_REJECTED, "postfix.cleanup.message_rejected", EVENT, "message rejected: ", MS_F_TEXT, "events", \
      "warning: 1A2B3C4D5E: message rejected: hopcount exceeded") \
    X(CLEANUP_WRITE, "postfix.cleanup.write", EVENT, "write queue file: ", MS_F_TEXT, "events", \
      "warning: 1A2B3C4D5E: write queue file: No space left on device") \
    X(CLEANUP_SERVICE, "postfix.cleanup.service", EVENT, "read timeout on ", MS_F_TEXT, "events", \
      "warning: 1A2B3C4D5E: read timeout on cleanup socket") \
    X(CLEANUP_BOUNCE, "postfix.cleanup.bounce", EVENT, "bounce message failure", MS_F_TEXT, "events", \
      "warning: 1A2B3C4D5E: bounce message failure") \
    X(CLEANUP_MAP, "postfix.cleanup.map", EVENT, " map lookup problem", MS_F_TEXT, "events", \
      "warning: 1A2B3C4D5E: virtual_alias_maps map lookup problem for a@example.net -- message not accepted, try again later") \
    X(CLEANUP_OTHER, "postfix.cleanup.other", EVENT, "", MS_F_TEXT, "events", \
      "some text that no rule knows") \
    X(MILTER, "postfix.milter", EVENT, "milter ", MS_F_TEXT, "events", \
      "warning: milter inet:127.0.0.1:8891: can't read SMFIC_MAIL reply packet header: Success") \
    X(POSTSCREEN_CONNECT, "postfix.postscreen.connect", EVENT, "CONNECT from ", MS_F_ADDRESS, "events", \
      "CONNECT from [192.0.2.9]:4984 to [192.0.2.1]:25") \
    X(POSTSCREEN_PASS, "postfix.postscreen.pass", EVENT, "PASS ", MS_F_ADDRESS, "events", \
      "PASS OLD [192.0.2.9]:4984") \
    X(POSTSCREEN_DISCONNECT, "postfix.postscreen.disconnect", EVENT, "DISCONNECT ", MS_F_ADDRESS, "events", \
      "DISCONNECT [192.0.2.9]:4984") \
    X(POSTSCREEN_ALLOWLISTED, "postfix.postscreen.allowlisted", EVENT, "ALLOWLISTED ", MS_F_ADDRESS, "events", \
      "WHITELISTED [192.0.2.9]:4984") \
    X(POSTSCREEN_DENYLISTED, "postfix.postscreen.denylisted", EVENT, "DENYLISTED ", MS_F_ADDRESS, "events", \
      "DENYLISTED [192.0.2.9]:4984") \
    X(POSTSCREEN_ALLOWLIST_VETO, "postfix.postscreen.allowlist_veto", EVENT, "ALLOWLIST VETO ", MS_F_ADDRESS, "events", \
      "ALLOWLIST VETO [192.0.2.9]:4984") \
    X(POSTSCREEN_DNSBL, "postfix.postscreen.dnsbl", EVENT, "DNSBL rank ", MS_F_ADDRESS " count", "events", \
      "DNSBL rank 4 for [192.0.2.9]:4984") \
    X(POSTSCREEN_PREGREET, "postfix.postscreen.pregreet", EVENT, "PREGREET ", MS_F_ADDRESS " count", "events", \
      "PREGREET 11 after 0.17 from [192.0.2.9]:4984: EHLO User\\r\\n") \
    X(POSTSCREEN_HANGUP, "postfix.postscreen.hangup", EVENT, "HANGUP after ", MS_F_ADDRESS, "events", \
      "HANGUP after 1.2 from [192.0.2.9]:4984 in tests after SMTP handshake") \
    X(POSTSCREEN_PIPELINING, "postfix.postscreen.pipelining", EVENT, "COMMAND PIPELINING ", MS_F_ADDRESS, "events", \
      "COMMAND PIPELINING from [192.0.2.9]:4984 after EHLO: MAIL") \
    X(POSTSCREEN_NON_SMTP, "postfix.postscreen.non_smtp", EVENT, "NON-SMTP COMMAND ", MS_F_ADDRESS, "events", \
      "NON-SMTP COMMAND from [192.0.2.9]:4984 after CONNECT: GET / HTTP/1.1") \
    X(POSTSCREEN_BARE_NEWLINE, "postfix.postscreen.bare_newline", EVENT, "BARE NEWLINE ", MS_F_ADDRESS, "events", \
      "BARE NEWLINE from [192.0.2.9]:4984 after EHLO") \
    X(POSTSCREEN_COMMAND_LIMIT, "postfix.postscreen.command_limit", EVENT, "COMMAND ", MS_F_ADDRESS, "events", \
      "COMMAND COUNT LIMIT from [192.0.2.9]:4984 after RSET") \
    X(POSTSCREEN_NO_RECIPIENT, "postfix.postscreen.no_recipient", EVENT, " without valid RCPT ", MS_F_ADDRESS, "events", \
      "DATA without valid RCPT from [192.0.2.9]:4984") \
    X(POSTSCREEN_PENALTY, "postfix.postscreen.penalty", EVENT, "PENALTY ", MS_F_ADDRESS " count", "events", \
      "PENALTY 20 for 192.0.2.9") \
    X(POSTSCREEN_STRESS, "postfix.postscreen.stress", EVENT, " STRESS mode ", MS_F_TEXT, "events", \
      "entering STRESS mode with 70 connections") \
    X(POSTSCREEN_REPLACE_COMMAND, "postfix.postscreen.replace_command", EVENT, ": replacing command ", MS_F_ADDRESS, "events", \
      "[192.0.2.9]:4984: replacing command \"A\" with \"B\"") \
    X(POSTSCREEN_EHLO_KEYWORDS, "postfix.postscreen.ehlo_keywords", EVENT, ": discarding EHLO keywords: ", MS_F_ADDRESS, "events", \
      "[192.0.2.9]4984: discarding EHLO keywords: CHUNKING") \
    X(POSTSCREEN_SLOW_CACHE, "postfix.postscreen.slow_cache", EVENT, "psc_cache_update: ", MS_F_TEXT, "events", \
      "warning: psc_cache_update: btree:/var/lib/postfix/postscreen_cache update average delay is 110 ms") \
    X(POSTSCREEN_DNSBLOG_TIMEOUT, "postfix.postscreen.dnsblog_timeout", EVENT, "dnsblog reply timeout ", MS_F_TEXT, "events", \
      "warning: dnsblog reply timeout 10s for zen.example.org") \
    X(POSTSCREEN_PEER, "postfix.postscreen.peer", EVENT, "getpeername: ", MS_F_TEXT, "events", \
      "warning: getpeername: Transport endpoint is not connected -- dropping this connection") \
    X(POSTSCREEN_OTHER, "postfix.postscreen.other", EVENT, "", MS_F_TEXT, "events", \
      "some text that no rule knows") \
    X(DNSBLOG_LISTED, "postfix.dnsblog.listed", EVENT, " listed by domain ", MS_F_IP " blocklist", "events", \
      "addr 192.0.2.9 listed by domain zen.example.org as 127.0.0.4") \
    X(DNSBLOG_ERROR, "postfix.dnsblog.error", EVENT, "dnsblog_query: ", MS_F_TEXT, "events", \
      "warning: dnsblog_query: lookup error for DNS query 9.2.0.192.zen.example.org: Host not found, try again") \
    X(TLSPROXY_CONNECT, "postfix.tlsproxy.connect", EVENT, "CONNECT ", MS_F_ADDRESS, "events", \
      "CONNECT from [192.0.2.9]:4984") \
    X(TLSPROXY_DISCONNECT, "postfix.tlsproxy.disconnect", EVENT, "DISCONNECT ", MS_F_ADDRESS, "events", \
      "DISCONNECT [192.0.2.9]:4984") \
    X(TLSPROXY_TLS, "postfix.tlsproxy.tls", EVENT, "TLS connection established from ", MS_F_PEER, "events", \
      "Anonymous TLS connection established from [192.0.2.9]:4984: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)") \
    X(TLSPROXY_TLS_ERROR, "postfix.tlsproxy.tls_error", EVENT, "SSL_accept error from ", MS_F_ADDRESS, "events", \
      "SSL_accept error from [192.0.2.9]:4984: -1") \
    X(TLSPROXY_TLS_DETAIL, "postfix.tlsproxy.tls_detail", EVENT, "setting up TLS connection from ", MS_F_PEER, "events", \
      "setting up TLS connection from [192.0.2.9]:4984") \
    X(TLSPROXY_FAILED, "postfix.tlsproxy.failed", EVENT, "TLS handshake failed for ", MS_F_ADDRESS, "events", \
      "TLS handshake failed for service=smtpd peer=[192.0.2.9]:4984") \
    X(PICKUP_OLD_FILE, "postfix.pickup.old_file", EVENT, "message maildrop/", MS_F_TEXT, "events", \
      "warning: 1A2B3C4D5E: message maildrop/2B3C4D5E6F has been queued for 3 days") \
    X(PICKUP_REFUSED, "postfix.pickup.refused", EVENT, "maildrop/", MS_F_TEXT, "events", \
      "warning: maildrop/1A2B3C4D5E: error writing 2B3C4D5E6F: no recipients specified") \
    X(PICKUP_BAD_RECORD, "postfix.pickup.bad_record", EVENT, "uid=", MS_F_TEXT, "events", \
      "warning: 1A2B3C4D5E: uid=1001: no envelope sender") \
    X(QMGR_SKIPPED, "postfix.qmgr.skipped", EVENT, "skipped, still being delivered", MS_F_TEXT, "events", \
      "1A2B3C4D5E: skipped, still being delivered") \
    X(QMGR_TRANSPORT, "postfix.qmgr.transport", EVENT, "transport ", MS_F_TEXT, "events", \
      "warning: transport smtp failure -- see a previous warning/fatal/panic logfile record for the problem description") \
    X(QMGR_FILE, "postfix.qmgr.file", EVENT, "qmgr_", MS_F_TEXT, "events", \
      "warning: qmgr_active_feed: rename 1A2B3C4D5E from incoming to active: No such file or directory") \
    X(QMGR_CONGESTION, "postfix.qmgr.congestion", EVENT, "mail for ", MS_F_TEXT, "events", \
      "warning: mail for example.net is using up 4001 of 5000 active queue entries") \
    X(QMGR_TIMEOUT, "postfix.qmgr.timeout", EVENT, "timeout receiving delivery status ", MS_F_TEXT, "events", \
      "fatal: 1A2B3C4D5E: timeout receiving delivery status from transport: smtp") \
    X(QMGR_CONFIGURATION, "postfix.qmgr.configuration", EVENT, "bounce_queue_lifetime ", MS_F_TEXT, "events", \
      "warning: bounce_queue_lifetime is larger than maximal_queue_lifetime - adjusting bounce_queue_lifetime") \
    X(QMGR_OTHER, "postfix.qmgr.other", EVENT, "", MS_F_TEXT, "events", \
      "some text that no rule knows") \
    X(SMTP_CONNECT_FAILED, "postfix.smtp.connect_failed", EVENT, "connect to ", MS_F_RELAY, "events", \
      "connect to mx.example.net[192.0.2.25]:25: Connection refused") \
    X(SMTP_TLS_SETUP, "postfix.smtp.tls_setup", EVENT, "setting up TLS connection to ", MS_F_RELAY, "events", \
      "setting up TLS connection to mx.example.net[192.0.2.25]:25") \
    X(SMTP_TLS_ERROR, "postfix.smtp.tls_error", EVENT, "SSL_connect error to ", MS_F_RELAY, "events", \
      "SSL_connect error to mx.example.net[192.0.2.25]:25: -1") \
    X(SMTP_TLS_UNVERIFIED, "postfix.smtp.tls_unverified", EVENT, "certificate verification failed for ", MS_F_RELAY, "events", \
      "certificate verification failed for mx.example.net[192.0.2.25]:25: self-signed certificate") \
    X(SMTP_TLS_CERTIFICATE, "postfix.smtp.tls_certificate", EVENT, ": subject_CN=", MS_F_RELAY, "events", \
      "mx.example.net[192.0.2.25]:25: subject_CN=mx.example.net, issuer=Example CA") \
    X(SMTP_TLS_DETAIL, "postfix.smtp.tls_detail", EVENT, ": Matched ", MS_F_RELAY, "events", \
      "mx.example.net[192.0.2.25]:25: Matched trust anchor at depth 1") \
    X(SMTP_TLS_OFFERED, "postfix.smtp.tls_offered", EVENT, "Host offered STARTTLS: ", MS_F_TEXT, "events", \
      "Host offered STARTTLS: [mx.example.net]") \
    X(SMTP_TLS_POLICY, "postfix.smtp.tls_policy", EVENT, "TLS policy lookup error ", MS_F_RELAY, "events", \
      "warning: TLS policy lookup error for example.net/mx.example.net: client TLS configuration problem") \
    X(SMTP_TLSRPT, "postfix.smtp.tlsrpt", EVENT, "TLSRPT: ", MS_F_TEXT, "events", \
      "TLSRPT: status=success, domain=example.net, receiving_mx=mx.example.net[192.0.2.25]") \
    X(SMTP_EHLO_KEYWORDS, "postfix.smtp.ehlo_keywords", EVENT, "discarding EHLO keywords: ", MS_F_TEXT, "events", \
      "discarding EHLO keywords: CHUNKING") \
    X(SMTP_REPLACE_REPLY, "postfix.smtp.replace_reply", EVENT, ": replacing server reply ", MS_F_RELAY, "events", \
      "mx.example.net[192.0.2.25]:25: replacing server reply \"250 A\" with \"250 B\"") \
    X(SMTP_UTF8_ODD, "postfix.smtp.utf8_odd", EVENT, " offers SMTPUTF8 support, but not 8BITMIME", MS_F_RELAY, "events", \
      "host mx.example.net[192.0.2.25] offers SMTPUTF8 support, but not 8BITMIME") \
    X(SMTP_WRAPPERMODE, "postfix.smtp.wrappermode", EVENT, "SMTPS wrappermode ", MS_F_TEXT, "events", \
      "SMTPS wrappermode (TCP port 465) requires setting \"smtp_tls_wrappermode = yes\"") \
    X(SMTP_PIX, "postfix.smtp.pix", EVENT, "enabling PIX ", MS_F_TEXT, "events", \
      "1A2B3C4D5E: enabling PIX workarounds: disable_esmtp for mx.example.net[192.0.2.25]:25") \
    X(SMTP_LONG_LINE, "postfix.smtp.long_line", EVENT, "breaking line > ", MS_F_TEXT, "events", \
      "1A2B3C4D5E: breaking line > 998 bytes with <CR><LF>SPACE") \
    X(SMTP_NO_MX_ADDRESS, "postfix.smtp.no_mx_address", EVENT, "no MX host for ", MS_F_TEXT, "events", \
      "warning: no MX host for example.net has a valid address record") \
    X(SMTP_BAD_DNS, "postfix.smtp.bad_dns", EVENT, " domain name in resource data of ", MS_F_TEXT, "events", \
      "warning: numeric domain name in resource data of MX record for example.net: 192.0.2.25") \
    X(SMTP_LOOP, "postfix.smtp.loop", EVENT, " with my own hostname ", MS_F_RELAY, "events", \
      "warning: host mx.example.net[192.0.2.25]:25 greeted me with my own hostname mx.example.org") \
    X(SMTP_RELAYHOST, "postfix.smtp.relayhost", EVENT, "relayhost configuration problem", MS_F_TEXT, "events", \
      "warning: relayhost configuration problem") \
    X(SMTP_LONG_RESPONSE, "postfix.smtp.long_response", EVENT, ": response longer than ", MS_F_RELAY, "events", \
      "warning: mx.example.net[192.0.2.25]:25: response longer than 2048: 250-AAAAAAAAAA...") \
    X(SMTP_BAD_RESPONSE, "postfix.smtp.bad_response", EVENT, "non-ESMTP response ", MS_F_RELAY, "events", \
      "warning: 1A2B3C4D5E: non-ESMTP response from mx.example.net[192.0.2.25]:25: hello") \
    X(SMTP_HOST_SAID, "postfix.smtp.host_said", EVENT, "host ", MS_F_RELAY, "events", \
      "warning: host mx.example.net[192.0.2.25]:25 said: 421 4.3.0 closing (in reply to XFORWARD name/address command)") \
    X(SMTP_OTHER, "postfix.smtp.other", EVENT, "", MS_F_TEXT, "events", \
      "some text that no rule knows") \
    X(MAILDIR, "postfix.maildir", EVENT, "maildir access problem ", MS_F_TEXT, "events", \
      "warning: maildir access problem for UID/GID=1001/1001: create maildir file /home/a/Maildir/tmp/1: Permission denied") \
    X(LOCAL_NO_ALIAS, "postfix.local.no_alias", EVENT, "required alias not found: ", MS_F_TEXT, "events", \
      "warning: required alias not found: postmaster") \
    X(LOCAL_ALIAS, "postfix.local.alias", EVENT, " alias", MS_F_TEXT, "events", \
      "warning: mailing list \"staff\" needs an \"owner-staff\" alias") \
    X(LOCAL_OTHER, "postfix.local.other", EVENT, "", MS_F_TEXT, "events", \
      "some text that no rule knows") \
    X(VIRTUAL_NOT_FOUND, "postfix.virtual.not_found", EVENT, "recipient ", MS_F_TEXT, "events", \
      "warning: recipient a@example.net: not found in virtual_uid_maps") \
    X(PIPE_TIME_LIMIT, "postfix.pipe.time_limit", EVENT, "pipe_command_", MS_F_TEXT, "events", \
      "warning: pipe_command_read: read time limit exceeded") \
    X(PIPE_CONFIGURATION, "postfix.pipe.configuration", EVENT, "pipe flag ", MS_F_TEXT, "events", \
      "warning: pipe flag `D' requires dovecot_destination_recipient_limit = 1") \
    X(PASSING, "postfix.passing", EVENT, "passing <", MS_F_TEXT, "events", \
      "1A2B3C4D5E: passing <a@example.net> to transport=lmtp") \
    X(NOTICE_FAILED, "postfix.notice_failed", EVENT, "status=", MS_F_TEXT, "events", \
      "1A2B3C4D5E: status=deferred (bounce failed)") \
    X(DSN_IGNORED, "postfix.dsn_ignored", EVENT, ": ignoring dsn code ", MS_F_TEXT, "events", \
      "warning: defer_append: ignoring dsn code \"5.1.1\"") \
    X(SERVICE_FAILURE, "postfix.service_failure", EVENT, " service failure", MS_F_TEXT, "events", \
      "warning: 1A2B3C4D5E: trace service failure") \
    X(BOUNCE_SUPPRESSED, "postfix.bounce.suppressed", EVENT, "not sending trace/success ", MS_F_TEXT, "events", \
      "1A2B3C4D5E: not sending trace/success notification for double-bounce message") \
    X(BOUNCE_FAILED, "postfix.bounce.failed", EVENT, " notification failed", MS_F_TEXT, "events", \
      "warning: 1A2B3C4D5E: undeliverable postmaster notification discarded") \
    X(BOUNCE_TEMPLATE, "postfix.bounce.template", EVENT, " template", MS_F_TEXT, "events", \
      "warning: please reduce time unit \"hours\" of \"delay_warning_time_hours\" in delay template") \
    X(POSTSUPER_EXPIRED, "postfix.postsuper.expired", EVENT, "expired", MS_F_TEXT, "events", \
      "1A2B3C4D5E: expired") \
    X(POSTSUPER_TOTAL, "postfix.postsuper.total", EVENT, "Deleted: ", MS_F_TEXT, "events", \
      "Deleted: 12 messages") \
    X(POSTSUPER_BOGUS, "postfix.postsuper.bogus_file", EVENT, "bogus file name: ", MS_F_TEXT, "events", \
      "warning: bogus file name: deferred/x") \
    X(MASTER_PROCESS, "postfix.master.process", EVENT, "process ", MS_F_TEXT, "events", \
      "warning: process /usr/lib/postfix/sbin/smtpd pid 4711 exit status 1") \
    X(MASTER_THROTTLING, "postfix.master.throttling", EVENT, " bad command startup -- throttling", MS_F_TEXT, "events", \
      "warning: /usr/lib/postfix/sbin/smtpd: bad command startup -- throttling") \
    X(MASTER_LIMIT, "postfix.master.limit", EVENT, "has reached its process limit", MS_F_TEXT, "events", \
      "warning: service \"smtp\" (25) has reached its process limit \"100\": new clients may experience noticeable delays") \
    X(MASTER_BIND, "postfix.master.bind", EVENT, "bind ", MS_F_TEXT, "events", \
      "fatal: bind 0.0.0.0 port 25: Address already in use") \
    X(MASTER_CONFIGURATION, "postfix.master.configuration", EVENT, "ignoring ", MS_F_TEXT, "events", \
      "warning: ignoring inet_interfaces parameter value change") \
    X(ANVIL_RATE, "postfix.anvil.rate", EVENT, "statistics: max ", MS_F_IP " count per_s service", "events", \
      "statistics: max connection rate 5/60s for (smtpd:2001:db8::9) at Oct 26 17:46:59") \
    X(ANVIL_COUNT, "postfix.anvil.count", EVENT, "statistics: max connection count ", MS_F_IP " count service", "events", \
      "statistics: max connection count 1 for (127.0.0.1:2525:127.0.0.1) at Oct 26 19:46:00") \
    X(ANVIL_CACHE, "postfix.anvil.cache", EVENT, "statistics: max cache size ", MS_F_TEXT " count", "events", \
      "statistics: max cache size 3 at Oct 26 17:46:59") \
    X(SCACHE_STATISTICS, "postfix.scache.statistics", EVENT, "statistics: ", MS_F_TEXT, "events", \
      "statistics: domain lookup hits=0 miss=3 success=0%") \
    X(CACHE_CLEANUP, "postfix.cache_cleanup", EVENT, " cleanup: retained=", MS_F_TEXT, "events", \
      "cache btree:/var/lib/postfix/verify_cache full cleanup: retained=1 dropped=0 entries") \
    X(VERIFY_CLOSE, "postfix.verify.close", EVENT, "close database ", MS_F_TEXT, "events", \
      "close database /var/lib/postfix/verify_cache.db: No such file or directory") \
    X(REWRITE_CONFIGURATION, "postfix.trivial-rewrite.configuration", EVENT, "do not list domain ", MS_F_TEXT, "events", \
      "warning: do not list domain example.net in BOTH mydestination and virtual_mailbox_domains") \
    X(REWRITE_LOOP, "postfix.trivial-rewrite.loop", EVENT, "resolve_addr: ", MS_F_TEXT, "events", \
      "warning: resolve_addr: <a@example.net>: giving up after 100 iterations") \
    X(PROXYMAP_REFUSED, "postfix.proxymap.refused", EVENT, "request for unapproved table: ", MS_F_TEXT, "events", \
      "warning: request for unapproved table: \"hash:/etc/x\"") \
    X(DATA_REDIRECT, "postfix.data_redirect", EVENT, "request to update ", MS_F_TEXT, "events", \
      "warning: request to update file /etc/postfix/prng_exch in non-postfix directory /etc/postfix") \
    X(FLUSH_LOGFILE, "postfix.flush.logfile", EVENT, "fast flush logfile ", MS_F_TEXT, "events", \
      "warning: write fast flush logfile flush/example_net: No space left on device") \
    X(SPAWN_COMMAND, "postfix.spawn.command", EVENT, "command ", MS_F_TEXT, "events", \
      "warning: command /usr/bin/policyd exit status 1") \
    X(QUEUE_REPORT, "postfix.queue_report", EVENT, "Mail system is down", MS_F_TEXT, "events", \
      "warning: Mail system is down -- accessing queue directly") \
    X(POSTDROP_REFUSED, "postfix.postdrop.refused", EVENT, "uid=", MS_F_TEXT, "events", \
      "fatal: uid=1001: malformed input") \
    X(SENDMAIL_FAILED, "postfix.sendmail.failed", EVENT, "): ", MS_F_TEXT, "events", \
      "fatal: bob(1001): message file too big") \
    X(SENDMAIL_PERMISSIONS, "postfix.sendmail.permissions", EVENT, "the Postfix sendmail command has ", MS_F_TEXT, "events", \
      "warning: the Postfix sendmail command has set-uid root file permissions") \
    X(POSTLOG, "postfix.postlog.text", EVENT, "", MS_F_TEXT, "events", \
      "1A2B3C4D5E: removed") \
    X(SCRIPT_CHECK, "postfix.postfix-script.check", EVENT, "not owned by ", MS_F_TEXT, "events", \
      "warning: not owned by root: /var/spool/postfix/etc/hosts") \
    X(SCRIPT_DAMAGED, "postfix.postfix-script.damaged", EVENT, "damaged message: ", MS_F_TEXT, "events", \
      "warning: damaged message: corrupt/1A2B3C4D5E") \
    X(QUEUE_CREATE, "postfix.queue_create", EVENT, "mail_queue_enter: ", MS_F_TEXT, "events", \
      "warning: mail_queue_enter: create file maildrop/1A2B3C4D5E: No space left on device") \
    X(MAP_DUPLICATE, "postfix.map_duplicate", EVENT, ": duplicate entry: ", MS_F_TEXT, "events", \
      "warning: /etc/postfix/virtual.db, line 12: duplicate entry: \"a@example.net\"") \
    X(MAP_OPEN, "postfix.map_open", EVENT, "open ", MS_F_TEXT, "events", \
      "fatal: open database /etc/aliases.db: No such file or directory") \
    X(MAP_STALE, "postfix.map_stale", EVENT, " is older than source file ", MS_F_TEXT, "events", \
      "warning: database /etc/aliases.db is older than source file /etc/aliases") \
    X(LOOKUP_PROBLEM, "postfix.lookup_problem", EVENT, " lookup error for ", MS_F_TEXT, "events", \
      "warning: ldap:/etc/postfix/ldap.cf lookup error for \"a@example.net\"") \
    X(SERVICE_PROBLEM, "postfix.service_problem", EVENT, "problem talking to ", MS_F_TEXT, "events", \
      "warning: problem talking to server private/policy: Connection timed out") \
    X(TLS_LIBRARY, "postfix.tls_library", EVENT, "TLS library problem: ", MS_F_TEXT, "events", \
      "warning: TLS library problem: error:0A00010B:SSL routines::wrong version number:../ssl/record/ssl3_record.c:354:") \
    X(CONFIGURATION, "postfix.configuration", EVENT, "configuration error: ", MS_F_TEXT, "events", \
      "fatal: main.cf configuration error: virtual_mailbox_limit is smaller than message_size_limit") \
    X(WATCHDOG, "postfix.watchdog", EVENT, "watchdog timeout", MS_F_TEXT, "events", \
      "fatal: watchdog timeout") \
    X(TABLE_CHANGED, "postfix.table_changed", EVENT, " has changed -- restarting", MS_F_TEXT, "events", \
      "table hash:/etc/postfix/virtual(0,lock|fold_fix) has changed -- restarting") \
    X(COMPATIBILITY, "postfix.compatibility", EVENT, "using backwards-compatible ", MS_F_TEXT, "events", \
      "using backwards-compatible default setting smtputf8_enable=no to accept non-ASCII recipient address \"a@example.net\"") \
    X(SCRIPT_STATE, "postfix.postfix-script.state", EVENT, " the Postfix mail system", MS_F_TEXT, "events", \
      "starting the Postfix mail system") \
    X(POSTFIX_WARNING, "postfix.warning", EVENT, "warning: ", MS_F_TEXT, "events", \
      "warning: some text that no rule knows") \
    X(POSTFIX_ERROR, "postfix.error", EVENT, "error: ", MS_F_TEXT, "events", \
      "error: some text that no rule knows") \
    X(POSTFIX_FATAL, "postfix.fatal", EVENT, "fatal: ", MS_F_TEXT, "events", \
      "fatal: no SASL authentication mechanisms") \
    X(POSTFIX_PANIC, "postfix.panic", EVENT, "panic: ", MS_F_TEXT, "events", \
      "panic: myfree: corrupt or unallocated memory block") \
    X(POSTFIX_OTHER, "postfix.other", EVENT, "", MS_F_TEXT, "events", \
      "some text that no rule knows")

#endif
