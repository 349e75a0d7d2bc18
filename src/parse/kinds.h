/* The line kinds as one table: enum and ms_kinds[] come from the same rows, so that naming a line is a constant store.
 * Row: X(ID, name, role, signature, fields, table, example message text). The dialect is the first part of the name; fields
 * are those that `mailstrata parse` prints behind the kind. Add a row, its case in a reader, a golden line, and run
 * tests/golden/bless.sh; tests/golden/covered.py wants a golden line for each row, and no field that its row doesn't name. */
#ifndef MS_PARSE_KINDS_H
#define MS_PARSE_KINDS_H

/* Fields that many kinds share. */
#define MS_F_NONE ""
#define MS_F_TEXT "severity text"
#define MS_F_IP "client_ip severity text"
#define MS_F_PEER "client_name client_ip client_port severity text"
#define MS_F_ADDRESS "client_ip client_port severity text"
#define MS_F_RELAY "relay_host relay_ip relay_port severity text"
#define MS_F_SESSION "client_name client_ip client_port"
#define MS_F_DISCONNECT "client_name client_ip client_port commands"
#define MS_F_LOST "client_name client_ip client_port end_kind end_stage"
#define MS_F_TLS_FACTS                                                                                                 \
    "tls_version tls_cipher tls_bits tls_trust tls_key_exchange tls_server_signature tls_client_signature"
#define MS_F_TLS "client_name client_ip client_port tls_sni " MS_F_TLS_FACTS
#define MS_F_CLIENT_TLS "relay_host relay_ip relay_port " MS_F_TLS_FACTS
#define MS_F_LOGIN "client_name client_ip client_port username method result reason"
#define MS_F_PROXY "action stage reply dsn next_queue_id sender recipient protocol helo sasl_username"
#define MS_F_CLIENT                                                                                                    \
    "client_name client_ip client_port sasl_method sasl_username sasl_sender orig_queue_id orig_client_name "          \
    "orig_client_ip"
#define MS_F_PICKUP "submit_uid sender orig_queue_id"
#define MS_F_MESSAGE_ID "message_id resent"
#define MS_F_ACTIVE "sender size_bytes nrcpt"
#define MS_F_EXPIRED "sender status"
#define MS_F_DELIVERY                                                                                                  \
    "recipient orig_recipient relay_host relay_ip relay_port conn_use delay_ms delay_in_ms delay_queue_ms "            \
    "delay_conn_ms "                                                                                                   \
    "delay_xmit_ms tls_features dsn status reply reply_code reply_dsn next_queue_id forwarded truncated"
#define MS_F_REMOVED "how"
#define MS_F_NOTICE "to_queue_id notice"
#define MS_F_HEADER "action stage content subject client_name client_ip client_port sender recipient protocol helo text"
#define MS_F_REJECT                                                                                                    \
    "action stage client_name client_ip client_port reply_code dsn class blocklist text sender recipient protocol "    \
    "helo "                                                                                                            \
    "sasl_method sasl_username subject"
#define MS_F_V_SCORE "verdict score threshold"
#define MS_F_V_AMAVIS "client_ip message_id recipients verdict action score virus next_queue_id"
#define MS_F_V_RSPAMD "client_ip message_id recipients verdict action score threshold"
#define MS_F_V_SPAMD "message_id verdict score threshold"
#define MS_F_V_CLAMAV "message_id recipient verdict virus"
#define MS_F_V_SA "action score threshold"
#define MS_F_V_SIGNED "verdict"
#define MS_F_V_DKIM "verdict dkim"
#define MS_F_V_DMARC "dmarc"
#define MS_F_V_DMARC_SPF "spf"
#define MS_F_V_SPF "client_ip recipient action spf"
#define MS_F_V_POSTGREY "client_ip recipient verdict action"
#define MS_F_V_MAILSCANNER "client_ip verdict score threshold"
#define MS_F_V_ACTION "action"
#define MS_F_V_REQUEUE "verdict next_queue_id"
#define MS_F_V_MIMEDEFANG "client_ip recipient verdict score virus"
#define MS_F_V_MAILBOX "message_id recipient verdict mailbox session"
#define MS_F_L_MAILBOX "client_ip username method result"
#define MS_F_L_MAILBOX_FAILED "client_ip username method result reason"
#define MS_F_L_CYRUS "client_name client_ip username method result reason"
#define MS_F_L_SASLAUTHD "username method result reason"
#define MS_F_DAEMON "what severity text"

#include "parse/kinds_daemons.h"
#include "parse/kinds_debug.h"
#include "parse/kinds_exim.h"
#include "parse/kinds_helpers.h"
#include "parse/kinds_mail.h"
#include "parse/kinds_qmail.h"
#include "parse/kinds_sendmail.h"
#include "parse/parse.h"

#define MS_KINDS(X)                                                                                                    \
    X(UNPARSED, "unparsed", UNPARSED, "", "reason text", "unparsed", "")                                               \
    X(OTHER, "other", EVENT, "", MS_F_TEXT, "events", "")                                                              \
    X(REPEATED, "syslog.repeated", EVENT, "last message repeated ", MS_F_TEXT, "events",                               \
      "last message repeated 3 times")                                                                                 \
    MS_KINDS_MAIL(X)                                                                                                   \
    MS_KINDS_DAEMONS(X)                                                                                                \
    MS_KINDS_DEBUG(X)                                                                                                  \
    MS_KINDS_EXIM(X)                                                                                                   \
    MS_KINDS_HELPERS(X)                                                                                                \
    MS_KINDS_QMAIL(X)                                                                                                  \
    MS_KINDS_SENDMAIL(X)

#define MS_KIND_ENUM(id, name, role, signature, fields, table, example) MS_K_##id,
enum ms_kind_id { MS_KINDS(MS_KIND_ENUM) MS_N_KINDS };
#undef MS_KIND_ENUM

#endif
