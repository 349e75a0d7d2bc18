/* Rows of ms_kinds[] (see kinds.h) of programs beside the MTA: filters, policy servers, mailboxes. */
#ifndef MS_PARSE_KINDS_HELPERS_H
#define MS_PARSE_KINDS_HELPERS_H

/* clang-format off */
#define MS_KINDS_HELPERS(X) \
    X(AMAVIS_VERDICT, "amavis.verdict", VERDICT, ") Passed ", MS_F_V_AMAVIS, "verdicts", \
      "(12345-06) Passed CLEAN {RelayedInbound}, [192.0.2.7]:4711 <a@example.org> -> <b@example.net>, Queue-ID: 1A2B3C4D5E, Message-ID: <m@example.org>, mail_id: aBcDeF, Hits: -1.9, size: 1234, queued_as: 5E4D3C2B1A, 321 ms") \
    X(AMAVIS_OTHER, "amavis.other", EVENT, "", MS_F_TEXT, "events", "starting.  /usr/sbin/amavisd-new at mx amavisd-new-2.11.0") \
    X(RSPAMD_VERDICT, "rspamd.verdict", VERDICT, "rspamd_task_write_log: id: ", MS_F_V_RSPAMD, "verdicts", \
      "<a1b2c3>; task; rspamd_task_write_log: id: <m@example.org>, qid: <1A2B3C4D5E>, ip: 192.0.2.7, from: <a@example.org>, (default: F (no action): [0.50/15.00] [ARC_NA(0.00){}]), len: 1234, time: 12.3ms, dns req: 5, digest: <0123456789abcdef0123456789abcdef>, rcpts: <b@example.net>") \
    X(RSPAMD_OTHER, "rspamd.other", EVENT, "", MS_F_TEXT, "events", "<a1b2c3>; milter; rspamd_milter_process_command: got connection from 192.0.2.7:4711") \
    X(SPAMD_RESULT, "spamd.result", VERDICT, "spamd: result: ", MS_F_V_SPAMD, "verdicts", \
      "spamd: result: Y 12 - BAYES_99,HTML_MESSAGE scantime=1.2,size=1234,user=debian-spamd,uid=112,required_score=5.0,rhost=::1,raddr=::1,rport=4711,mid=<m@example.org>,bayes=0.99,autolearn=no") \
    X(SPAMD_SUMMARY, "spamd.summary", EVENT, "spamd: clean message (", MS_F_TEXT, "events", \
      "spamd: identified spam (12.3/5.0) for debian-spamd:112 in 1.2 seconds, 1234 bytes.") \
    X(SPAMD_VERDICT, "spamd.verdict", VERDICT, "clean message (", MS_F_V_SCORE, "verdicts", \
      "clean message (-4.9/5.0) for debian-spamd:112 in 1.2 seconds, 1234 bytes.") \
    X(SPAMD_OTHER, "spamd.other", EVENT, "", MS_F_TEXT, "events", "spamd: processing message <m@example.org> for debian-spamd:112") \
    X(CLAMAV_MILTER_VERDICT, "clamav_milter.verdict", VERDICT, " infected by ", MS_F_V_CLAMAV, "verdicts", \
      "Message 1A2B3C4D5E from <a@example.org> to <b@example.net> with subject 'hello' message-id '<m@example.org>' date 'Sun, 3 Mar 2024 10:00:00 +0000' infected by Eicar-Test-Signature") \
    X(CLAMAV_MILTER_OTHER, "clamav_milter.other", EVENT, "", MS_F_TEXT, "events", "+++ Started at Sun Mar  3 10:00:00 2024") \
    X(OPENDKIM_SIGNED, "opendkim.signed", VERDICT, "DKIM-Signature field added (", MS_F_V_SIGNED, "verdicts", \
      "1A2B3C4D5E: DKIM-Signature field added (s=mail, d=example.org)") \
    X(OPENDKIM_RESULT, "opendkim.result", VERDICT, "DKIM verification successful", MS_F_V_DKIM, "verdicts", \
      "1A2B3C4D5E: DKIM verification successful") \
    X(OPENDKIM_SIGNATURE, "opendkim.signature", VERDICT, " result=\"", MS_F_V_DKIM, "verdicts", \
      "1A2B3C4D5E: signature=a1b2c3d4 domain=example.org selector=mail result=\"signature verification failed\"") \
    X(OPENDKIM_OTHER, "opendkim.other", EVENT, "", MS_F_TEXT, "events", "1A2B3C4D5E: mail.example.org [192.0.2.7] not internal") \
    X(OPENDMARC_RESULT, "opendmarc.result", VERDICT, "", MS_F_V_DMARC, "verdicts", "1A2B3C4D5E: example.org pass") \
    X(OPENDMARC_SPF, "opendmarc.spf", VERDICT, "SPF(mailfrom): ", MS_F_V_DMARC_SPF, "verdicts", "1A2B3C4D5E: SPF(mailfrom): example.org pass") \
    X(OPENDMARC_OTHER, "opendmarc.other", EVENT, "", MS_F_TEXT, "events", "ignoring connection from localhost") \
    X(POLICYD_SPF_RESULT, "policyd_spf.result", VERDICT, "Received-SPF: ", MS_F_V_SPF, "verdicts", \
      "prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.7; helo=mail.example.org; envelope-from=a@example.org; receiver=b@example.net") \
    X(POLICYD_SPF_ACTION, "policyd_spf.action", EVENT, "Policy action=", MS_F_TEXT, "events", "Policy action=DUNNO") \
    X(POLICYD_SPF_OTHER, "policyd_spf.other", EVENT, "", MS_F_TEXT, "events", "Traceback (most recent call last):") \
    X(POSTGREY_ACTION, "postgrey.action", VERDICT, "action=", MS_F_V_POSTGREY, "verdicts", \
      "action=greylist, reason=new, client_name=mail.example.org, client_address=192.0.2.7, sender=a@example.org, recipient=b@example.net") \
    X(POSTGREY_OTHER, "postgrey.other", EVENT, "", MS_F_TEXT, "events", "cleaning up old logs...") \
    X(MAILSCANNER_SPAM, "mailscanner.spam", VERDICT, " is spam", MS_F_V_MAILSCANNER, "verdicts", \
      "Message 1A2B3C4D5E.A1B2C from 192.0.2.7 (a@example.org) to example.net is spam, SpamAssassin (not cached, score=12.3, required 5, BAYES_99 3.50)") \
    X(MAILSCANNER_INFECTED, "mailscanner.infected", VERDICT, "Infected message ", MS_F_V_MAILSCANNER, "verdicts", "Infected message 1A2B3C4D5E.A1B2C came from 192.0.2.7") \
    X(MAILSCANNER_ACTIONS, "mailscanner.actions", VERDICT, "Spam Actions: message ", MS_F_V_ACTION, "verdicts", "Spam Actions: message 1A2B3C4D5E.A1B2C actions are store,deliver") \
    X(MAILSCANNER_REQUEUE, "mailscanner.requeue", VERDICT, "Requeue: ", MS_F_V_REQUEUE, "verdicts", "Requeue: 1A2B3C4D5E.A1B2C to 5E4D3C2B1A") \
    X(MAILSCANNER_OTHER, "mailscanner.other", EVENT, "", MS_F_TEXT, "events", "New Batch: Scanning 1 messages, 1234 bytes") \
    X(MIMEDEFANG_LOG, "mimedefang.log", VERDICT, "MDLOG,", MS_F_V_MIMEDEFANG, "verdicts", \
      "MDLOG,1A2B3C4D5E,spam,12.3,192.0.2.7,<a@example.org>,<b@example.net>,hello") \
    X(MIMEDEFANG_ACTION, "mimedefang.action", VERDICT, " because filter instructed us to", MS_F_V_ACTION, "verdicts", "1A2B3C4D5E: Bouncing because filter instructed us to") \
    X(MIMEDEFANG_OTHER, "mimedefang.other", EVENT, "", MS_F_TEXT, "events", "1A2B3C4D5E: Filter time is 123ms") \
    X(DOVECOT_DELIVERY, "dovecot.delivery", VERDICT, ": saved mail to ", MS_F_V_MAILBOX, "verdicts", \
      "lmtp(bob)<4711><aBcDeFgH1234567890abcd>: msgid=<m@example.org>: saved mail to INBOX") \
    X(DOVECOT_SIEVE, "dovecot.sieve", VERDICT, "sieve: msgid=", MS_F_V_MAILBOX, "verdicts", \
      "lmtp(bob)<4711><aBcDeFgH1234567890abcd>: sieve: msgid=<m@example.org>: stored mail into mailbox 'Lists'") \
    X(DOVECOT_LOGIN, "dovecot.login", SASL, "-login: Login: user=<", MS_F_L_MAILBOX, "logins", \
      "imap-login: Login: user=<bob>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, mpid=4711, TLS, session=<aBcDeFgH>") \
    X(DOVECOT_LOGIN_FAILED, "dovecot.login_failed", SASL, "(auth failed, ", MS_F_L_MAILBOX_FAILED, "logins", \
      "imap-login: Aborted login (auth failed, 1 attempts in 2 secs): user=<bob>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, session=<aBcDeFgH>") \
    X(DOVECOT_NO_LOGIN, "dovecot.no_login", EVENT, "): user=<", MS_F_IP, "events", \
      "imap-login: Disconnected (no auth attempts in 2 secs): user=<>, rip=192.0.2.7, lip=192.0.2.1, session=<aBcDeFgH>") \
    X(DOVECOT_AUTH, "dovecot.auth", EVENT, "auth: ", MS_F_IP, "events", "auth: passwd-file(bob,192.0.2.7,<aBcDeFgH>): unknown user") \
    X(DOVECOT_OTHER, "dovecot.other", EVENT, "", MS_F_TEXT, "events", "lmtp(4711): Connect from local") \
    X(CYRUS_DELIVERED, "cyrus.delivered", VERDICT, "Delivered: ", MS_F_V_MAILBOX, "verdicts", "Delivered: <m@example.org> to mailbox: user.bob") \
    X(CYRUS_DUPLICATE, "cyrus.duplicate", VERDICT, "dupelim: eliminated duplicate message to ", MS_F_V_MAILBOX, "verdicts", \
      "dupelim: eliminated duplicate message to user.bob id <m@example.org> date 1709460000 (delivery)") \
    X(CYRUS_LOGIN, "cyrus.login", SASL, "login: ", MS_F_L_CYRUS, "logins", "login: mail.example.org [192.0.2.7] bob PLAIN+TLS User logged in SESSIONID=<s1>") \
    X(CYRUS_LOGIN_FAILED, "cyrus.login_failed", SASL, "badlogin: ", MS_F_L_CYRUS, "logins", "badlogin: mail.example.org [192.0.2.7] PLAIN [SASL(-13): authentication failure]") \
    X(CYRUS_OTHER, "cyrus.other", EVENT, "", MS_F_TEXT, "events", "accepted connection") \
    X(SASLAUTHD_FAILURE, "saslauthd.failure", SASL, ": auth failure: [user=", MS_F_L_SASLAUTHD, "logins", \
      "do_auth         : auth failure: [user=bob] [service=smtp] [realm=example.net] [mech=pam] [reason=PAM auth error]") \
    X(SASLAUTHD_OTHER, "saslauthd.other", EVENT, "", MS_F_TEXT, "events", "detach_tty      : master pid is: 4711") \
    X(PROCMAIL_OTHER, "procmail.other", EVENT, "", MS_F_TEXT, "events", "Suspicious rcfile \"/home/bob/.procmailrc\"") \
    X(SYSLOG_LOST, "syslog.lost", EVENT, " messages ", MS_F_TEXT " count", "events", "imuxsock lost 123 messages from pid 4711 due to rate-limiting") \
    X(SYSLOG_DROPPING, "syslog.dropping", EVENT, "drop", MS_F_TEXT, "events", \
      "imuxsock[pid: 4711, name: postfix/smtpd] from <mx1:postfix/smtpd>: begin to drop messages due to rate-limiting") \
    X(SYSLOG_OTHER, "syslog.other", EVENT, "", MS_F_TEXT, "events", "[origin software=\"rsyslogd\"] rsyslogd was HUPed") \
    X(COURIER_LOGIN, "courier.login", SASL, "LOGIN, ", MS_F_L_MAILBOX, "logins", "LOGIN, user=bob, ip=[::ffff:192.0.2.7], port=[4242], protocol=IMAP") \
    X(COURIER_LOGIN_FAILED, "courier.login_failed", SASL, "LOGIN FAILED, ", MS_F_L_MAILBOX, "logins", "LOGIN FAILED, user=bob, ip=[::ffff:192.0.2.7]") \
    X(COURIER_OTHER, "courier.other", EVENT, "", MS_F_TEXT, "events", "Connection, ip=[::ffff:192.0.2.7]") \
    X(VPOPMAIL_LOGIN, "vpopmail.login", SASL, "login success ", MS_F_L_MAILBOX, "logins", "vchkpw-smtp: (PLAIN) login success bob@example.net:192.0.2.7") \
    X(VPOPMAIL_LOGIN_FAILED, "vpopmail.login_failed", SASL, "vchkpw", MS_F_L_MAILBOX_FAILED, "logins", \
      "vchkpw-pop3: vpopmail user not found bob@example.net:192.0.2.7") \
    X(VPOPMAIL_OTHER, "vpopmail.other", EVENT, "", MS_F_TEXT, "events", "vchkpw-smtp: what it says besides")
/* clang-format on */

#endif
