/* Rows of ms_kinds[] (see kinds.h) for sendmail. */
#ifndef MS_PARSE_KINDS_SENDMAIL_H
#define MS_PARSE_KINDS_SENDMAIL_H

#define MS_F_ACCEPTED_SENDMAIL                                                                                         \
    "client_name client_ip ident message_id sender size_bytes nrcpt class protocol daemon sasl_method sasl_username "  \
    "tls_version tls_cipher"
#define MS_F_DELIVERY_SENDMAIL                                                                                         \
    "agent xdelay_ms priority ctladdr said recipient relay_host relay_ip delay_ms dsn status reply reply_code "        \
    "next_queue_id truncated"

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
    X(SENDMAIL_OTHER, "sendmail.other", EVENT, "", MS_F_TEXT, "events", "5ALHYXNl000712: something that no rule knows")
/* clang-format on */

#endif
