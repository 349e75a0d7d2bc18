#!/usr/bin/env python3
"""mailstrata beside the tools that people use: the same generated file, the same run, by turns; answers first, then time.

  bench/compare.py [--quick] [--size 2G] [--part 64M] [--runs 5] [--logs few,new,sendmail,exim,qmail,mixed] [--tools WORDS]
                   [--program PATH] [--record] [--no-install] [--seed N] [--work DIR]

For each log (few new addresses, nearly only new ones, other mail systems) it writes the log and its truth with `mailstrata gen`
into build/bench-data (removed at the end), lets each tool answer once and compares what it says with the truth, and then times
all tools in turn, --runs times, on a warm page cache. What takes minutes a gigabyte gets the first --part bytes, which the table
says. Programs that are missing are installed (apt-get, as root) or named. Result: a table on standard output; with --record also
the raw runs, in bench/runs/<date>-<machine>-compare/. --quick: a few MB, one run, for tests. Exit code 1: an answer was wrong."""
import argparse
import datetime
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HERE = os.path.join(ROOT, "bench", "compare")
WORK = os.path.join(ROOT, "build", "bench-data")  # --work
UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
LOGWATCH = "/usr/share/logwatch/scripts/services/postfix"

# Postfix with short IDs: postfix-logwatch knows short ones or long ones, not both.
LOGS = {
    "few": ("Postfix, few new addresses", ["--ids", "short"]),
    "new": ("Postfix, nearly only new addresses", ["--ids", "short", "--new-addresses", "0.97"]),
    "sendmail": ("Sendmail", ["--dialect", "sendmail"]),
    "exim": ("Exim", ["--dialect", "exim"]),
    "qmail": ("qmail", ["--dialect", "qmail"]),
    "mixed": ("four hosts, four mail systems", ["--dialect", "postfix,sendmail,exim,qmail"]),
}
# What a line holds that says `delivered`, to make equal what each tool looks for.
SENT = {"few": " status=sent ", "new": " status=sent ", "sendmail": "stat=Sent", "exim": " => ", "qmail": ": success: ", "mixed": "sent"}


class Wrong(Exception):
    pass


def size_of(text):
    return int(text[:-1]) * UNITS[text[-1].upper()] if text[-1].upper() in UNITS else int(text)


def output(*command, **kw):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True, errors="replace", **kw).stdout


def number(pattern, text):
    m = re.search(pattern, text, re.M)
    return int(m.group(1).replace(",", "")) if m else None


class Log:
    """A generated file, what is true of it, and of its first part, which is what slow tools read."""

    def __init__(self, args, name):
        self.name, (self.title, flags) = name, LOGS[name]
        self.path = os.path.join(WORK, f"{name}.log")
        self.part = os.path.join(WORK, f"{name}.part.log")
        truth = os.path.join(WORK, f"{name}.truth")
        subprocess.run([args.program, "gen", "-o", self.path, "--force", "--size", args.size, "--seed", str(args.seed),
                        "--from", "2026-01-01", "--truth", truth, *flags], check=True, stderr=subprocess.DEVNULL)
        self.flags = " ".join(["--size", args.size, "--seed", str(args.seed), "--from 2026-01-01", *flags])
        self.bytes = os.path.getsize(self.path)
        self.true = {t: self.count_rows(f"{truth}/{t}.ndjson") for t in ("messages", "deliveries", "rejects")}
        self.sent = int(output("grep", "-c", '"status":"sent"', f"{truth}/deliveries.ndjson"))
        shutil.rmtree(truth)
        self.cut(size_of(args.part))
        self.lines, self.part_lines = self.count_lines(self.path), self.count_lines(self.part)
        if name in ("few", "new") and self.matches(self.path) != self.sent:
            raise Wrong(f"{name}: the log has {self.matches(self.path)} lines of mail sent, the truth {self.sent}")

    @staticmethod
    def count_rows(path):
        return int(output("wc", "-l", path).split()[0])

    @staticmethod
    def count_lines(path):
        with open(path, "rb") as f:
            return sum(block.count(b"\n") for block in iter(lambda: f.read(1 << 22), b""))

    def matches(self, path, pattern=None):
        return int(output("grep", "-c", "-F", "-e", pattern or SENT[self.name], path, env={**os.environ, "LC_ALL": "C"}))

    def cut(self, limit):
        with open(self.path, "rb") as whole, open(self.part, "wb") as part:
            for line in whole:
                part.write(line)
                limit -= len(line)
                if limit <= 0:
                    break

    def remove(self):
        os.remove(self.path)
        os.remove(self.part)


