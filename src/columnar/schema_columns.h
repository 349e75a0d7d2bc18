/* The columns of each table, in order: X(table, name, type, required, bloom, filled, unit, meaning). Read by schema.h and
 * schema.c only. */
#ifndef MS_COLUMNAR_SCHEMA_COLUMNS_H
#define MS_COLUMNAR_SCHEMA_COLUMNS_H

/* A column, a line. */
/* clang-format off */

#define MS_COLUMNS_MESSAGES(X) \
    X(messages, txn_id, MS_T_I64, true, true, true, "", "stable hash of host, instance, queue ID, begin of life and ordinal; join on (txn_id, queue_id)") \
    X(messages, mta, MS_T_DICT, true, false, true, "", "postfix, sendmail, qmail, exim") \
    X(messages, host, MS_T_DICT, true, false, true, "", "host name as logged; of several names of one host (table hosts) the full one") \
    X(messages, instance, MS_T_DICT, false, false, true, "", "queue the ID belongs to: first label of the Postfix tag") \
    X(messages, queue_id, MS_T_UNIQUE, true, true, true, "", "queue ID as logged") \
    X(messages, message_id, MS_T_UNIQUE, false, true, true, "", "as logged, without the enclosing <>; empty: logged as empty; sendmail logs no more than 100 bytes") \
    X(messages, sender, MS_T_DICT, false, false, true, "", "envelope sender as the queue manager logged it, else as pickup or a check did; empty is the null sender <>") \
    X(messages, sender_key, MS_T_DICT, false, true, true, "", "sender in lower case, needless quotes removed") \
    X(messages, sender_domain, MS_T_DICT, false, false, true, "", "domain of the sender in lower case") \
    X(messages, size_bytes, MS_T_I64, false, false, true, "bytes", "size as the queue manager logged it; sendmail's size= (a line end counts as one byte)") \
    X(messages, nrcpt, MS_T_I32, false, false, true, "", "number of recipients as the queue manager logged it; sendmail's nrcpts=, 0: no recipient was accepted") \
    X(messages, origin, MS_T_DICT, true, false, true, "", "smtpd, pickup, bounce, forward, reinject, requeue, unknown") \
    X(messages, client_name, MS_T_DICT, false, false, true, "", "host name of the SMTP client; unknown as logged") \
    X(messages, client_ip, MS_T_DICT, false, true, true, "", "address of the SMTP client, RFC 5952") \
    X(messages, client_port, MS_T_I32, false, false, true, "", "port of the SMTP client") \
    X(messages, orig_client_name, MS_T_DICT, false, false, true, "", "original client in front of a filter (XFORWARD)") \
    X(messages, orig_client_ip, MS_T_DICT, false, false, true, "", "its address") \
    X(messages, helo, MS_T_DICT, false, false, true, "", "HELO or EHLO name, where a line of this life has it") \
    X(messages, protocol, MS_T_DICT, false, false, true, "", "SMTP, ESMTP, QMQP") \
    X(messages, sasl_method, MS_T_DICT, false, false, true, "", "SASL mechanism of the submission") \
    X(messages, sasl_username, MS_T_DICT, false, true, true, "", "SASL user of the submission") \
    X(messages, tls_version, MS_T_DICT, false, false, true, "", "TLS version of the incoming session") \
    X(messages, tls_cipher, MS_T_DICT, false, false, true, "", "TLS cipher of the incoming session") \
    X(messages, submit_uid, MS_T_I64, false, false, true, "", "numeric user of a local submission") \
    X(messages, class, MS_T_I32, false, false, true, "", "sendmail's class=") \
    X(messages, daemon, MS_T_DICT, false, false, true, "", "sendmail's daemon=") \
    X(messages, session_id, MS_T_I64, false, false, true, "", "sessions.session_id of the session that brought the mail") \
    X(messages, first_time, MS_T_TIME, false, false, true, "UTC", "first line of this life") \
    X(messages, queued_time, MS_T_TIME, false, false, true, "UTC", "first `queue active` line") \
    X(messages, last_time, MS_T_TIME, false, false, true, "UTC", "last line of this life") \
    X(messages, end_time, MS_T_TIME, false, false, true, "UTC", "the line that ended it") \
    X(messages, state, MS_T_DICT, true, false, true, "", "done, expired, deleted, held, open, aborted, rejected, cut") \
    X(messages, n_sent, MS_T_I32, true, false, true, "recipients", "recipients whose last status is sent") \
    X(messages, n_deferred, MS_T_I32, true, false, true, "recipients", "recipients whose last status is deferred") \
    X(messages, n_bounced, MS_T_I32, true, false, true, "recipients", "recipients whose last status is bounced or expired") \
    X(messages, n_attempts, MS_T_I32, true, false, true, "", "attempts: delivery lines but those that say that nothing was tried") \
    X(messages, subject, MS_T_UNIQUE, false, false, true, "", "Subject as a header check logged it") \
    X(messages, subject_decoded, MS_T_UNIQUE, false, false, false, "", "Subject with RFC 2047 words decoded") \
    X(messages, n_lines, MS_T_I32, true, false, true, "lines", "lines of this life") \
    X(messages, file_id, MS_T_I32, true, false, true, "", "files.file_id of the first line") \
    X(messages, line_offset, MS_T_I64, true, false, true, "bytes", "offset of the first line in the uncompressed file") \
    X(messages, message_id_offset, MS_T_I64, false, false, true, "bytes", "offset of the message-id line, if in the same file") \
    X(messages, queued_offset, MS_T_I64, false, false, true, "bytes", "offset of the first `queue active` line, if in the same file") \
    X(messages, end_offset, MS_T_I64, false, false, true, "bytes", "offset of the line that ended the life, if in the same file")

