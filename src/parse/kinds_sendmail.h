/* Rows of ms_kinds[] (see kinds.h) for sendmail. */
#ifndef MS_PARSE_KINDS_SENDMAIL_H
#define MS_PARSE_KINDS_SENDMAIL_H

#define MS_F_ACCEPTED_SENDMAIL                                                                                         \
    "client_name client_ip ident message_id sender size_bytes nrcpt class protocol daemon sasl_method sasl_username "  \
    "tls_version tls_cipher"
#define MS_F_DELIVERY_SENDMAIL                                                                                         \
    "agent xdelay_ms priority ctladdr said recipient relay_host relay_ip delay_ms dsn status reply reply_code "        \
    "next_queue_id truncated"
#define MS_F_REJECT_SENDMAIL "action stage client_name client_ip reply_code dsn text sender recipient"
#define MS_F_SESSION_SENDMAIL "client_name client_ip"
#define MS_F_PEER_SENDMAIL "client_name client_ip severity text"

/* clang-format off */
#define MS_KINDS_SENDMAIL(X) \
    X(SENDMAIL_FROM, "sendmail.from", ACCEPTED, "from=", MS_F_ACCEPTED_SENDMAIL, "messages", \
      "5ALHYXNl000712: from=<a@example.org>, size=427, class=0, nrcpts=1, msgid=<1@example.org>, proto=ESMTP, daemon=MTA, relay=mail.example.org [192.0.2.7]") \
    X(SENDMAIL_TO, "sendmail.to", DELIVERY, "to=", MS_F_DELIVERY_SENDMAIL, "deliveries", \
      "5ALHYXNl000712: to=<a@example.net>, delay=00:00:04, xdelay=00:00:04, mailer=esmtp, pri=30702, relay=mx.example.net. [192.0.2.25], dsn=2.0.0, stat=Sent (5ALHYZLm000715 Message accepted for delivery)") \
    X(SENDMAIL_TO_REFUSED, "sendmail.to_refused", REJECT, ", stat=", "action stage reply_code dsn text recipient", "rejects", \
      "5ALHYXNl000712: to=<a@example.net>, delay=00:00:00, pri=30702, stat=Message contains a virus") \
    X(SENDMAIL_TO_ABORTED, "sendmail.to_aborted", REMOVED, ", stat=", MS_F_REMOVED, "messages", \
      "5ALHYXNl000712: to=<a@example.net>, delay=00:00:00, pri=30702, stat=aborted by sender") \
    X(SENDMAIL_DSN, "sendmail.dsn", NOTICE, "DSN: ", MS_F_NOTICE, "links", \
      "5ALHYa9L000721: 5ALHYb9L000723: DSN: User unknown") \
    X(SENDMAIL_RETURN, "sendmail.return_to_sender", NOTICE, "return to sender: ", MS_F_NOTICE, "links", \
      "5ALHYa9L000721: 5ALHYb9L000723: return to sender: User unknown") \
    X(SENDMAIL_NOTIFY, "sendmail.sender_notify", NOTICE, "sender notify: ", MS_F_NOTICE, "links", \
      "5ALHYa9L000721: 5ALHYb9L000723: sender notify: Warning: could not send message for past 4 hours") \
    X(SENDMAIL_POSTMASTER, "sendmail.postmaster_notify", NOTICE, "postmaster notify: ", MS_F_NOTICE, "links", \
      "5ALHYa9L000721: 5ALHYb9L000723: postmaster notify: Service unavailable") \
    X(SENDMAIL_CLONE, "sendmail.clone", NOTICE, "clone", "to_queue_id from_queue_id notice", "links", \
      "5ALHYa9L000721: 5ALHYb9L000723: clone: owner=list-owner") \
    X(SENDMAIL_SPLIT, "sendmail.split", NOTICE, "split: ", MS_F_NOTICE, "links", \
      "5ALHYa9L000721: split: maxrcpts=10, rcpts=15, count=2, ids=5ALHYb9L000723; 5ALHYb9M000723") \
    X(SENDMAIL_DONE, "sendmail.done", REMOVED, "done", MS_F_REMOVED, "messages", \
      "5ALHYa9L000721: done; delay=00:00:04, ntries=1") \
    X(SENDMAIL_DISCARDED, "sendmail.discarded", REMOVED, "discarded", MS_F_REMOVED, "messages", \
      "5ALHYa9L000721: discarded") \
    X(SENDMAIL_LOSING, "sendmail.losing", CORRUPT, "Losing ", MS_F_TEXT, "messages", \
      "5ALHYa9L000721: Losing ./qf5ALHYa9L000721: savemail panic") \
    X(SENDMAIL_HELD, "sendmail.held", HELD, "quarantine=", MS_F_TEXT, "messages", "5ALHYa9L000721: quarantine=looks bad") \
    X(SENDMAIL_RELEASED, "sendmail.released", RELEASED, "unquarantine", MS_F_TEXT, "messages", "5ALHYa9L000721: unquarantine") \
    X(SENDMAIL_RULESET, "sendmail.ruleset", REJECT, "ruleset=", MS_F_REJECT_SENDMAIL, "rejects", \
      "5ALHYa9L000721: ruleset=check_rcpt, arg1=<a@example.net>, relay=mail.example.org [192.0.2.7], reject=550 5.7.1 <a@example.net>... Relaying denied") \
    X(SENDMAIL_RULESET_OTHER, "sendmail.ruleset_other", EVENT, "ruleset=", MS_F_TEXT, "events", \
      "ruleset=try_tls, arg1=mx.example.net, relay=mx.example.net, status=403 4.7.0 no") \
    X(SENDMAIL_REFUSED, "sendmail.refused", REJECT, "... ", MS_F_REJECT_SENDMAIL, "rejects", \
      "5ALHYa9L000721: <a@example.net>... User unknown") \
    X(SENDMAIL_MILTER_REJECT, "sendmail.milter_reject", REJECT, "Milter: ", MS_F_REJECT_SENDMAIL, "rejects", \
      "5ALHYa9L000721: Milter: data, reject=550 5.7.1 virus") \
    X(SENDMAIL_MILTER, "sendmail.milter", EVENT, "Milter ", MS_F_TEXT, "events", \
      "5ALHYa9L000721: Milter (spf) add: header: Received-SPF: pass") \
    X(SENDMAIL_MILTER_ERROR, "sendmail.milter_error", EVENT, "Milter (", MS_F_TEXT, "events", \
      "5ALHYa9L000721: Milter (spf): to error state") \
    X(SENDMAIL_CONNECT, "sendmail.connect", CONNECT, "connect from ", MS_F_SESSION_SENDMAIL, "sessions", \
      "NOQUEUE: connect from mail.example.org [192.0.2.7]") \
    X(SENDMAIL_NO_MAIL, "sendmail.no_mail", DISCONNECT, " did not issue ", MS_F_SESSION_SENDMAIL, "sessions", \
      "5ALHYa9L000721: mail.example.org [192.0.2.7] did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA") \
    X(SENDMAIL_LOST, "sendmail.lost", LOST, "lost input channel ", "client_name client_ip end_kind end_stage", "sessions", \
      "5ALHYa9L000721: lost input channel from mail.example.org [192.0.2.7] to MTA after data") \
    X(SENDMAIL_TIMEOUT, "sendmail.timeout", LOST, "timeout waiting ", "client_name client_ip end_kind end_stage", "sessions", \
      "5ALHYa9L000721: timeout waiting for input from mail.example.org during server cmd read") \
    X(SENDMAIL_PEER, "sendmail.peer_timeout", EVENT, "timeout waiting ", MS_F_PEER_SENDMAIL, "events", \
      "5ALHYa9L000721: timeout waiting for input from mx.example.net. during client greeting") \
    X(SENDMAIL_TLS_SERVER, "sendmail.tls_server", TLS, "STARTTLS=server", "client_name client_ip tls_version tls_cipher tls_bits tls_trust", "sessions", \
      "STARTTLS=server, relay=mail.example.org [192.0.2.7], version=TLSv1.3, verify=NO, cipher=TLS_AES_256_GCM_SHA384, bits=256/256") \
    X(SENDMAIL_TLS_CLIENT, "sendmail.tls_client", CLIENT_TLS, "STARTTLS=client", "relay_host tls_version tls_cipher tls_bits tls_trust", "deliveries", \
      "STARTTLS=client, relay=mx.example.net., version=TLSv1.3, verify=OK, cipher=TLS_AES_256_GCM_SHA384, bits=256/256") \
    X(SENDMAIL_TLS_EVENT, "sendmail.tls_event", EVENT, "STARTTLS", MS_F_TEXT, "events", \
      "STARTTLS: read error=syscall error (-1), errno=104") \
    X(SENDMAIL_AUTH, "sendmail.auth", SASL, "AUTH=server", "client_name client_ip username method result", "logins", \
      "AUTH=server, relay=mail.example.org [192.0.2.7], authid=bob, mech=LOGIN, bits=0") \
    X(SENDMAIL_AUTH_FAILED, "sendmail.auth_failed", SASL, "AUTH failure ", "client_name client_ip username method result reason", "logins", \
      "5ALHYa9L000721: AUTH failure (LOGIN): authentication failure (-13) SASL(-13): checkpass failed, user=bob, relay=mail.example.org [192.0.2.7]") \
    X(SENDMAIL_AUTH_CLIENT, "sendmail.auth_client", EVENT, "AUTH=client", MS_F_TEXT, "events", \
      "AUTH=client, relay=mx.example.net., mech=PLAIN, bits=0") \
    X(SENDMAIL_SYSERR, "sendmail.syserr", EVENT, "SYSERR", MS_F_TEXT, "events", \
      "NOQUEUE: SYSERR(root): hash map \"Alias0\": unsafe map file /etc/aliases.db") \
    X(SENDMAIL_AUTH_WARNING, "sendmail.authentication_warning", EVENT, "Authentication-Warning: ", MS_F_TEXT, "events", \
      "5ALHYa9L000721: Authentication-Warning: host: www set sender to a@example.org using -f") \
    X(SENDMAIL_COLLECT, "sendmail.collect", EVENT, "collect: ", MS_F_PEER_SENDMAIL, "events", \
      "5ALHYa9L000721: collect: relay=mail.example.org, from=<a@example.org>, info=Bare linefeed (LF) not allowed, where=body, status=replaced") \
    X(SENDMAIL_BROKEN_OFF, "sendmail.broken_off", EVENT, "collect: ", MS_F_PEER_SENDMAIL, "events", \
      "5ALHYa9L000721: collect: premature EOM: unexpected close") \
    X(SENDMAIL_ALIASES, "sendmail.aliases", EVENT, "alias database ", MS_F_TEXT, "events", \
      "alias database /etc/mail/aliases rebuilt by root") \
    X(SENDMAIL_EXPAND, "sendmail.expand", EVENT, "alias ", MS_F_TEXT, "events", \
      "5ALHYa9L000721: alias <a@example.net> => b@example.net") \
    X(SENDMAIL_QUEUE_RUN, "sendmail.queue_run", EVENT, "runqueue: ", MS_F_TEXT, "events", \
      "runqueue: Flushing queue from /var/spool/mqueue/5ALHYa9L000721 (pri 1, LA 0, 1 of 2)") \
    X(SENDMAIL_LOAD, "sendmail.load", EVENT, " connections ", MS_F_TEXT, "events", \
      "rejecting connections on daemon MTA: load average: 13") \
    X(SENDMAIL_ABUSE, "sendmail.abuse", EVENT, "attack", MS_F_PEER_SENDMAIL, "events", \
      "5ALHYa9L000721: mail.example.org [192.0.2.7]: possible SMTP attack: command=HELO, count=4") \
    X(SENDMAIL_COMMAND, "sendmail.command", EVENT, ": VRFY ", MS_F_PEER_SENDMAIL, "events", \
      "5ALHYa9L000721: mail.example.org [192.0.2.7]: VRFY root") \
    X(SENDMAIL_ATTEMPT, "sendmail.attempt", ATTEMPT, "deliver: mailer=", MS_F_TEXT, "events", \
      "5ALHYa9L000721: deliver: mailer=esmtp, relay=mx.example.net., state=1, stat=tempfail: trying next host") \
    X(SENDMAIL_PROTOCOL, "sendmail.protocol_error", EVENT, " protocol error: ", MS_F_PEER_SENDMAIL, "events", \
      "5ALHYa9L000721: mx.example.net.: SMTP DATA-2 protocol error: 999 what?") \
    X(SENDMAIL_TROUBLE, "sendmail.trouble", EVENT, "bogus queue file", MS_F_TEXT, "events", \
      "5ALHYa9L000721: bogus queue file, uid=100, gid=10, mode=100600") \
    X(SENDMAIL_STARTUP, "sendmail.startup", EVENT, "started as: ", MS_F_TEXT, "events", "started as: /usr/sbin/sendmail-mta -bd -q10m") \
    X(SENDMAIL_DIALOGUE, "sendmail.dialogue", EVENT, "<-- ", MS_F_TEXT, "events", \
      "5ALHYa9L000721: <-- EHLO mail.example.org") \
    X(SENDMAIL_MESSAGE_ID, "sendmail.message_id", MESSAGE_ID, "message-id=", "message_id", "messages", \
      "AA01090: message-id=<1@example.org>") \
    X(SENDMAIL_DAEMON, "sendmail.daemon", DAEMON, "starting daemon ", MS_F_DAEMON, "events", \
      "starting daemon (8.18.1): SMTP+queueing@00:30:00") \
    X(SENDMAIL_PART, "sendmail.part", EVENT, "[2]: ", MS_F_TEXT, "events", \
      "5ALHYa9L000721[2]: relay=mail.example.org [192.0.2.7]") \
    X(SENDMAIL_OTHER, "sendmail.other", EVENT, "", MS_F_TEXT, "events", "5ALHYXNl000712: something that no rule knows")
/* clang-format on */

#endif