class Tool:
    """`command(log, path)`: what to run; `answer(text)`: what it says, to be `expect(log, path)`. `whole`: reads all of the file."""

    def __init__(self, name, does, command, answer, expect, whole=True, needs=None, package=None, logs=("few", "new"), stdin=False):
        self.name, self.does, self.command, self.answer, self.expect = name, does, command, answer, expect
        self.whole, self.needs, self.package, self.logs, self.stdin = whole, needs, package, logs, stdin

    def present(self):
        return self.needs is None or shutil.which(self.needs) is not None or os.path.exists(self.needs)

    def path(self, log):
        return log.path if self.whole else log.part

    def run(self, log, keep):
        """Wall seconds, processor seconds, peak memory (of which some 20 MB are this script's, before the tool is in its place)."""
        path = self.path(log)
        with open(keep, "wb") as out, open(path if self.stdin else os.devnull, "rb") as source:
            begin = time.perf_counter()
            process = subprocess.Popen(self.command(log, path), stdin=source, stdout=out, stderr=subprocess.STDOUT,
                                       env={**os.environ, "LC_ALL": "C"})
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            wall = time.perf_counter() - begin
        if process.returncode not in (0, 1):
            raise Wrong(f"{self.name}: exit code {process.returncode}: {open(keep, errors='replace').read()[-300:]}")
        return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss

    def check(self, log):
        keep = os.path.join(WORK, "answer")
        self.run(log, keep)
        with open(keep, encoding="utf-8", errors="replace") as f:
            said = self.answer(f.read())
        true = self.expect(log, self.path(log))
        if said != true:
            raise Wrong(f"{self.name} on {log.name}: says {said}, true is {true}")


def lines(log, path):
    return log.lines if path == log.path else log.part_lines


def sent(log, path):
    return log.matches(path)


def tools(args):
    every = tuple(LOGS)
    dataset = os.path.join(WORK, "dataset")
    sql = os.path.join(WORK, "regexp_extract.sql")
    memchr = os.path.join(WORK, "memchr_lines")

    def ingest(threads):
        return lambda log, path: [args.program, "ingest", path, "-o", dataset, "--force", "--threads", str(threads), "--year", "2026"]

    def ingested(_):
        rows = output(args.program, "sql", dataset, "--format", "csv",
                      "SELECT (SELECT CAST(sum(n_lines) AS BIGINT) FROM files), (SELECT count(*) FROM messages), "
                      "(SELECT count(*) FROM deliveries), (SELECT count(*) FROM rejects)")
        return tuple(int(x) for x in rows.split("\n")[1].split(","))

    def all_of_it(log, _):
        return (log.lines, *log.true.values())

    def extract(_, path):
        with open(os.path.join(HERE, "regexp_extract.sql"), encoding="utf-8") as f, open(sql, "w", encoding="utf-8") as out:
            out.write(f.read().replace("FILE", path.replace("'", "''")))
        return [args.program, "sql", dataset, "--format", "csv", "-f", sql]

    first = lambda text: int(text.split()[0])
    return [
        Tool("wc -l", "counts lines", lambda g, p: ["wc", "-l", p], first, lines, logs=every),
        Tool("memchr over a map", "finds line ends: the ceiling", lambda g, p: [memchr, p], first, lines, logs=every),
        Tool("grep -c -F", "counts lines that say delivered", lambda g, p: ["grep", "-c", "-F", "-e", SENT[g.name], p], first, sent, logs=every),
        Tool("rg -c -F", "the same", lambda g, p: ["rg", "-c", "-F", "-e", SENT[g.name], p], first, sent, needs="rg", package="ripgrep", logs=every),
        Tool("mailstrata, 1 thread", "all tables, Parquet, zstd, published", ingest(1), ingested, all_of_it, logs=every),
        Tool("mailstrata, 2 threads", "the same", ingest(2), ingested, all_of_it, logs=every),
        Tool("mailstrata parse", "each line as one JSON object", lambda g, p: [args.program, "parse", p], lambda t: t.count("\n"), lines, whole=False, logs=every),
        Tool("pflogsumm", "sums by day, address, host", lambda g, p: ["pflogsumm", p], lambda t: number(r"^ *(\d+) +delivered$", t), sent, whole=False, needs="pflogsumm", package="pflogsumm"),
        Tool("postfix-logwatch", "sums of what happened", lambda g, p: ["perl", LOGWATCH, "--detail", "0", p],
             lambda t: (number(r"^ *(\d+) +Delivered ", t) or 0) + (number(r"^ *(\d+) +Sent via SMTP ", t) or 0), sent, whole=False, needs=LOGWATCH, package="logwatch"),
        Tool("lnav", "indexes, then one SQL count", lambda g, p: ["lnav", "-n", "-c", ";SELECT count(*) AS n FROM syslog_log WHERE log_body LIKE '%, status=sent (%'", "-c", ":write-csv-to -", p],
             lambda t: number(r"^(\d+)$", t), sent, whole=False, needs="lnav", package="lnav"),
        Tool("lognormalizer", "fields of each line as JSON", lambda g, p: ["lognormalizer", "-r", os.path.join(HERE, "postfix.rulebase"), "-e", "json"],
             lambda t: t.count('"status": "sent"'), sent, whole=False, needs="lognormalizer", package="liblognorm-utils", stdin=True),
        Tool("DuckDB regexp_extract", "fields of deliveries, a table in memory", extract, lambda t: number(r"^(\d+)$", t), sent, whole=False),
    ]