#define MS_COLUMNS_DELIVERIES(X) \
    X(deliveries, txn_id, MS_T_I64, true, true, true, "", "messages.txn_id") \
    X(deliveries, mta, MS_T_DICT, true, false, true, "", "postfix, sendmail, qmail, exim") \
    X(deliveries, host, MS_T_DICT, true, false, true, "", "host name as logged; of several names of one host (table hosts) the full one") \
    X(deliveries, queue_id, MS_T_UNIQUE, true, true, true, "", "queue ID as logged") \
    X(deliveries, time, MS_T_TIME, false, false, true, "UTC", "time of the line") \
    X(deliveries, agent, MS_T_DICT, true, false, true, "", "smtp, lmtp, local, virtual, pipe, error, discard ...") \
    X(deliveries, recipient, MS_T_DICT, false, false, true, "", "recipient as logged, without <>") \
    X(deliveries, recipient_key, MS_T_DICT, false, true, true, "", "recipient in lower case, needless quotes removed") \
    X(deliveries, recipient_domain, MS_T_DICT, false, false, true, "", "its domain in lower case") \
    X(deliveries, orig_recipient, MS_T_DICT, false, false, true, "", "orig_to as logged, without <>") \
    X(deliveries, orig_recipient_key, MS_T_DICT, false, true, true, "", "orig_recipient in lower case, needless quotes removed") \
    X(deliveries, relay_host, MS_T_DICT, false, false, true, "", "next hop's host name, or the word logged in its place (local, none, a socket)") \
    X(deliveries, relay_ip, MS_T_DICT, false, true, true, "", "next hop's address, RFC 5952") \
    X(deliveries, relay_port, MS_T_I32, false, false, true, "", "next hop's port") \
    X(deliveries, attempt, MS_T_I32, true, false, true, "", "1 for the first attempt for this recipient in this life; where the line says that nothing was tried (queued; Exim's retry time not reached), that of the last one, 0: none yet") \
    X(deliveries, is_final, MS_T_BOOL, true, false, true, "", "this life tries this recipient no more") \
    X(deliveries, status, MS_T_DICT, false, false, true, "", "as logged: sent, deferred, bounced, deliverable, undeliverable; SOFTBOUNCE is deferred, given up is expired, NULL: the line is cut") \
    X(deliveries, dsn, MS_T_DICT, false, false, true, "", "enhanced status code") \
    X(deliveries, reply_code, MS_T_I32, false, false, true, "", "SMTP code of the remote reply") \
    X(deliveries, reply, MS_T_UNIQUE, false, false, true, "", "text in parentheses; sendmail's stat=") \
    X(deliveries, reason, MS_T_DICT, false, false, true, "", "why it was not sent, a word of docs/REASONS.md; NULL: sent, or the reply tells nothing") \
    X(deliveries, blocklist, MS_T_DICT, false, false, true, "", "name of the blocklist, where the reason is one and the reply names it") \
    X(deliveries, delay_ms, MS_T_I64, false, false, true, "ms", "delay=") \
    X(deliveries, delay_in_ms, MS_T_I64, false, false, true, "ms", "delays=, before the queue manager") \
    X(deliveries, delay_queue_ms, MS_T_I64, false, false, true, "ms", "delays=, in the queue manager") \
    X(deliveries, delay_conn_ms, MS_T_I64, false, false, true, "ms", "delays=, connection set-up") \
    X(deliveries, delay_xmit_ms, MS_T_I64, false, false, true, "ms", "delays=, transmission") \
    X(deliveries, xdelay_ms, MS_T_I64, false, false, true, "ms", "sendmail's xdelay=") \
    X(deliveries, conn_use, MS_T_I32, false, false, true, "", "n-th delivery over this connection") \
    X(deliveries, priority, MS_T_I64, false, false, true, "", "sendmail's pri=") \
    X(deliveries, ctladdr, MS_T_DICT, false, false, true, "", "sendmail's ctladdr=") \
    X(deliveries, tls_version, MS_T_DICT, false, false, true, "", "TLS version of the outgoing connection") \
    X(deliveries, tls_cipher, MS_T_DICT, false, false, true, "", "TLS cipher") \
    X(deliveries, tls_trust, MS_T_DICT, false, false, true, "", "Anonymous, Untrusted, Trusted, Verified; with the evidence field: the policy reached, as logged (none, may, may:none, dane ...)") \
    X(deliveries, tls_evidence, MS_T_DICT, false, false, true, "", "line (established by the same process for this message), same_connection (taken up again for it), field (tls= of the line itself); NULL is not logged, never \"clear\"") \
    X(deliveries, next_queue_id, MS_T_UNIQUE, false, true, true, "", "queue ID at the next hop, or of the forwarded copy") \
    X(deliveries, next_txn_id, MS_T_I64, false, false, false, "", "messages.txn_id of that queue ID, where certain") \
    X(deliveries, file_id, MS_T_I32, true, false, true, "", "files.file_id") \
    X(deliveries, line_offset, MS_T_I64, true, false, true, "bytes", "offset of the line in the uncompressed file")

