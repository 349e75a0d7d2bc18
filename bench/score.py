#!/usr/bin/env python3
"""Scores what any tool made of a log by the truth of `mailstrata gen --truth DIR` (bench/README.md).

  bench/score.py --truth DIR [--messages F] [--deliveries F] [--rejects F] [--mails F] [--map TABLE.NAME=COLUMN]... [--at-least R] [--json]

F is CSV with a header line, or NDJSON; `-` is standard input (of one table). Columns have the names of the truth; --map tells
other ones. A table that is not given is not scored; a column that the export lacks is not scored, either, and is named.

  recall      rows of the truth that the export has
  precision   rows of the export that are in the truth
  right       of the rows found, those whose value in this column is right

A row of messages is found by host and queue ID (an ID that comes twice: in the order of time); one of deliveries by host, queue
ID, recipient, status and second; one of rejects by host, second, client and recipient. --mails: which queue IDs are one mail (host, queue_id, mail_id:
any name for the same mail; an ID without row is a mail of its own), scored by pairs of queue IDs. What the truth does not have, the log does
not say: an export may hold anything there. Exit code 1 if any ratio is below --at-least."""
import argparse
import collections
import csv
import json
import sys

KEYS = {
    "messages": ["host", "queue_id"],
    "deliveries": ["host", "queue_id", "recipient", "status", "time"],
    "rejects": ["host", "time", "client_ip", "recipient"],
}
MAILS = ["host", "queue_id", "mail_id"]
NOT_SCORED = {"mail", "mta"}  # `mail` groups the queue IDs of one mail; it is compared by those who export such a thing


def text(value):
    """Everything as text; None and a missing field are None."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def value_of(name, value):
    if value is None:
        return None
    if name == "host":  # mx1 and mx1.farm.example are one host
        return value.split(".")[0]
    if name == "time" or name.endswith("_time"):  # to the second, whatever stands between day and clock
        return value.replace(" ", "T")[:19]
    return value


def rows_of(path, names):
    """Rows as dictionaries by the truth's names, and the names that the file has."""
    stream = sys.stdin if path == "-" else open(path, encoding="utf-8", errors="surrogateescape", newline="")
    with stream:
        first = stream.readline()
        have = set()
        if first.startswith("{"):
            for line in [first, *stream]:
                raw = json.loads(line)
                have.update(raw)
                yield {n: value_of(n, text(raw.get(c))) for n, c in names.items()}, have
            return
        header = next(csv.reader([first])) if first.strip() else []
        have.update(header)
        at = {n: header.index(c) for n, c in names.items() if c in header}
        for row in csv.reader(stream):
            yield {n: value_of(n, row[i]) for n, i in at.items()}, have


def number(value):
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def same(got, want):
    return got == want or (number(want) is not None and number(got) == number(want))


def score(table, truth_path, export_path, renamed, report):
    truth = [row for row, _ in rows_of(truth_path, Names(truth_path))]
    columns = list(dict.fromkeys(c for row in truth for c in row))
    names = {c: renamed.get(c, c) for c in columns}
    export, have = [], set()
    for row, have in rows_of(export_path, names):
        export.append(row)
    keys = [k for k in KEYS[table] if names.get(k) in have or not export]
    if KEYS[table][0] not in keys:
        sys.exit(f"score: {export_path} has no column {names.get(KEYS[table][0])}; --map {table}.{KEYS[table][0]}=COLUMN")
    when = "first_time" if table == "messages" else "time"
    found = collections.defaultdict(collections.deque)
    for row in sorted(export, key=lambda r: r.get(when) or ""):
        found[tuple(row.get(k) or "" for k in keys)].append(row)
    right, asked = collections.Counter(), collections.Counter()
    wrong = collections.defaultdict(list)
    hits = 0
    for want in sorted(truth, key=lambda r: r.get(when) or ""):
        rest = found.get(tuple(want.get(k) or "" for k in keys))
        if not rest:
            wrong["recall"].append(want)
            continue
        got = rest.popleft()
        hits += 1
        for c, value in want.items():
            if value is None or c in keys or c in NOT_SCORED or names[c] not in have:
                continue
            asked[c] += 1
            if same(got.get(c), value):
                right[c] += 1
            else:
                wrong[c].append({k: want.get(k) for k in keys} | {"want": value, "got": got.get(c)})
    wrong["precision"] = [row for rest in found.values() for row in rest]
    report(table, "recall", hits, len(truth), wrong["recall"])
    report(table, "precision", hits, len(export), wrong["precision"])
    for c in columns:
        if asked[c]:
            report(table, c, right[c], asked[c], wrong[c])
    lacking = [c for c in columns if export and names[c] not in have and c not in NOT_SCORED]
    if lacking:
        print(f"{table}: the export has no {', '.join(lacking)}", file=sys.stderr)


