/* Rows of ms_kinds[] (see kinds.h) for verbose talk (`-v`): one kind per program, so that a query can leave it out by its
 * name; found by that name (postfix_debug.c), SMTPD_DEBUG first, DEBUG last. */
#ifndef MS_PARSE_KINDS_DEBUG_H
#define MS_PARSE_KINDS_DEBUG_H

/* clang-format off */
#define MS_KINDS_DEBUG(X) \
    X(SMTPD_DEBUG, "postfix.smtpd.debug", EVENT, "", MS_F_TEXT, "events", \
      "match_list_match: mail.example.org: no match") \
    X(CLEANUP_DEBUG, "postfix.cleanup.debug", EVENT, "", MS_F_TEXT, "events", \
      "cleanup_header_callback: 'Subject: hi from=<x>, status=sent'") \
    X(QMGR_DEBUG, "postfix.qmgr.debug", EVENT, "", MS_F_TEXT, "events", \
      "qmgr_entry_done: smtp 4 x@example.net") \
    X(SMTP_DEBUG, "postfix.smtp.debug", EVENT, "", MS_F_TEXT, "events", \
      "> mx.example.net[192.0.2.25]:25: EHLO mx9.example.org") \
    X(LMTP_DEBUG, "postfix.lmtp.debug", EVENT, "", MS_F_TEXT, "events", \
      "send attr reason = connect to store1[192.0.2.31]:24: Connection refused") \
    X(LOCAL_DEBUG, "postfix.local.debug", EVENT, "", MS_F_TEXT, "events", \
      "deliver_recipient: local 2 bob@example.net") \
    X(VIRTUAL_DEBUG, "postfix.virtual.debug", EVENT, "", MS_F_TEXT, "events", \
      "input attribute value: (end)") \
    X(PIPE_DEBUG, "postfix.pipe.debug", EVENT, "", MS_F_TEXT, "events", \
      "send attr status = 0") \
    X(ERROR_DEBUG, "postfix.error.debug", EVENT, "", MS_F_TEXT, "events", \
      "error socket: wanted attribute: offset") \
    X(RETRY_DEBUG, "postfix.retry.debug", EVENT, "", MS_F_TEXT, "events", \
      "connection established") \
    X(DISCARD_DEBUG, "postfix.discard.debug", EVENT, "", MS_F_TEXT, "events", \
      "process generation: 5 (5)") \
    X(BOUNCE_DEBUG, "postfix.bounce.debug", EVENT, "", MS_F_TEXT, "events", \
      "bounce_notify_service: flags=0x0 service=bounce queue=active id=1A2B3C4D5E") \
    X(PICKUP_DEBUG, "postfix.pickup.debug", EVENT, "", MS_F_TEXT, "events", \
      "master_notify: status 1") \
    X(POSTSCREEN_DEBUG, "postfix.postscreen.debug", EVENT, "", MS_F_TEXT, "events", \
      "> [192.0.2.9]:4984: 220-mx.example.net ESMTP") \
    X(MASTER_DEBUG, "postfix.master.debug", EVENT, "", MS_F_TEXT, "events", \
      "master_wakeup_timer_event: service qmgr") \
    X(QMQPD_DEBUG, "postfix.qmqpd.debug", EVENT, "", MS_F_TEXT, "events", \
      "send attr request = connect") \
    X(POSTSUPER_DEBUG, "postfix.postsuper.debug", EVENT, "", MS_F_TEXT, "events", \
      "mail_queue_rename: 1A2B3C4D5E") \
    X(ANVIL_DEBUG, "postfix.anvil.debug", EVENT, "", MS_F_TEXT, "events", \
      "anvil_remote_lookup: smtp:192.0.2.9") \
    X(SCACHE_DEBUG, "postfix.scache.debug", EVENT, "", MS_F_TEXT, "events", \
      "scache_save_endp_service: endp=x") \
    X(VERIFY_DEBUG, "postfix.verify.debug", EVENT, "", MS_F_TEXT, "events", \
      "input attribute name: request") \
    X(REWRITE_DEBUG, "postfix.trivial-rewrite.debug", EVENT, "", MS_F_TEXT, "events", \
      "`local' `a@example.org' -> `a@example.org'") \
    X(FLUSH_DEBUG, "postfix.flush.debug", EVENT, "", MS_F_TEXT, "events", \
      "site example.net to path example_net") \
    X(DNSBLOG_DEBUG, "postfix.dnsblog.debug", EVENT, "", MS_F_TEXT, "events", \
      "send attr rbl_domain = zen.example.org") \
    X(TLSPROXY_DEBUG, "postfix.tlsproxy.debug", EVENT, "", MS_F_TEXT, "events", \
      "tlsp_strategy: timeout 10") \
    X(TLSMGR_DEBUG, "postfix.tlsmgr.debug", EVENT, "", MS_F_TEXT, "events", \
      "received master trigger") \
    X(PROXYMAP_DEBUG, "postfix.proxymap.debug", EVENT, "", MS_F_TEXT, "events", \
      "proxymap_find: hash:/etc/postfix/virtual") \
    X(SHOWQ_DEBUG, "postfix.showq.debug", EVENT, "", MS_F_TEXT, "events", \
      "connection closed") \
    X(SPAWN_DEBUG, "postfix.spawn.debug", EVENT, "", MS_F_TEXT, "events", \
      "process generation: 2 (2)") \
    X(POSTDROP_DEBUG, "postfix.postdrop.debug", EVENT, "", MS_F_TEXT, "events", \
      "name_mask: all") \
    X(POSTQUEUE_DEBUG, "postfix.postqueue.debug", EVENT, "", MS_F_TEXT, "events", \
      "name_mask: all") \
    X(DEBUG, "postfix.debug", EVENT, "", MS_F_TEXT, "events", \
      "connect to subsystem private/bounce")

#endif