#define MS_COLUMNS_SESSIONS(X) \
    X(sessions, session_id, MS_T_I64, true, true, true, "", "stable hash of host, program, pid, begin and ordinal") \
    X(sessions, mta, MS_T_DICT, true, false, true, "", "postfix ...") \
    X(sessions, host, MS_T_DICT, true, false, true, "", "host name as logged; of several names of one host (table hosts) the full one") \
    X(sessions, service, MS_T_DICT, false, false, true, "", "tag as logged (postfix/submission/smtpd)") \
    X(sessions, pid, MS_T_I64, false, false, true, "", "process ID") \
    X(sessions, client_name, MS_T_DICT, false, false, true, "", "host name of the client") \
    X(sessions, client_ip, MS_T_DICT, false, true, true, "", "address of the client, RFC 5952") \
    X(sessions, client_port, MS_T_I32, false, false, true, "", "port of the client") \
    X(sessions, connect_time, MS_T_TIME, false, false, true, "UTC", "connect line") \
    X(sessions, disconnect_time, MS_T_TIME, false, false, true, "UTC", "disconnect line") \
    X(sessions, end_kind, MS_T_DICT, true, false, true, "", "quit, lost, timeout, error, reset, open") \
    X(sessions, end_stage, MS_T_DICT, false, false, true, "", "SMTP stage at which it was lost") \
    X(sessions, tls_version, MS_T_DICT, false, false, true, "", "TLS version") \
    X(sessions, tls_cipher, MS_T_DICT, false, false, true, "", "TLS cipher") \
    X(sessions, tls_bits, MS_T_I32, false, false, true, "bits", "bits used") \
    X(sessions, sasl_username, MS_T_DICT, false, true, true, "", "SASL user of its mails") \
    X(sessions, n_messages, MS_T_I32, true, false, true, "", "client= lines") \
    X(sessions, n_rejects, MS_T_I32, true, false, true, "", "refusals that the session's own process logged") \
    X(sessions, n_auth_ok, MS_T_I32, false, false, true, "", "auth= of the disconnect line: good") \
    X(sessions, n_auth, MS_T_I32, false, false, true, "", "auth=: all") \
    X(sessions, n_mail_ok, MS_T_I32, false, false, true, "", "mail=: good") \
    X(sessions, n_mail, MS_T_I32, false, false, true, "", "mail=: all") \
    X(sessions, n_rcpt_ok, MS_T_I32, false, false, true, "", "rcpt=: good") \
    X(sessions, n_rcpt, MS_T_I32, false, false, true, "", "rcpt=: all") \
    X(sessions, commands, MS_T_DICT, false, false, true, "", "counters of the disconnect line as logged") \
    X(sessions, file_id, MS_T_I32, true, false, true, "", "files.file_id of the first line") \
    X(sessions, line_offset, MS_T_I64, true, false, true, "bytes", "offset of the first line in the uncompressed file")