def prepare(args, chosen):
    os.makedirs(WORK, exist_ok=True)
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-o", os.path.join(WORK, "memchr_lines"), os.path.join(HERE, "memchr_lines.c")], check=True)
    missing = [t for t in chosen if not t.present()]
    if missing and args.install and os.geteuid() == 0:
        output("apt-get", "install", "-y", "--no-install-recommends", *[t.package for t in missing])
    for t in [t for t in chosen if not t.present()]:
        print(f"compare: {t.name} is missing: install Debian's package {t.package}", file=sys.stderr)
        chosen.remove(t)


def versions(args):
    for command in ([args.program, "--version"], ["wc", "--version"], ["grep", "--version"], ["rg", "--version"], ["pflogsumm", "--version"],
                    ["lnav", "--version"], ["lognormalizer", "-V"]):
        text = output(*command) if shutil.which(command[0]) else ""
        if text and "invalid option" not in text:
            yield text.split("\n")[0]
    if shutil.which("dpkg-query"):
        yield "packages: " + ", ".join(x for x in output("dpkg-query", "-W", "-f", "${Package} ${Version}\n", "pflogsumm", "logwatch", "lnav",
                                                          "liblognorm-utils", "ripgrep").split("\n") if x and "no packages" not in x)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        names = [x.split(":", 1)[1].strip() for x in f if x.startswith("model name")]
    return names[0] if names else os.uname().machine


def table(log, chosen, raw):
    yield f"\n## {log.title}: {log.bytes / 1e6:.0f} MB, {log.lines} lines, {log.bytes // log.lines} bytes a line\n"
    yield f"`mailstrata gen {log.flags}`; truth: {json.dumps(log.true)}\n"
    yield "| tool | what it does | input | GB/s | per wc -l | cpu s/GB | peak MB |"
    yield "|---|---|---|---|---|---|---|"
    base = None
    for t in chosen:
        runs = raw.get((log.name, t.name))
        if not runs:
            continue
        size = os.path.getsize(t.path(log))
        wall, cpu, peak = (statistics.median(r[i] for r in runs) for i in range(3))
        rate = size / 1e9 / wall
        base = base or rate
        part = "all" if t.whole else f"first {size / 1e6:.0f} MB"
        yield f"| {t.name} | {t.does} | {part} | {rate:.3f} | {rate / base:.3f} | {cpu / (size / 1e9):.2f} | {peak / 1024:.0f} |"


