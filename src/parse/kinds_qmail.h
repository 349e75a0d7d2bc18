/* Rows of ms_kinds[] (see kinds.h): qmail, and what stands in front of its qmail-smtpd. */
#ifndef MS_PARSE_KINDS_QMAIL_H
#define MS_PARSE_KINDS_QMAIL_H

#define MS_F_QMAIL_START "delivery agent recipient"
#define MS_F_QMAIL_RESULT "delivery relay_ip dsn status reply reply_code next_queue_id forwarded"
#define MS_F_QMAIL_REFUSED "action stage client_ip reply_code blocklist text"
#define MS_F_QMAIL_DENIED "action client_name client_ip text sender recipient sasl_username"

/* clang-format off */
#define MS_KINDS_QMAIL(X) \
    X(QMAIL_NEW, "qmail.new", BEGIN, "new msg ", MS_F_NONE, "messages", "new msg 4711") \
    X(QMAIL_INFO, "qmail.info", ACCEPTED, "info msg ", "sender size_bytes submit_uid second_id", "messages", \
      "info msg 4711: bytes 2343 from <a@example.org> qp 70739 uid 64011") \
    X(QMAIL_START, "qmail.start", STARTED, "starting delivery ", MS_F_QMAIL_START, "deliveries", \
      "starting delivery 17: msg 4711 to remote b@example.net") \
    X(QMAIL_DELIVERY, "qmail.delivery", FINISHED, "delivery ", MS_F_QMAIL_RESULT, "deliveries", \
      "delivery 17: success: 192.0.2.25_accepted_message./Remote_host_said:_250_2.0.0_Ok:_queued_as_4SVLCh0sf8zyN2/") \
    X(QMAIL_BOUNCE, "qmail.bounce", NOTICE, "bounce msg ", MS_F_NOTICE, "links", "bounce msg 4711 qp 70741") \
    X(QMAIL_END, "qmail.end", REMOVED, "end msg ", MS_F_REMOVED, "messages", "end msg 4711") \
    X(QMAIL_TRIPLE_BOUNCE, "qmail.triple_bounce", EVENT, "triple bounce: ", MS_F_TEXT, "events", "triple bounce: discarding bounce/4711") \
    X(QMAIL_STATUS, "qmail.status", EVENT, "status: ", MS_F_TEXT, "events", "status: local 0/10 remote 1/20") \
    X(QMAIL_WARNING, "qmail.warning", EVENT, "warning: ", MS_F_TEXT, "events", \
      "warning: trouble marking remote/17/4711; message will be delivered twice!") \
    X(QMAIL_ALERT, "qmail.alert", EVENT, "alert: ", MS_F_TEXT, "events", "alert: oh no! lost spawn connection! dying...") \
    X(QMAIL_TCPSERVER, "qmail.tcpserver", EVENT, "tcpserver: ", MS_F_IP, "events", "tcpserver: pid 4712 from 192.0.2.7") \
    X(QMAIL_RBLSMTPD, "qmail.rblsmtpd", REJECT, "rblsmtpd: ", MS_F_QMAIL_REFUSED, "rejects", \
      "rblsmtpd: 192.0.2.7 pid 4712 zen.example.org: 451 listed, see http://www.example.org/q=192.0.2.7") \
    X(QMAIL_BADIPRBL, "qmail.badiprbl", REJECT, " badiprbl: ", MS_F_QMAIL_REFUSED, "rejects", \
      "qmail-smtpd: 421 badiprbl: ip 192.0.2.7 rbl: zen.example.org") \
    X(QMAIL_CHKUSER, "qmail.chkuser", EVENT, "CHKUSER ", MS_F_IP, "events", \
      "CHKUSER accepted rcpt: from <a@example.org::> remote <helo:mx.example.org:192.0.2.7> rcpt <b@example.net> : found existing recipient") \
    X(QMAIL_CHKUSER_REJECTED, "qmail.chkuser_rejected", REJECT, "CHKUSER rejected ", "action stage client_name client_ip text sender recipient helo", "rejects", \
      "CHKUSER rejected rcpt: from <a@example.org::> remote <helo:mx.example.org:192.0.2.7> rcpt <b@example.net> : not existing recipient") \
    X(QMAIL_SPAMDYKE, "qmail.spamdyke", EVENT, "ALLOWED", MS_F_IP, "events", \
      "ALLOWED from: a@example.org to: b@example.net origin_ip: 192.0.2.7 origin_rdns: mx.example.org auth: (unknown) encryption: (none) reason: 250_ok_1161439322_qp_70739") \
    X(QMAIL_SPAMDYKE_DENIED, "qmail.spamdyke_denied", REJECT, "DENIED_", MS_F_QMAIL_DENIED, "rejects", \
      "DENIED_RBL_MATCH from: a@example.org to: b@example.net origin_ip: 192.0.2.7 origin_rdns: mx.example.org auth: bob encryption: (none) reason: zen.example.org") \
    X(QMAIL_CONTINUED, "qmail.continued", EVENT, "+", MS_F_TEXT, "events", "1161439322.123456+the rest of a long line") \
    X(QMAIL_OTHER, "qmail.other", EVENT, "", MS_F_TEXT, "events", "a text that nobody knows")
/* clang-format on */

#endif