#define MS_COLUMNS_REJECTS(X) \
    X(rejects, time, MS_T_TIME, false, false, true, "UTC", "time of the line") \
    X(rejects, mta, MS_T_DICT, true, false, true, "", "postfix ...") \
    X(rejects, host, MS_T_DICT, true, false, true, "", "host name as logged; of several names of one host (table hosts) the full one") \
    X(rejects, service, MS_T_DICT, false, false, true, "", "tag as logged") \
    X(rejects, session_id, MS_T_I64, false, false, true, "", "sessions.session_id") \
    X(rejects, txn_id, MS_T_I64, false, true, true, "", "messages.txn_id, if the line has a queue ID") \
    X(rejects, action, MS_T_DICT, true, false, true, "", "reject, reject_warning, hold, discard, milter-reject ... as logged") \
    X(rejects, stage, MS_T_DICT, false, false, true, "", "RCPT, CONNECT, END-OF-MESSAGE ...; header or body for content checks") \
    X(rejects, client_name, MS_T_DICT, false, false, true, "", "host name of the client") \
    X(rejects, client_ip, MS_T_DICT, false, true, true, "", "address of the client, RFC 5952") \
    X(rejects, client_port, MS_T_I32, false, false, true, "", "port of the client") \
    X(rejects, reply_code, MS_T_I32, false, false, true, "", "SMTP code; for refusals of content by cleanup, whose lines have none, the 550 that Postfix answers to them") \
    X(rejects, dsn, MS_T_DICT, false, false, true, "", "enhanced status code") \
    X(rejects, reason, MS_T_DICT, false, false, true, "", "why, a word of docs/REASONS.md; NULL: text and codes tell nothing") \
    X(rejects, blocklist, MS_T_DICT, false, false, true, "", "zone of `blocked using ZONE`, or the name of the blocklist that the text has") \
    X(rejects, text, MS_T_DICT, false, false, true, "", "the text of the decision") \
    X(rejects, sender, MS_T_DICT, false, false, true, "", "envelope sender as logged, without <>") \
    X(rejects, sender_key, MS_T_DICT, false, true, true, "", "sender in lower case, needless quotes removed") \
    X(rejects, recipient, MS_T_DICT, false, false, true, "", "recipient as logged, without <>; NULL for refusals of content, which are not about one") \
    X(rejects, recipient_key, MS_T_DICT, false, true, true, "", "recipient in lower case, needless quotes removed") \
    X(rejects, protocol, MS_T_DICT, false, false, true, "", "SMTP, ESMTP") \
    X(rejects, helo, MS_T_DICT, false, false, true, "", "HELO name") \
    X(rejects, sasl_username, MS_T_DICT, false, false, true, "", "SASL user") \
    X(rejects, file_id, MS_T_I32, true, false, true, "", "files.file_id") \
    X(rejects, line_offset, MS_T_I64, true, false, true, "bytes", "offset of the line in the uncompressed file")

