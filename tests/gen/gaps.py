#!/usr/bin/env python3
"""Lines that `gen --gaps` loses, against the table coverage: by host and hour, what the log without gaps has more than the one with
them is what gaps.ndjson says. The losses are the only difference between two logs of one seed.

usage: gaps.py --mailstrata PROGRAM"""
import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile

GEN = ["--seed", "21", "--hosts", "3", "--rate", "0.03", "--reuse", "0"]


def coverage(program, work, name, size, more):
    """Lines by (host, hour); the last hour, which the log's end cuts off; the truth's rows."""
    log, dataset = os.path.join(work, name + ".log"), os.path.join(work, name)
    subprocess.run([program, "gen", "-o", log, "--size", size, "--truth", log + ".truth", *GEN, *more], check=True, capture_output=True)
    subprocess.run([program, "ingest", log, "-o", dataset, "--year", "2026"], check=True, capture_output=True)
    query = "SELECT host, strftime(hour, '%Y-%m-%dT%H') AS hour, sum(n_lines)::BIGINT AS n FROM coverage GROUP BY ALL"
    said = subprocess.run([program, "sql", dataset, query, "--format", "ndjson"], check=True, capture_output=True, text=True).stdout
    rows = [json.loads(line) for line in said.splitlines()]
    with open(os.path.join(log + ".truth", "gaps.ndjson"), encoding="utf-8") as f:
        gaps = [json.loads(line) for line in f]
    return {(r["host"], r["hour"]): int(r["n"]) for r in rows}, max(r["hour"] for r in rows), gaps


def differences(whole, holed, gaps, until):
    lost = collections.Counter()
    for gap in gaps:
        lost[gap["host"], gap["from"][:13]] += gap["n_lines"]
    cells = {c for c in {*whole, *holed, *lost} if c[1] < until}
    return [(c, whole.get(c, 0), holed.get(c, 0), lost[c]) for c in sorted(cells) if whole.get(c, 0) - holed.get(c, 0) != lost[c]], cells


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mailstrata", required=True)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        whole, whole_until, none = coverage(args.mailstrata, work, "whole", "2M", [])
        holed, holed_until, gaps = coverage(args.mailstrata, work, "holed", "1500K", ["--gaps", "0.05"])
    until = min(whole_until, holed_until)
    wrong, cells = differences(whole, holed, gaps, until)
    for (host, hour), n_whole, n_holed, n_lost in wrong:
        print(f"{host} {hour}: {n_whole} lines without gaps, {n_holed} with them, but {n_lost} lost")
    inside = [g for g in gaps if g["from"][:13] < until]
    blind = [g for g in inside if not differences(whole, holed, [x for x in gaps if x is not g], until)[0]]
    if none or wrong or blind or len(inside) < 20 or len(cells) < 10:
        print(f"gaps: FAILED: {len(wrong)} of {len(cells)} cells wrong, {len(inside)} gaps, {len(blind)} of which nobody would miss")
        return 1
    print(f"gaps: {len(inside)} gaps in {len(cells)} hours of hosts, and each is seen")
    return 0


sys.exit(main())