def measure(args, log, chosen, raw, wrong):
    """Answers first (that warms the cache, too); a tool that is wrong is not timed."""
    mine = [t for t in chosen if log.name in t.logs]
    for t in list(mine):
        try:
            t.check(log)
        except Wrong as e:
            print(f"compare: {e}", file=sys.stderr)
            wrong.append(str(e))
            mine.remove(t)
    for _ in range(args.runs):
        for t in mine:
            raw.setdefault((log.name, t.name), []).append(t.run(log, os.path.join(WORK, "answer")))
    return mine


def main():
    global WORK
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--quick", action="store_true")
    ap.add_argument("--size", default=None)
    ap.add_argument("--part", default=None)
    ap.add_argument("--runs", type=int, default=None)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--logs", default=",".join(LOGS))
    ap.add_argument("--tools", default="", help="only tools whose name holds one of these words, with commas")
    ap.add_argument("--program", default=None)
    ap.add_argument("--work", default=WORK, help="folder for the data, on a disk that takes --size and the dataset")
    ap.add_argument("--record", action="store_true")
    ap.add_argument("--no-install", dest="install", action="store_false")
    args = ap.parse_args()
    WORK = os.path.abspath(args.work)
    args.size = args.size or ("3M" if args.quick else "2G")
    args.part = args.part or ("1M" if args.quick else "64M")
    args.runs = args.runs or (1 if args.quick else 5)
    if args.program is None:
        subprocess.run(["scripts/setup"], cwd=ROOT, check=True)
        subprocess.run(["scripts/build", "release"], cwd=ROOT, check=True)
        args.program = os.path.join(ROOT, "build", "release", "mailstrata")
    args.program = os.path.abspath(args.program)
    names = args.logs.split(",")
    if not set(names) <= set(LOGS):
        ap.error(f"--logs {args.logs}: there are {', '.join(LOGS)}")
    words = [w for w in args.tools.split(",") if w]
    chosen = [t for t in tools(args) if not words or any(w in t.name for w in words)]
    if not chosen:
        ap.error(f"--tools {args.tools}: no tool has such a name")
    prepare(args, chosen)
    report = ["# mailstrata beside others", "",
              f"{machine()}, {os.cpu_count()} cores, {os.uname().sysname} {os.uname().release}; warm page cache; medians of {args.runs} runs by turns; "
              f"load before: {os.getloadavg()[0]:.1f}",
              f"commit {output('git', '-C', ROOT, 'describe', '--always', '--dirty').strip()}", *versions(args)]
    raw, wrong = {}, []
    for name in names:
        log = Log(args, name)
        mine = measure(args, log, chosen, raw, wrong)
        report += table(log, mine, raw)
        log.remove()
    shutil.rmtree(os.path.join(WORK, "dataset"), ignore_errors=True)
    for left in ("answer", "memchr_lines", "regexp_extract.sql"):
        if os.path.exists(os.path.join(WORK, left)):
            os.remove(os.path.join(WORK, left))
    report += ["", "Wrong answers, not timed:", *("- " + w for w in wrong)] if wrong else []
    print("\n".join(report))
    if args.record:
        keep(report, raw)
    sys.exit(1 if wrong else 0)


def keep(report, raw):
    name = re.sub(r"[^A-Za-z0-9]+", "-", machine()).strip("-")
    folder = os.path.join(ROOT, "bench", "runs", f"{datetime.date.today()}-{name}-{os.cpu_count()}cores-compare")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "summary.md"), "w", encoding="utf-8") as f:
        f.write("\n".join(report) + "\n")
    with open(os.path.join(folder, "raw.tsv"), "w", encoding="utf-8") as f:
        f.write("log\ttool\trun\tseconds\tcpu_seconds\tpeak_kb\n")
        for (log, tool), runs in raw.items():
            for i, r in enumerate(runs):
                f.write(f"{log}\t{tool}\t{i + 1}\t{r[0]:.4f}\t{r[1]:.4f}\t{r[2]}\n")
    print(f"kept in {folder}", file=sys.stderr)


main()