#define MS_COLUMNS_LOGINS(X) \
    X(logins, time, MS_T_TIME, false, false, true, "UTC", "time of the line") \
    X(logins, host, MS_T_DICT, true, false, true, "", "host name as logged") \
    X(logins, service, MS_T_DICT, false, false, true, "", "tag as logged") \
    X(logins, username, MS_T_DICT, false, true, true, "", "SASL user as logged; NULL: no line names it") \
    X(logins, method, MS_T_DICT, false, false, true, "", "SASL mechanism as logged") \
    X(logins, result, MS_T_DICT, true, false, true, "", "ok, failed") \
    X(logins, client_ip, MS_T_DICT, false, true, true, "", "address of the client, RFC 5952") \
    X(logins, session_id, MS_T_I64, false, false, true, "", "sessions.session_id; NULL: the line tells no process") \
    X(logins, reason, MS_T_DICT, false, false, true, "", "why it failed, as logged (often base64 of the server's prompt); aborted: the client gave up") \
    X(logins, tls_version, MS_T_DICT, false, false, true, "", "TLS version of the session at that line; NULL: not logged") \
    X(logins, file_id, MS_T_I32, true, false, true, "", "files.file_id") \
    X(logins, line_offset, MS_T_I64, true, false, true, "bytes", "offset of the line that says so: the failure, the first mail or refusal that names the user, or the disconnect line, where only its counter tells of the login")