def score_mails(truth_path, export_path, renamed, report):
    """Pairs of queue IDs of one mail. An ID that comes twice on a host names no single life, and is left out."""
    times = collections.Counter()
    mail_of, named = {}, {}
    for row, _ in rows_of(truth_path, {c: c for c in ("host", "queue_id", "mail")}):
        key = row["host"], row["queue_id"]
        times[key] += 1
        mail_of[key] = row["mail"]
    for row, have in rows_of(export_path, {c: renamed.get(c, c) for c in MAILS}):
        if row.get("mail_id") is None:
            sys.exit(f"score: {export_path} has no column {renamed.get('mail_id', 'mail_id')}")
        named[row["host"], row["queue_id"]] = row["mail_id"]
    both, truly, said = collections.Counter(), collections.Counter(), collections.Counter()
    wrong = collections.defaultdict(list)
    for key, mail in mail_of.items():
        if times[key] == 1:
            mail_id = named.get(key) or key
            both[mail, mail_id] += 1
            truly[mail] += 1
            said[mail_id] += 1
            wrong[mail].append((*key, mail_id))
    pairs = lambda counter: sum(n * (n - 1) // 2 for n in counter.values())
    split = [w for w in wrong.values() if len({x[2] for x in w}) > 1]
    report("mails", "recall", pairs(both), pairs(truly), split)
    report("mails", "precision", pairs(both), pairs(said), [])


class Names(dict):
    """The truth's own names: every field of its rows (all rows are read once for it)."""

    def __init__(self, path):
        super().__init__()
        with open(path, encoding="utf-8") as f:
            for line in f:
                for key in json.loads(line):
                    self[key] = key


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--truth", required=True)
    for table in KEYS:
        ap.add_argument("--" + table)
    ap.add_argument("--mails")
    ap.add_argument("--map", action="append", default=[], metavar="TABLE.NAME=COLUMN")
    ap.add_argument("--skip", action="append", default=[], metavar="TABLE.NAME", help="don't score this column")
    ap.add_argument("--at-least", type=float, default=0, metavar="RATIO")
    ap.add_argument("--json", action="store_true")
    ap.add_argument("--show", type=int, default=2, help="examples of what is wrong")
    args = ap.parse_args()
    renamed = collections.defaultdict(dict)
    for m in args.map:
        left, _, column = m.partition("=")
        table, _, name = left.partition(".")
        if table not in [*KEYS, "mails"] or not name or not column:
            ap.error(f"--map {m}: such as messages.queue_id=qid")
        renamed[table][name] = column
    bad = False

    def report(table, what, ok, n, examples):
        nonlocal bad
        if f"{table}.{what}" in args.skip:
            return
        ratio = ok / n if n else 1.0
        bad |= ratio < args.at_least
        if args.json:
            print(json.dumps({"table": table, "what": what, "right": ok, "of": n, "ratio": ratio}))
            return
        print(f"{table:<11} {what:<15} {ok:>9} / {n:<9} {ratio:.4f}")
        for e in examples[: args.show] if ok < n else []:
            print("            e.g. " + json.dumps(e)[:300])

    given = [t for t in KEYS if getattr(args, t)]
    if not given and not args.mails:
        ap.error("nothing to score: --messages, --deliveries, --rejects or --mails")
    if args.mails:
        score_mails(f"{args.truth}/messages.ndjson", args.mails, renamed["mails"], report)
    for table in given:
        score(table, f"{args.truth}/{table}.ndjson", getattr(args, table), renamed[table], report)
    sys.exit(1 if bad else 0)


main()
