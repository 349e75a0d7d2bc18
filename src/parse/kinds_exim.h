/* Rows of ms_kinds[] (see kinds.h): Exim. */
#ifndef MS_PARSE_KINDS_EXIM_H
#define MS_PARSE_KINDS_EXIM_H

#define MS_F_EXIM_ARRIVAL                                                                                              \
    "client_name client_ip client_port ident message_id sender size_bytes nrcpt protocol helo subject sasl_method "    \
    "sasl_username tls_version tls_cipher parent_queue_id"
#define MS_F_EXIM_DELIVERY                                                                                             \
    "agent xdelay_ms recipient orig_recipient relay_host relay_ip relay_port delay_ms tls_version tls_cipher said "    \
    "dsn status reply "                                                                                                \
    "reply_code reply_dsn next_queue_id truncated"
#define MS_F_EXIM_REJECT                                                                                               \
    "action stage client_name client_ip client_port text sender recipient helo sasl_method sasl_username"
#define MS_F_EXIM_LOGIN "client_name client_ip client_port username method result reason"

/* clang-format off */
#define MS_KINDS_EXIM(X) \
    X(EXIM_ARRIVAL, "exim.arrival", ACCEPTED, "<= ", MS_F_EXIM_ARRIVAL, "messages", \
      "1UlasQ-0001yA-Ra <= a@example.org H=mx.example.org (helo.example.org) [192.0.2.7]:4711 P=esmtps X=TLS1.3:AES_256_GCM:256 S=1234 id=m1@example.org T=\"hello\" from <a@example.org> for b@example.net") \
    X(EXIM_FAKEREJECT, "exim.fakereject", ACCEPTED, "(= ", MS_F_EXIM_ARRIVAL, "messages", \
      "1UlasQ-0001yA-Ra (= a@example.org H=mx.example.org [192.0.2.7] P=esmtp S=1234 id=m1@example.org") \
    X(EXIM_DELIVERY, "exim.delivery", DELIVERY, "=> ", MS_F_EXIM_DELIVERY, "deliveries", \
      "1UlasQ-0001yA-Ra => b@example.net R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.25]:25 X=TLS1.3:AES_256_GCM:256 CV=yes C=\"250 2.0.0 Ok: queued as 4SVLCh0sf8zyN2\" QT=2s DT=1s") \
    X(EXIM_DELIVERY_ALSO, "exim.delivery_also", DELIVERY, "-> ", MS_F_EXIM_DELIVERY, "deliveries", \
      "1UlasQ-0001yA-Ra -> c@example.net R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.25] C=\"250 OK id=1UlasT-0001yC-1b\"") \
    X(EXIM_CUTTHROUGH, "exim.cutthrough", DELIVERY, ">> ", MS_F_EXIM_DELIVERY, "deliveries", \
      "1UlasQ-0001yA-Ra >> b@example.net R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.25] C=\"250 OK\"") \
    X(EXIM_FAILED, "exim.failed", DELIVERY, "** ", MS_F_EXIM_DELIVERY, "deliveries", \
      "1UlasQ-0001yA-Ra ** b@example.net R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.25]: SMTP error from remote mail server after RCPT TO:<b@example.net>: 550 5.1.1 User unknown") \
    X(EXIM_DEFERRED, "exim.deferred", DELIVERY, "== ", MS_F_EXIM_DELIVERY, "deliveries", \
      "1UlasQ-0001yA-Ra == b@example.net R=dnslookup T=remote_smtp defer (-53): retry time not reached for any host") \
    X(EXIM_NOT_DELIVERED, "exim.not_delivered", EVENT, "*> ", MS_F_TEXT, "events", \
      "1UlasQ-0001yA-Ra *> b@example.net R=dnslookup T=remote_smtp H=mx.example.net [192.0.2.25]") \
    X(EXIM_DISCARDED, "exim.discarded", REJECT, "=> blackhole (", MS_F_EXIM_REJECT, "rejects", \
      "1UlasQ-0001yA-Ra => blackhole (DATA ACL discarded recipients)") \
    X(EXIM_COMPLETED, "exim.completed", REMOVED, "Completed", MS_F_REMOVED, "messages", "1UlasQ-0001yA-Ra Completed") \
    X(EXIM_REMOVED, "exim.removed", REMOVED, "removed by ", MS_F_REMOVED, "messages", "1UlasQ-0001yA-Ra removed by root") \
    X(EXIM_RESCINDED, "exim.rescinded", REMOVED, "rescind ", MS_F_REMOVED, "messages", \
      "1UlasQ-0001yA-Ra SMTP connection lost after final dot H=mx.example.org [192.0.2.7] P=esmtp") \
    X(EXIM_FROZEN, "exim.frozen", HELD, "rozen", MS_F_TEXT, "messages", "1UlasQ-0001yA-Ra Message is frozen") \
    X(EXIM_UNFROZEN, "exim.unfrozen", RELEASED, "nfrozen by ", MS_F_TEXT, "messages", "1UlasQ-0001yA-Ra Unfrozen by forced delivery") \
    X(EXIM_ADMIN, "exim.admin", EVENT, " by ", MS_F_TEXT, "events", "1UlasQ-0001yA-Ra address b@example.net marked delivered by root") \
    X(EXIM_ERROR_IGNORED, "exim.error_ignored", EVENT, "error ignored", MS_F_TEXT, "events", "1UlasQ-0001yA-Ra b@example.net: error ignored") \
    X(EXIM_POSTPONED, "exim.postponed", EVENT, "no immediate delivery: ", MS_F_TEXT, "events", \
      "1UlasQ-0001yA-Ra no immediate delivery: more than 10 messages received in one connection") \
    X(EXIM_ATTEMPT, "exim.attempt", ATTEMPT, "H=", MS_F_RELAY, "events", "1UlasQ-0001yA-Ra H=mx.example.net [192.0.2.25] Connection refused") \
    X(EXIM_CONNECT, "exim.connect", CONNECT, "SMTP connection from ", MS_F_SESSION, "sessions", \
      "SMTP connection from [192.0.2.7]:4711 I=[192.0.2.1]:25 (TCP/IP connection count = 1)") \
    X(EXIM_DISCONNECT, "exim.disconnect", DISCONNECT, " closed by QUIT", MS_F_SESSION, "sessions", \
      "SMTP connection from mx.example.org [192.0.2.7]:4711 closed by QUIT") \
    X(EXIM_LOST, "exim.lost", LOST, " lost", MS_F_LOST, "sessions", \
      "SMTP connection from mx.example.org [192.0.2.7]:4711 lost while reading message data") \
    X(EXIM_TIMEOUT, "exim.timeout", LOST, " timeout ", MS_F_LOST, "sessions", "SMTP command timeout on connection from mx.example.org [192.0.2.7]:4711") \
    X(EXIM_DROPPED, "exim.dropped", LOST, " dropped: ", MS_F_LOST, "sessions", \
      "SMTP call from mx.example.org [192.0.2.7] dropped: too many unrecognized commands (last was \"FOO\")") \
    X(EXIM_AUTH_FAILED, "exim.auth_failed", SASL, " authenticator failed for ", MS_F_EXIM_LOGIN, "logins", \
      "plain authenticator failed for mx.example.org (helo) [192.0.2.7]: 535 Incorrect authentication data (set_id=bob)") \
    X(EXIM_REJECTED, "exim.rejected", REJECT, " rejected ", MS_F_EXIM_REJECT, "rejects", \
      "H=mx.example.org (helo) [192.0.2.7] F=<a@example.org> rejected RCPT <b@example.net>: relay not permitted") \
    X(EXIM_REFUSED, "exim.refused", REJECT, "refused", MS_F_EXIM_REJECT, "rejects", "refused connection from mx.example.org [192.0.2.7] (host_reject_connection)") \
    X(EXIM_WARNING, "exim.warning", REJECT, " Warning: ", MS_F_EXIM_REJECT, "rejects", "H=mx.example.org (helo) [192.0.2.7] Warning: suspicious sender") \
    X(EXIM_DKIM, "exim.dkim", VERDICT, "DKIM: ", "dkim", "verdicts", \
      "1UlasQ-0001yA-Ra DKIM: d=example.org s=k1 c=relaxed/relaxed a=rsa-sha256 b=2048 [verification succeeded]") \
    X(EXIM_VERIFY, "exim.verify", EVENT, " sender verify ", MS_F_PEER, "events", \
      "H=mx.example.org (helo) [192.0.2.7] sender verify fail for <a@example.org>: Unrouteable address") \
    X(EXIM_INCOMPLETE, "exim.incomplete", EVENT, " incomplete transaction (", MS_F_PEER, "events", \
      "H=mx.example.org (helo) [192.0.2.7] incomplete transaction (QUIT) from <a@example.org>") \
    X(EXIM_NO_MAIL, "exim.no_mail", EVENT, "no MAIL in SMTP connection from ", MS_F_PEER, "events", \
      "no MAIL in SMTP connection from mx.example.org [192.0.2.7]:4711 D=0s C=EHLO,QUIT") \
    X(EXIM_NO_HOST, "exim.no_host", EVENT, "no host name found ", MS_F_PEER, "events", "no host name found for IP address 192.0.2.7") \
    X(EXIM_PROTOCOL_ERROR, "exim.protocol_error", EVENT, "SMTP protocol ", MS_F_PEER, "events", \
      "SMTP protocol error in \"AUTH LOGIN\" H=mx.example.org [192.0.2.7]: AUTH command used when not advertised") \
    X(EXIM_SA, "exim.sa", VERDICT, "SA: Action: ", MS_F_V_SA, "verdicts", \
      "1UlasQ-0001yA-Ra SA: Action: flagged as Spam but accepted: score=8.2 required=5.0 (scanned in 6/6 secs | Message-Id: m@example.org). From <a@example.org> (host=c1.example.org [192.0.2.7]) for b@example.net") \
    X(EXIM_TLS_ERROR, "exim.tls_error", EVENT, "TLS error on connection ", MS_F_PEER, "events", \
      "TLS error on connection from mx.example.org [192.0.2.7]:4711 (recv): The TLS connection was non-properly terminated.") \
    X(EXIM_QUEUE_RUN, "exim.queue_run", EVENT, " queue run: ", MS_F_TEXT, "events", "Start queue run: pid=855") \
    X(EXIM_ARGUMENTS, "exim.arguments", EVENT, "cwd=", MS_F_TEXT, "events", "cwd=/var/spool/exim4 3 args: exim -bd -q30m") \
    X(EXIM_REMARK, "exim.remark", EVENT, "Warning: ", MS_F_TEXT, "events", "Warning: purging the environment.") \
    X(EXIM_DAEMON, "exim.daemon", DAEMON, " daemon started: ", MS_F_DAEMON, "events", \
      "exim 4.98.2 daemon started: pid=19, -q15s, listening for SMTP on port 25 (IPv6 and IPv4)") \
    X(EXIM_CONTINUED, "exim.continued", EVENT, "[2/3] ", MS_F_TEXT, "events", "[2/3] the rest of a long line") \
    X(EXIM_REJECTLOG, "exim.rejectlog", EVENT, "[2\\9] ", MS_F_TEXT, "events", "[2\\9] Envelope-from: <a@example.org>") \
    X(EXIM_OTHER, "exim.other", EVENT, "", MS_F_TEXT, "events", "a text that an ACL writes")
/* clang-format on */

#endif