#define MS_COLUMNS_VERDICTS(X) \
    X(verdicts, time, MS_T_TIME, false, false, true, "UTC", "time of the line") \
    X(verdicts, host, MS_T_DICT, true, false, true, "", "host name as logged; of several names of one host (table hosts) the full one") \
    X(verdicts, program, MS_T_DICT, false, false, true, "", "tag as logged") \
    X(verdicts, queue_id, MS_T_UNIQUE, false, true, true, "", "queue ID that the line names, of the MTA that called the helper") \
    X(verdicts, txn_id, MS_T_I64, false, true, true, "", "messages.txn_id of the mail, where exactly one life fits; NULL: none does, or several do") \
    X(verdicts, evidence, MS_T_DICT, false, false, true, "", "by what txn_id was found: queue_id, session_id (of the mailbox, in the reply to a delivery), message_id") \
    X(verdicts, message_id, MS_T_UNIQUE, false, true, true, "", "as logged, without the enclosing <>") \
    X(verdicts, recipient, MS_T_DICT, false, false, true, "", "recipient as logged, without <>; of a mailbox its user") \
    X(verdicts, recipient_key, MS_T_DICT, false, true, true, "", "recipient in lower case, needless quotes removed") \
    X(verdicts, client_ip, MS_T_DICT, false, true, true, "", "address of the client, RFC 5952") \
    X(verdicts, verdict, MS_T_DICT, false, false, true, "", "what the mail is taken for, a word of docs/VERDICTS.md: clean, spam, infected, signed, stored ...; NULL: the line says no more than the other columns") \
    X(verdicts, action, MS_T_DICT, false, false, true, "", "what was or shall be done with it, as logged: Passed, add header, greylist ...") \
    X(verdicts, score, MS_T_DOUBLE, false, false, true, "", "spam score") \
    X(verdicts, threshold, MS_T_DOUBLE, false, false, true, "", "score from which on it is spam") \
    X(verdicts, spf, MS_T_DICT, false, false, true, "", "result of SPF in lower case: pass, fail, softfail, neutral, none, temperror, permerror") \
    X(verdicts, dkim, MS_T_DICT, false, false, true, "", "result of DKIM: pass, fail, none") \
    X(verdicts, dmarc, MS_T_DICT, false, false, true, "", "result of DMARC: pass, fail, none") \
    X(verdicts, virus, MS_T_DICT, false, false, true, "", "name of the virus, or of the file that is not allowed") \
    X(verdicts, mailbox, MS_T_DICT, false, false, true, "", "mailbox into which it was put, or was to be put") \
    X(verdicts, file_id, MS_T_I32, true, false, true, "", "files.file_id") \
    X(verdicts, line_offset, MS_T_I64, true, false, true, "bytes", "offset of the line in the uncompressed file")

#define MS_COLUMNS_EVENTS(X) \
    X(events, time, MS_T_TIME, false, false, true, "UTC", "time of the line") \
    X(events, host, MS_T_DICT, false, false, true, "", "host name as logged; of several names of one host (table hosts) the full one") \
    X(events, program, MS_T_DICT, false, false, true, "", "tag as logged") \
    X(events, pid, MS_T_I64, false, false, true, "", "process ID") \
    X(events, severity, MS_T_DICT, true, false, true, "", "info, warning, error, fatal, panic") \
    X(events, kind, MS_T_DICT, true, false, true, "", "dotted name, see parse --kinds") \
    X(events, queue_id, MS_T_UNIQUE, false, true, true, "", "queue ID, if the line has one") \
    X(events, txn_id, MS_T_I64, false, true, true, "", "messages.txn_id of that queue ID") \
    X(events, client_ip, MS_T_DICT, false, true, true, "", "address of the client the line speaks of") \
    X(events, text, MS_T_UNIQUE, true, false, true, "", "the message text") \
    X(events, file_id, MS_T_I32, true, false, true, "", "files.file_id") \
    X(events, line_offset, MS_T_I64, true, false, true, "bytes", "offset of the line in the uncompressed file")

#define MS_COLUMNS_LINKS(X) \
    X(links, from_txn_id, MS_T_I64, false, true, true, "", "messages.txn_id of the parent; NULL: not in this input") \
    X(links, to_txn_id, MS_T_I64, false, true, true, "", "messages.txn_id of the child; NULL: not in this input") \
    X(links, from_host, MS_T_DICT, true, false, true, "", "host of the parent") \
    X(links, from_queue_id, MS_T_UNIQUE, true, false, true, "", "queue ID of the parent") \
    X(links, to_host, MS_T_DICT, false, false, true, "", "host of the child, where known") \
    X(links, to_queue_id, MS_T_UNIQUE, true, false, true, "", "queue ID of the child") \
    X(links, recipient, MS_T_DICT, false, false, true, "", "recipient whose delivery made the link") \
    X(links, kind, MS_T_DICT, true, false, true, "", "next_hop, reinject, forward, requeue, clone, bounce, delay_notice") \
    X(links, evidence, MS_T_DICT, true, false, true, "", "queued_as, log_line, message_id") \
    X(links, candidates, MS_T_I32, true, false, true, "", "how many lives fit; 1 is certain") \
    X(links, file_id, MS_T_I32, true, false, true, "", "files.file_id of the line that says so") \
    X(links, line_offset, MS_T_I64, true, false, true, "bytes", "its offset")

