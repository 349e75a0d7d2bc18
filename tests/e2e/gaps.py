"""What the dataset is known to get wrong or to lack: a pattern for the names of checks, and the reason. Each is printed at every
run, with how many checks it covers; one that covers none any more is named, so that it gets removed."""
GAPS = [
    (r'(life:sdiscard#0:(message_id|sender|subject)|fate:sdiscard#0:fates)$',
     'a DISCARD at RCPT leaves a queue ID with its client= line only: nothing of the mail but its end'),
    (r'session:(hreject|htempfail|breject|meom):n_rejects$', 'n_rejects counts what the session\'s own process refuses; what cleanup refuses is in rejects, with its txn_id'),
]
