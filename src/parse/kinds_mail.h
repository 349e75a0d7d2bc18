/* Rows of ms_kinds[] (see kinds.h) that carry a transaction: sessions, queue files, deliveries, refusals. */
#ifndef MS_PARSE_KINDS_MAIL_H
#define MS_PARSE_KINDS_MAIL_H

/* clang-format off */
#define MS_KINDS_MAIL(X) \
    /* smtpd, qmqpd: sessions */ \
    X(SMTPD_CONNECT, "postfix.smtpd.connect", CONNECT, "connect from ", MS_F_SESSION, "sessions", \
      "connect from mail.example.org[192.0.2.7]") \
    X(SMTPD_DISCONNECT, "postfix.smtpd.disconnect", DISCONNECT, "disconnect from ", MS_F_DISCONNECT, "sessions", \
      "disconnect from unknown[192.0.2.9] ehlo=2 starttls=1 mail=1 rcpt=0/1 data=0/1 quit=1 commands=5/7") \
    X(SMTPD_LOST, "postfix.smtpd.lost", LOST, "lost connection after ", MS_F_LOST, "sessions", \
      "lost connection after DATA (1234 bytes) from mail.example.org[192.0.2.7]") \
    X(SMTPD_TIMEOUT, "postfix.smtpd.timeout", LOST, "timeout after ", MS_F_LOST, "sessions", \
      "1A2B3C4D5E: timeout after RCPT from mail.example.org[192.0.2.7]") \
    X(SMTPD_TOO_MANY_ERRORS, "postfix.smtpd.too_many_errors", LOST, "too many errors after ", MS_F_LOST, "sessions", \
      "too many errors after UNKNOWN from unknown[192.0.2.9]") \
    X(SMTPD_TLS, "postfix.smtpd.tls", TLS, "TLS connection established from ", MS_F_TLS, "sessions", \
      "Anonymous TLS connection established from mail.example.org[192.0.2.7]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)") \
    X(SMTPD_SASL_FAILED, "postfix.smtpd.sasl_failed", SASL, " authentication failed", MS_F_LOGIN, "logins", \
      "warning: unknown[192.0.2.9]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=bob@example.net") \
    X(SMTPD_SASL_ABORTED, "postfix.smtpd.sasl_aborted", SASL, " authentication aborted", MS_F_LOGIN, "logins", \
      "warning: unknown[192.0.2.9]: SASL LOGIN authentication aborted") \
    X(SMTPD_PROXY_ACCEPT, "postfix.smtpd.proxy_accept", PROXY, "proxy-accept: ", MS_F_PROXY, "links", \
      "proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as DF66E940333; from=<a@example.org> to=<b@example.net> proto=ESMTP helo=<h>") \
    X(SMTPD_PROXY_REJECT, "postfix.smtpd.proxy_reject", PROXY, "proxy-reject: ", MS_F_PROXY, "rejects", \
      "proxy-reject: END-OF-MESSAGE: 550 5.7.1 Rejected; from=<a@example.org> to=<b@example.net> proto=ESMTP helo=<h>") \
    X(SMTPD_CLIENT, "postfix.smtpd.client", CLIENT, "client=", MS_F_CLIENT, "messages", \
      "1A2B3C4D5E: client=mail.example.org[192.0.2.7], sasl_method=PLAIN, sasl_username=bob@example.net") \
    X(QMQPD_CONNECT, "postfix.qmqpd.connect", CONNECT, "connect from ", MS_F_SESSION, "sessions", "connect from list.example.org[192.0.2.8]") \
    X(QMQPD_DISCONNECT, "postfix.qmqpd.disconnect", DISCONNECT, "disconnect from ", MS_F_DISCONNECT, "sessions", \
      "disconnect from list.example.org[192.0.2.8]") \
    X(QMQPD_CLIENT, "postfix.qmqpd.client", CLIENT, "client=", MS_F_CLIENT, "messages", "1A2B3C4D5E: client=list.example.org[192.0.2.8]") \
    X(QMQPD_LOST, "postfix.qmqpd.lost", LOST, " while ", MS_F_LOST, "sessions", \
      "1A2B3C4D5E: list.example.org[192.0.2.8]: lost connection while receiving message content") \
    /* access decisions: smtpd */ \
    X(SMTPD_REJECT, "postfix.smtpd.reject", REJECT, "reject: ", MS_F_REJECT, "rejects", \
      "NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 554 5.7.1 <a@example.net>: Relay access denied; from=<> to=<a@example.net> proto=ESMTP helo=<h>") \
    X(SMTPD_REJECT_WARNING, "postfix.smtpd.reject_warning", REJECT, "reject_warning: ", MS_F_REJECT, "rejects", \
      "NOQUEUE: reject_warning: RCPT from unknown[192.0.2.9]: 450 4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.9]; from=<s@example.org> to=<a@example.net> proto=SMTP helo=<h>") \
    X(SMTPD_PERMIT, "postfix.smtpd.permit", REJECT, "permit: ", MS_F_REJECT, "rejects", \
      "NOQUEUE: permit: RCPT from unknown[192.0.2.9]: action=permit_mynetworks for Client host=unknown[192.0.2.9]; from=<s@example.org> to=<a@example.net> proto=SMTP helo=<h>") \
    X(SMTPD_WARN, "postfix.smtpd.warn", REJECT, "warn: ", MS_F_REJECT, "rejects", \
      "NOQUEUE: warn: RCPT from unknown[192.0.2.9]: suspicious sender; from=<s@example.org> to=<a@example.net> proto=SMTP helo=<h>") \
    X(SMTPD_INFO, "postfix.smtpd.info", REJECT, "info: ", MS_F_REJECT, "rejects", \
      "NOQUEUE: info: RCPT from unknown[192.0.2.9]: noted; from=<s@example.org> to=<a@example.net> proto=SMTP helo=<h>") \
    X(SMTPD_HOLD, "postfix.smtpd.hold", REJECT, "hold: ", MS_F_REJECT, "rejects", \
      "NOQUEUE: hold: RCPT from unknown[192.0.2.9]: <s@example.org>: Sender address triggers HOLD action; from=<s@example.org> to=<a@example.net> proto=SMTP helo=<h>") \
    X(SMTPD_DISCARD, "postfix.smtpd.discard", REJECT, "discard: ", MS_F_REJECT, "rejects", \
      "NOQUEUE: discard: RCPT from unknown[192.0.2.9]: <s@example.org>: Sender address triggers DISCARD action; from=<s@example.org> to=<a@example.net> proto=SMTP helo=<h>") \
    X(SMTPD_FILTER, "postfix.smtpd.filter", REJECT, "filter: ", MS_F_REJECT, "rejects", \
      "NOQUEUE: filter: RCPT from unknown[192.0.2.9]: <s@example.org>: Sender address triggers FILTER smtp:[127.0.0.1]:10024; from=<s@example.org> to=<a@example.net> proto=SMTP helo=<h>") \
    X(SMTPD_REDIRECT, "postfix.smtpd.redirect", REJECT, "redirect: ", MS_F_REJECT, "rejects", \
      "NOQUEUE: redirect: RCPT from unknown[192.0.2.9]: <s@example.org>: Sender address triggers REDIRECT b@example.net; from=<s@example.org> to=<a@example.net> proto=SMTP helo=<h>") \
    X(SMTPD_BCC, "postfix.smtpd.bcc", REJECT, "bcc: ", MS_F_REJECT, "rejects", \
      "NOQUEUE: bcc: RCPT from unknown[192.0.2.9]: <s@example.org>: Sender address triggers BCC b@example.net; from=<s@example.org> to=<a@example.net> proto=SMTP helo=<h>") \
    X(SMTPD_DELAY, "postfix.smtpd.delay", REJECT, "delay: ", MS_F_REJECT, "rejects", \
      "NOQUEUE: delay: RCPT from unknown[192.0.2.9]: <s@example.org>: Sender address triggers DELAY action; from=<s@example.org> to=<a@example.net> proto=SMTP helo=<h>") \
    X(SMTPD_HANGUP, "postfix.smtpd.hangup", REJECT, "hangup: ", MS_F_REJECT, "rejects", \
      "NOQUEUE: hangup: CONNECT from unknown[192.0.2.9]: go away; proto=SMTP") \
    X(SMTPD_MILTER_REJECT, "postfix.smtpd.milter_reject", REJECT, "milter-reject: ", MS_F_REJECT, "rejects", \
      "NOQUEUE: milter-reject: RCPT from unknown[192.0.2.9]: 451 4.7.1 Service unavailable - try again later; from=<s@example.org> to=<a@example.net> proto=ESMTP helo=<h> sasl_username=<bob>") \
    X(SMTPD_MILTER_HOLD, "postfix.smtpd.milter_hold", REJECT, "milter-hold: ", MS_F_REJECT, "rejects", \
      "NOQUEUE: milter-hold: RCPT from unknown[192.0.2.9]: milter triggers HOLD action; from=<s@example.org> to=<a@example.net> proto=ESMTP helo=<h>") \
    X(SMTPD_MILTER_DISCARD, "postfix.smtpd.milter_discard", REJECT, "milter-discard: ", MS_F_REJECT, "rejects", \
      "NOQUEUE: milter-discard: RCPT from unknown[192.0.2.9]: milter triggers DISCARD action; from=<s@example.org> to=<a@example.net> proto=ESMTP helo=<h>") \
    X(POSTSCREEN_REJECT, "postfix.postscreen.reject", REJECT, "reject: ", MS_F_REJECT, "rejects", \
      "NOQUEUE: reject: RCPT from [192.0.2.9]:4984: 550 5.7.1 Service unavailable; client [192.0.2.9] blocked using zen.example.org; from=<a@example.org>, to=<b@example.net>, proto=ESMTP, helo=<h>") \
    /* cleanup */ \
    X(CLEANUP_MESSAGE_ID, "postfix.cleanup.message_id", MESSAGE_ID, "message-id=", MS_F_MESSAGE_ID, "messages", \
      "1A2B3C4D5E: message-id=<20080411101011.10284961@mail.example.org>") \
    X(CLEANUP_RESENT_ID, "postfix.cleanup.resent_message_id", MESSAGE_ID, "resent-message-id=", MS_F_MESSAGE_ID, "messages", \
      "1A2B3C4D5E: resent-message-id=<20080411101012.1@mail.example.org>") \
    X(CLEANUP_REMOVED, "postfix.cleanup.removed", REMOVED, "removed (", MS_F_REMOVED, "messages", "1A2B3C4D5E: removed (canceled)") \
    X(CLEANUP_DELIVERY, "postfix.cleanup.delivery", DELIVERY, "to=<", MS_F_DELIVERY, "deliveries", \
      "1A2B3C4D5E: to=<a@example.net>, relay=none, delay=0.1, delays=0.1/0/0/0, dsn=5.4.6, status=bounced (too many hops)") \
    X(CLEANUP_REJECT, "postfix.cleanup.reject", REJECT, "reject: ", MS_F_REJECT, "rejects", \
      "1A2B3C4D5E: reject: header Subject: buy now from unknown[192.0.2.9]; from=<s@example.org> to=<a@example.net> proto=ESMTP helo=<h>: 5.7.1 spam") \
    X(CLEANUP_MIME_ERROR, "postfix.cleanup.mime_error", REJECT, "reject: mime-error ", MS_F_REJECT, "rejects", \
      "1A2B3C4D5E: reject: mime-error improper use of 8-bit data in message header: Subject: x from unknown[192.0.2.9]; from=<s@example.org> to=<a@example.net>") \
    X(CLEANUP_HOLD, "postfix.cleanup.hold", REJECT, "hold: ", MS_F_REJECT, "rejects", \
      "1A2B3C4D5E: hold: header X-A: b from unknown[192.0.2.9]; from=<s@example.org> to=<a@example.net> proto=ESMTP helo=<h>: held") \
    X(CLEANUP_DISCARD, "postfix.cleanup.discard", REJECT, "discard: ", MS_F_REJECT, "rejects", \
      "1A2B3C4D5E: discard: body GTUBE from local; from=<s@example.org> to=<a@example.net>") \
    X(CLEANUP_FILTER, "postfix.cleanup.filter", REJECT, "filter: ", MS_F_REJECT, "rejects", \
      "1A2B3C4D5E: filter: header X-A: b from local; from=<s@example.org> to=<a@example.net>: scan:[127.0.0.1]:10024") \
    X(CLEANUP_REDIRECT, "postfix.cleanup.redirect", REJECT, "redirect: ", MS_F_REJECT, "rejects", \
      "1A2B3C4D5E: redirect: header X-A: b from local; from=<s@example.org> to=<a@example.net>: c@example.net") \
    X(CLEANUP_BCC, "postfix.cleanup.bcc", REJECT, "bcc: ", MS_F_REJECT, "rejects", \
      "1A2B3C4D5E: bcc: header X-A: b from local; from=<s@example.org> to=<a@example.net>: c@example.net") \
    X(CLEANUP_DELAY, "postfix.cleanup.delay", REJECT, "delay: ", MS_F_REJECT, "rejects", \
      "1A2B3C4D5E: delay: header X-A: b from local; from=<s@example.org> to=<a@example.net>: 1h") \
    X(CLEANUP_MILTER_REJECT, "postfix.cleanup.milter_reject", REJECT, "milter-reject: ", MS_F_REJECT, "rejects", \
      "1A2B3C4D5E: milter-reject: END-OF-MESSAGE from unknown[192.0.2.9]: 5.7.1 Spam message rejected; from=<s@example.org> to=<a@example.net> proto=ESMTP helo=<h>") \
    X(CLEANUP_MILTER_HOLD, "postfix.cleanup.milter_hold", REJECT, "milter-hold: ", MS_F_REJECT, "rejects", \
      "1A2B3C4D5E: milter-hold: END-OF-MESSAGE from unknown[192.0.2.9]: milter triggers HOLD action; from=<s@example.org> to=<a@example.net> proto=ESMTP helo=<h>") \
    X(CLEANUP_MILTER_DISCARD, "postfix.cleanup.milter_discard", REJECT, "milter-discard: ", MS_F_REJECT, "rejects", \
      "1A2B3C4D5E: milter-discard: END-OF-MESSAGE from unknown[192.0.2.9]: milter triggers DISCARD action; from=<s@example.org> to=<a@example.net> proto=ESMTP helo=<h>") \
    X(CLEANUP_MILTER_HEADER_REJECT, "postfix.cleanup.milter_header_reject", REJECT, "milter-header-reject: ", MS_F_REJECT, "rejects", \
      "1A2B3C4D5E: milter-header-reject: header X-Spam: yes from unknown[192.0.2.9]; from=<s@example.org> to=<a@example.net> proto=ESMTP helo=<h>: 5.7.1 spam") \
    X(CLEANUP_MILTER_HEADER, "postfix.cleanup.milter_header", HEADER, "milter-header-", MS_F_HEADER, "events", \
      "1A2B3C4D5E: milter-header-warning: header X-Spam: yes from unknown[192.0.2.9]; from=<s@example.org> to=<a@example.net> proto=ESMTP helo=<h>: seen") \
    X(CLEANUP_INFO, "postfix.cleanup.info", HEADER, "info: ", MS_F_HEADER, "messages", \
      "1A2B3C4D5E: info: header Subject: hello from mx.example.org[192.0.2.7]; from=<s@example.org> to=<r@example.net> proto=ESMTP helo=<mx.example.org>") \
    X(CLEANUP_WARNING, "postfix.cleanup.warning", HEADER, "warning: ", MS_F_HEADER, "messages", \
      "1A2B3C4D5E: warning: header Subject: sale from mx.example.org[192.0.2.7]; from=<s@example.org> to=<r@example.net> proto=ESMTP helo=<mx.example.org>: note") \
    X(CLEANUP_PREPEND, "postfix.cleanup.prepend", HEADER, "prepend: ", MS_F_HEADER, "events", \
      "1A2B3C4D5E: prepend: header X-A: b from local; from=<s@example.org> to=<r@example.net>: X-B: c") \
    X(CLEANUP_REPLACE, "postfix.cleanup.replace", HEADER, "replace: ", MS_F_HEADER, "events", \
      "1A2B3C4D5E: replace: header X-A: b from local; from=<s@example.org> to=<r@example.net>: X-A: c") \
    X(CLEANUP_PASS, "postfix.cleanup.pass", HEADER, "pass: ", MS_F_HEADER, "events", \
      "1A2B3C4D5E: pass: header X-A: b from local; from=<s@example.org> to=<r@example.net>") \
    X(CLEANUP_STRIP, "postfix.cleanup.strip", HEADER, "strip: ", MS_F_HEADER, "events", \
      "1A2B3C4D5E: strip: header X-A: b from local; from=<s@example.org> to=<r@example.net>") \
    /* pickup, qmgr, postsuper, bounce */ \
    X(PICKUP, "postfix.pickup.uid", PICKUP, "uid=", MS_F_PICKUP, "messages", "1A2B3C4D5E: uid=1001 from=<bob>") \
    X(QMGR_ACTIVE, "postfix.qmgr.active", ACTIVE, "(queue active)", MS_F_ACTIVE, "messages", \
      "1A2B3C4D5E: from=<s@example.org>, size=1445, nrcpt=1 (queue active)") \
    X(QMGR_EXPIRED, "postfix.qmgr.expired", EXPIRED, ", status=expired, ", MS_F_EXPIRED, "messages", \
      "1A2B3C4D5E: from=<s@example.org>, status=expired, returned to sender") \
    X(QMGR_FORCE_EXPIRED, "postfix.qmgr.force_expired", EXPIRED, ", status=force-expired, ", MS_F_EXPIRED, "messages", \
      "1A2B3C4D5E: from=<s@example.org>, status=force-expired, returned to sender") \
    X(QMGR_REMOVED, "postfix.qmgr.removed", REMOVED, "removed", MS_F_NONE, "messages", "1A2B3C4D5E: removed") \
    X(QMGR_DELIVERY, "postfix.qmgr.delivery", DELIVERY, "to=<", MS_F_DELIVERY, "deliveries", \
      "1A2B3C4D5E: to=<a@example.net>, relay=none, delay=5, delays=5/0/0/0, dsn=4.3.0, status=deferred (mail transport unavailable)") \
    X(POSTSUPER_REMOVED, "postfix.postsuper.removed", REMOVED, "removed", MS_F_REMOVED, "messages", "1A2B3C4D5E: removed") \
    X(POSTSUPER_REQUEUED, "postfix.postsuper.requeued", REQUEUED, "requeued", MS_F_TEXT, "links", "1A2B3C4D5E: requeued") \
    X(POSTSUPER_HELD, "postfix.postsuper.held", HELD, "placed on hold", MS_F_TEXT, "messages", "1A2B3C4D5E: placed on hold") \
    X(POSTSUPER_RELEASED, "postfix.postsuper.released", RELEASED, "released from hold", MS_F_TEXT, "messages", "1A2B3C4D5E: released from hold") \
    X(BOUNCE_NOTICE, "postfix.bounce.notice", NOTICE, "sender non-delivery notification: ", MS_F_NOTICE, "links", \
      "1A2B3C4D5E: sender non-delivery notification: 2B3C4D5E6F") \
    X(BOUNCE_POSTMASTER, "postfix.bounce.postmaster_notice", NOTICE, "postmaster non-delivery notification: ", MS_F_NOTICE, "links", \
      "1A2B3C4D5E: postmaster non-delivery notification: 2B3C4D5E6F") \
    X(BOUNCE_DELAY, "postfix.bounce.delay_notice", NOTICE, " delay notification: ", MS_F_NOTICE, "links", \
      "1A2B3C4D5E: sender delay notification: 2B3C4D5E6F") \
    X(BOUNCE_SUCCESS, "postfix.bounce.success_notice", NOTICE, "sender delivery status notification: ", MS_F_NOTICE, "links", \
      "1A2B3C4D5E: sender delivery status notification: 2B3C4D5E6F") \
    X(CORRUPT, "postfix.corrupt", CORRUPT, "saving corrupt file ", MS_F_TEXT, "messages", \
      "warning: saving corrupt file \"1A2B3C4D5E\" from queue \"active\" to queue \"corrupt\"") \
    X(CORRUPTED, "postfix.corrupted_file", CORRUPT, "corrupted queue file: ", MS_F_TEXT, "messages", \
      "warning: corrupted queue file: active/1A2B3C4D5E") \
    /* delivery agents */ \
    X(SMTP_DELIVERY, "postfix.smtp.delivery", DELIVERY, "to=<", MS_F_DELIVERY, "deliveries", \
      "1A2B3C4D5E: to=<a@example.net>, relay=mx.example.net[192.0.2.25]:25, conn_use=3, delay=0.41, delays=0.02/0.01/0/0.38, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4SVLCh0sf8zyN2)") \
    X(LMTP_DELIVERY, "postfix.lmtp.delivery", DELIVERY, "to=<", MS_F_DELIVERY, "deliveries", \
      "1A2B3C4D5E: to=<a@example.net>, relay=store1[private/dovecot-lmtp], delay=0.41, delays=0.02/0.01/0/0.38, dsn=2.0.0, status=sent (250 2.0.0 <a@example.net> xyz Saved)") \
    X(LOCAL_DELIVERY, "postfix.local.delivery", DELIVERY, "to=<", MS_F_DELIVERY, "deliveries", \
      "1A2B3C4D5E: to=<a@example.net>, relay=local, delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, status=sent (delivered to mailbox)") \
    X(VIRTUAL_DELIVERY, "postfix.virtual.delivery", DELIVERY, "to=<", MS_F_DELIVERY, "deliveries", \
      "1A2B3C4D5E: to=<a@example.net>, relay=virtual, delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, status=sent (delivered to maildir)") \
    X(PIPE_DELIVERY, "postfix.pipe.delivery", DELIVERY, "to=<", MS_F_DELIVERY, "deliveries", \
      "1A2B3C4D5E: to=<a@example.net>, relay=cyrus, delay=2, status=sent (mail.example.net)") \
    X(ERROR_DELIVERY, "postfix.error.delivery", DELIVERY, "to=<", MS_F_DELIVERY, "deliveries", \
      "1A2B3C4D5E: to=<a@example.net>, relay=none, delay=0.1, delays=0.1/0/0/0, dsn=5.0.0, status=bounced (user unknown)") \
    X(RETRY_DELIVERY, "postfix.retry.delivery", DELIVERY, "to=<", MS_F_DELIVERY, "deliveries", \
      "1A2B3C4D5E: to=<a@example.net>, relay=none, delay=0.1, delays=0.1/0/0/0, dsn=4.3.2, status=deferred (deferred transport)") \
    X(DISCARD_DELIVERY, "postfix.discard.delivery", DELIVERY, "to=<", MS_F_DELIVERY, "deliveries", \
      "1A2B3C4D5E: to=<a@example.net>, relay=none, delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, status=sent (No such user, discarded)") \
    X(DELIVERY, "postfix.delivery", DELIVERY, "to=<", MS_F_DELIVERY, "deliveries", \
      "1A2B3C4D5E: to=<a@example.net>, relay=custom, delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, status=sent (done)") \
    X(SMTP_ATTEMPT, "postfix.smtp.attempt", ATTEMPT, "host ", MS_F_RELAY, "events", \
      "1A2B3C4D5E: host mx.example.net[192.0.2.25] said: 450 4.2.0 <a@example.net>: Recipient address rejected: Greylisted (in reply to RCPT TO command)") \
    X(SMTP_TLS, "postfix.smtp.tls", CLIENT_TLS, "TLS connection established to ", MS_F_CLIENT_TLS, "deliveries", \
      "Untrusted TLS connection established to mx.example.net[192.0.2.25]:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)") \
    X(SMTP_TLS_REUSED, "postfix.smtp.tls_reused", CLIENT_TLS, "TLS connection reused to ", MS_F_CLIENT_TLS, "deliveries", \
      "Trusted TLS connection reused to mx.example.net[192.0.2.25]:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)") \
    X(SMTP_HEADER_CHECK, "postfix.smtp.header_check", HEADER, ": header ", MS_F_HEADER, "events", \
      "1A2B3C4D5E: warning: header Subject: hello") \
    /* master */ \
    X(MASTER_STARTED, "postfix.master.started", DAEMON, "daemon started", MS_F_DAEMON, "events", \
      "daemon started -- version 3.7.11, configuration /etc/postfix") \
    X(MASTER_RELOAD, "postfix.master.reload", DAEMON, "reload ", MS_F_DAEMON, "events", "reload -- version 3.7.11, configuration /etc/postfix") \
    X(MASTER_TERMINATING, "postfix.master.terminating", DAEMON, "terminating on signal ", MS_F_DAEMON, "events", "terminating on signal 15")

#endif