#define MS_COLUMNS_MAILS(X) \
    X(mails, txn_id, MS_T_I64, true, true, true, "", "messages.txn_id of a life that is one of several of its mail") \
    X(mails, mail_id, MS_T_I64, true, true, true, "", "messages.txn_id of the earliest life of the mail")

#define MS_COLUMNS_COVERAGE(X) \
    X(coverage, host, MS_T_DICT, true, false, true, "", "host; empty: lines without one") \
    X(coverage, program, MS_T_DICT, true, false, true, "", "tag as logged") \
    X(coverage, hour, MS_T_TIME, false, false, true, "UTC", "begin of the hour; NULL: no year known") \
    X(coverage, n_lines, MS_T_I64, true, false, true, "lines", "lines of this host and program in this hour") \
    X(coverage, n_lost, MS_T_I64, true, false, true, "lines", "lines that syslog says it lost") \
    X(coverage, first_time, MS_T_TIME, false, false, true, "UTC", "first of them") \
    X(coverage, last_time, MS_T_TIME, false, false, true, "UTC", "last of them")

#define MS_COLUMNS_MATCHES(X) \
    X(matches, pattern_id, MS_T_DICT, true, false, true, "", "of a pattern of --patterns: the name in front of it, or the pattern itself") \
    X(matches, txn_id, MS_T_I64, false, true, true, "", "messages.txn_id, if the line belongs to a mail") \
    X(matches, time, MS_T_TIME, false, false, true, "UTC", "time of the line") \
    X(matches, host, MS_T_DICT, false, false, true, "", "host name as logged; NULL: the line tells none that could be read, or is a verdict") \
    X(matches, file_id, MS_T_I32, true, false, true, "", "files.file_id") \
    X(matches, line_offset, MS_T_I64, true, false, true, "bytes", "offset of the line in the uncompressed file")

#define MS_COLUMNS_HOSTS(X) \
    X(hosts, host, MS_T_DICT, true, false, true, "", "name of the host in all other tables") \
    X(hosts, alias, MS_T_DICT, true, false, true, "", "a name that lines or --host-map have for it; once it is host itself")

#define MS_COLUMNS_FILES(X) \
    X(files, file_id, MS_T_I32, true, false, true, "", "rank in canonical order") \
    X(files, path, MS_T_DICT, true, false, true, "", "as found") \
    X(files, size_bytes, MS_T_I64, true, false, true, "bytes", "as stored") \
    X(files, digest, MS_T_DICT, true, false, true, "", "XXH3-128 over the XXH3-128 of each MiB as stored") \
    X(files, sha256, MS_T_DICT, false, false, true, "", "SHA-256 of the bytes as stored, in hexadecimal; with --evidence") \
    X(files, text_sha256, MS_T_DICT, false, false, true, "", "SHA-256 of the uncompressed bytes (text_bytes of them); with --evidence") \
    X(files, compression, MS_T_DICT, true, false, true, "", "none, gzip, xz, zstd, bzip2, lz4, compress; journal: an export (journalctl -o export), whose entries are read as lines of JSON; of a member: its own") \
    X(files, text_bytes, MS_T_I64, true, false, true, "bytes", "uncompressed") \
    X(files, n_lines, MS_T_I64, true, false, true, "lines", "all lines") \
    X(files, n_lines_message, MS_T_I64, true, false, true, "lines", "outcome message") \
    X(files, n_lines_session, MS_T_I64, true, false, true, "lines", "outcome session") \
    X(files, n_lines_reject, MS_T_I64, true, false, true, "lines", "outcome reject") \
    X(files, n_lines_login, MS_T_I64, true, false, true, "lines", "outcome login") \
    X(files, n_lines_verdict, MS_T_I64, true, false, true, "lines", "outcome verdict") \
    X(files, n_lines_event, MS_T_I64, true, false, true, "lines", "outcome event") \
    X(files, n_lines_unparsed, MS_T_I64, true, false, true, "lines", "outcome unparsed") \
    X(files, n_lines_duplicate, MS_T_I64, true, false, true, "lines", "outcome duplicate") \
    X(files, n_lines_pending, MS_T_I64, true, false, true, "lines", "outcome pending") \
    X(files, first_time, MS_T_TIME, false, false, true, "UTC", "earliest line") \
    X(files, last_time, MS_T_TIME, false, false, true, "UTC", "latest line") \
    X(files, year_anchor, MS_T_DICT, false, false, true, "", "what told the year: stamp, queue_id, message_id, file_name, gzip_header, option, mtime (weak); NULL: nothing did") \
    X(files, zone, MS_T_DICT, false, false, true, "", "zone of the stamps: in the stamp; an offset, by --tz or by queue IDs (several: the clock went over); UTC assumed") \
    X(files, status, MS_T_DICT, true, false, true, "", "ok, truncated, corrupt, unreadable") \
    X(files, error, MS_T_DICT, false, false, true, "", "what was wrong, and where; what speaks against the year")

