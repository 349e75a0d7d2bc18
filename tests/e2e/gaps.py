"""What the dataset is known to get wrong or to lack: a pattern for the names of checks, and the reason. Each is printed at every
run, with how many checks it covers; one that covers none any more is named, so that it gets removed."""
GAPS = [
    ('mail:', 'the table mails is not built yet'),
    (r'(link:next_hop:life|fate):(handed|handedboth|handedlater|everything|expired)#', 'a hop over loopback is looked for on the same host only;'
     ' instances with a maillog_file each log their own host name'),
    (r'(life:sdiscard#0:(message_id|sender|subject)|fate:sdiscard#0:fates)$',
     'a DISCARD at RCPT leaves a queue ID with its client= line only: nothing of the mail but its end'),
    (r"reject:ok\.from\.proxyrej@", 'the enhanced code of proxy-reject is not read'),
    (r'variant:no-year:', 'the date in message-ids that Postfix makes is no anchor of the year yet'),
    (r'session:(hreject|htempfail|breject|meom):n_rejects$', 'n_rejects leaves out what cleanup refuses'),
    (r'reject:ok\.from\.htempfail@', "the 451 that a client gets for cleanup's 4.x.x is not filled in, as the 550 is for 5.x.x"),
    (r'session:web_client:end_kind$', 'a session that smtpd ends for a non-SMTP command reads as quit'),
    (r'accounting:other:/postfix-script$', 'the tag /postfix-script (maillog_file, no name before the slash) is not taken for Postfix'),
]
