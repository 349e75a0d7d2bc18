"""A dataset made of the logs of a run, and its rows as Python sees them."""
import collections
import json
import os
import re
import subprocess

# What lines say, for the comparison of two ways to the same dataset: no numbers of files or offsets.
SAME = {
    'messages': '* EXCLUDE (file_id, line_offset, message_id_offset, queued_offset, end_offset)', 'deliveries': '* EXCLUDE (file_id, line_offset)',
    'sessions': '* EXCLUDE (file_id, line_offset)', 'rejects': '* EXCLUDE (file_id, line_offset)', 'events': '* EXCLUDE (file_id, line_offset)',
    'links': '* EXCLUDE (file_id, line_offset)',
}


class Dataset:
    def __init__(self, program, out, logs, *options):
        self.program, self.out = program, out
        os.makedirs(os.path.dirname(out), exist_ok=True)
        r = subprocess.run([program, 'ingest', *logs, '-o', out, *options], capture_output=True, check=False)
        if r.returncode != 0:
            raise RuntimeError('ingest: exit %d: %s' % (r.returncode, r.stderr.decode()))

    def rows(self, query):
        r = subprocess.run([self.program, 'sql', self.out, query, '--format', 'ndjson'], capture_output=True, check=False)
        if r.returncode not in (0, 1):                       # 1: no rows
            raise RuntimeError('sql: %s: %s' % (query, r.stderr.decode()))
        return [json.loads(line) for line in r.stdout.decode().splitlines()]

    def table(self, name, order='file_id, line_offset'):
        return self.rows('SELECT * FROM %s ORDER BY %s' % (name, order))

    def contents(self):
        """(table, row as JSON): how often, of all tables in SAME."""
        query = ' UNION ALL '.join("SELECT '%s' AS name, to_json(x)::VARCHAR AS row FROM (SELECT %s FROM %s) x" % (table, what, table)
                                   for table, what in SAME.items())
        return collections.Counter((r['name'], r['row']) for r in self.rows(query))


def read(path):
    with open(path, 'rb') as f:
        return f.read()


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
        f.write(data)
    return path


def rfc3339(log, year, month, host=None):
    """The same lines as syslog daemons write them today; `month` is the number of the only month in the log."""
    def envelope(m):
        return b'%d-%02d-%sT%s+00:00 %s ' % (year, month, m.group(1).replace(b' ', b'0'), m.group(2), host or m.group(3))
    return re.sub(rb'(?m)^[A-Z][a-z]{2} ([ \d]\d) (\S+) (\S+) ', envelope, log)


def cut(log, at):
    """The log in two parts, the second of which begins with line `at`."""
    lines = log.splitlines(keepends=True)
    return b''.join(lines[:at]), b''.join(lines[at:])


def merged(*logs):
    """Lines of several logs in the order of their stamps, as one syslog daemon would have got them."""
    lines = [line for log in logs for line in log.splitlines(keepends=True)]
    return b''.join(sorted(lines, key=lambda line: line[:20]))