#define MS_COLUMNS_UNPARSED(X) \
    X(unparsed, file_id, MS_T_I32, true, false, true, "", "files.file_id") \
    X(unparsed, line_offset, MS_T_I64, true, false, true, "bytes", "offset of the line in the uncompressed file") \
    X(unparsed, length, MS_T_I64, true, false, true, "bytes", "length of the line without its end") \
    X(unparsed, reason, MS_T_DICT, true, false, true, "", "why nobody understood it") \
    X(unparsed, text, MS_T_UNIQUE, true, false, true, "", "the line, or its first 4096 bytes")

/* clang-format off */
#define MS_COLUMN_INDEX(table, name, ...) MS_COL_##table##_##name,
enum ms_col_messages { MS_COLUMNS_MESSAGES(MS_COLUMN_INDEX) MS_N_COL_messages };
enum ms_col_deliveries { MS_COLUMNS_DELIVERIES(MS_COLUMN_INDEX) MS_N_COL_deliveries };
enum ms_col_sessions { MS_COLUMNS_SESSIONS(MS_COLUMN_INDEX) MS_N_COL_sessions };
enum ms_col_rejects { MS_COLUMNS_REJECTS(MS_COLUMN_INDEX) MS_N_COL_rejects };
enum ms_col_logins { MS_COLUMNS_LOGINS(MS_COLUMN_INDEX) MS_N_COL_logins };
enum ms_col_verdicts { MS_COLUMNS_VERDICTS(MS_COLUMN_INDEX) MS_N_COL_verdicts };
enum ms_col_events { MS_COLUMNS_EVENTS(MS_COLUMN_INDEX) MS_N_COL_events };
enum ms_col_links { MS_COLUMNS_LINKS(MS_COLUMN_INDEX) MS_N_COL_links };
enum ms_col_mails { MS_COLUMNS_MAILS(MS_COLUMN_INDEX) MS_N_COL_mails };
enum ms_col_coverage { MS_COLUMNS_COVERAGE(MS_COLUMN_INDEX) MS_N_COL_coverage };
enum ms_col_matches { MS_COLUMNS_MATCHES(MS_COLUMN_INDEX) MS_N_COL_matches };
enum ms_col_hosts { MS_COLUMNS_HOSTS(MS_COLUMN_INDEX) MS_N_COL_hosts };
enum ms_col_files { MS_COLUMNS_FILES(MS_COLUMN_INDEX) MS_N_COL_files };
enum ms_col_unparsed { MS_COLUMNS_UNPARSED(MS_COLUMN_INDEX) MS_N_COL_unparsed };
#undef MS_COLUMN_INDEX
/* clang-format on */

#endif
