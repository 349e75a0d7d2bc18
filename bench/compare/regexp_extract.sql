-- DuckDB's way to read the deliveries of a raw Postfix log: FILE is put in by bench/compare.py. One thread, as the others.
SET threads = 1;
CREATE TEMP TABLE delivery AS
SELECT regexp_extract(line, '^(\w+ +\d+ [\d:]+) (\S+) postfix/(\w+)\[\d+\]: (\w+): to=<(.*?)>,(?: orig_to=<(.*?)>,)? relay=([^,]+), delay=([\d.]+), delays=([^,]+), dsn=([\d.]+), status=(\w+) \((.*)\)$',
                      ['stamp', 'host', 'agent', 'queue_id', 'recipient', 'orig_recipient', 'relay', 'delay', 'delays', 'dsn', 'status', 'reply']) AS d
FROM read_csv('FILE', columns = {'line': 'VARCHAR'}, delim = chr(31), quote = '', escape = '', header = false, auto_detect = false)
WHERE line LIKE '%, status=%';
SELECT count(*) FILTER (d.status = 'sent') AS sent FROM delivery;
