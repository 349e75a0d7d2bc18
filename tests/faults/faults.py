#!/usr/bin/env python3
"""Every call to the system that an ingest makes fails once, the n-th for all n (shim.c): whatever fails, the dataset that was there
is there to the byte, or the new one is there whole; the run says what failed; the next run works and leaves nothing behind.

usage: faults.py --mailstrata PROGRAM --shim SHIM.so --samples FOLDER [--call NAME]..."""
import argparse
import errno
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

# What fails, as what, and whether it goes on failing from then on.
FAULTS = [
    ("open", errno.EIO, False), ("openat", errno.EIO, False), ("openat", errno.EMFILE, True), ("fstat", errno.EIO, False),
    ("read", errno.EIO, False), ("pread", errno.EIO, False), ("pread", errno.EIO, True), ("pwrite", errno.EIO, False),
    ("pwrite", errno.ENOSPC, True), ("mmap", errno.ENOMEM, False),
    ("write", errno.EIO, False), ("write", errno.ENOSPC, True), ("fsync", errno.EIO, False), ("mkdirat", errno.ENOSPC, False),
    ("linkat", errno.EIO, False), ("symlinkat", errno.ENOSPC, False), ("renameat", errno.EIO, False),
    ("unlinkat", errno.EIO, False),
]
EVERY = 5  # of those after which all fail: each of them fails once, too
DONE, NOTHING_PUBLISHED, INCOMPLETE = 0, 3, 4


def digest(folder):
    """Of all files below, names and bytes; None if there is none."""
    if not os.path.isdir(folder):
        return None
    h = hashlib.md5()
    for root, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(root, name)
            h.update(os.path.relpath(path, folder).encode() + b"\0")
            with open(path, "rb") as f:
                h.update(f.read())
    return h.hexdigest()


def strangers(place):
    """What nobody needs once a run has ended well: all beside the two generations that are kept, and their parts."""
    generations = sorted((n for n in os.listdir(os.path.join(place, "d")) if n.startswith("gen-")), key=lambda n: int(n[4:]))
    kept = {"lock", "current", "parts", *generations[-2:]}
    linked = {os.stat(os.path.join(r, n)).st_ino for g in generations[-2:] for r, _, f in os.walk(os.path.join(place, "d", g)) for n in f}
    found = [n for n in os.listdir(place) if n != "d"] + [n for n in os.listdir(os.path.join(place, "d")) if n not in kept]
    for root, _, files in os.walk(os.path.join(place, "d", "parts")):
        found += [n for n in (os.path.join(root, f) for f in files) if os.stat(n).st_ino not in linked]
    return sorted(found)


class Trial:
    def __init__(self, args, work):
        self.args, self.work = args, work
        self.old, self.new = os.path.join(work, "old"), os.path.join(work, "new")
        self.place = os.path.join(work, "place")
        self.dataset = os.path.join(self.place, "d")
        self.env = dict(os.environ, XDG_CACHE_HOME=os.path.join(work, "cache"), LC_ALL="C")
        os.mkdir(self.old)
        os.mkdir(self.new)
        with open(os.path.join(args.samples, "relay1.log"), "rb") as f:
            lines = f.readlines()
        with open(os.path.join(self.old, "mail.log"), "wb") as f:
            f.writelines(lines[:20])
        with gzip.GzipFile(os.path.join(self.new, "mail.log.1.gz"), "wb", mtime=0) as f:
            f.writelines(lines[:len(lines) // 2])
        with open(os.path.join(self.new, "mail.log"), "wb") as f:
            f.writelines(lines[len(lines) // 2:])
        self.failures, self.runs, self.more, self.has_remains = 0, 0, [], False

    def ingest(self, source, **fault):
        env = dict(self.env, **{k: str(v) for k, v in fault.items()})
        if fault:
            env["LD_PRELOAD"] = self.args.shim
        done = subprocess.run([self.args.mailstrata, "ingest", source, "-o", self.dataset, "--force", "--threads", "1", "--year", "2026", *self.more],
                              env=env, capture_output=True, text=True, timeout=60)
        self.runs += 1
        return done.returncode, done.stderr

    def begin(self):
        """A dataset of the old log alone: made once, then copied."""
        made = os.path.join(self.work, "made")
        shutil.rmtree(self.place, ignore_errors=True)
        if not os.path.isdir(made):
            os.mkdir(self.place)
            code, said = self.ingest(self.old)
            assert code == DONE, said
            os.rename(self.place, made)
        subprocess.run(["cp", "-a", made, self.place], check=True)
        if self.has_remains:
            remains = os.path.join(self.dataset, "parts", "9", "messages")
            os.makedirs(remains)
            with open(os.path.join(remains, "part-00000.parquet"), "wb") as f:
                f.write(b"PAR1, of a run that was killed")

    def say(self, what, said):
        self.failures += 1
        print(f"FAILED {what}\n  {said.strip()}")

    def wrong_with(self, code, said, before, whole):
        now = digest(os.path.join(self.dataset, "current"))
        if code not in (DONE, NOTHING_PUBLISHED, INCOMPLETE):
            return f"exit code {code}"
        if code != DONE and "mail.log" not in said and os.path.basename(self.place) not in said and "cannot" not in said:
            return "does not say what failed"
        if code == NOTHING_PUBLISHED and now not in (before, whole):
            return "the old dataset has changed"
        if code == DONE and now != whole:
            return "the new dataset differs"
        if code == INCOMPLETE and now == before:
            return "says that it published, and did not"
        return None

    def all_of(self, call, number, stays):
        count = os.path.join(self.work, "count")
        # Files beside the dataset are written and read so: all that is open goes to one and back.
        self.more = ["--stripe-bytes", "3000", "--memory", "1"] if call in ("pwrite", "pread") else []
        self.has_remains = call == "unlinkat"
        self.begin()
        code, said = self.ingest(self.new, FAULT_CALL=call, FAULT_COUNT=count)
        assert code == DONE, said
        with open(count) as f:
            n_calls = int(f.read())
        assert n_calls > 0, f"{call} is not called at all"
        whole = digest(os.path.join(self.dataset, "current"))
        fault = dict(FAULT_CALL=call, FAULT_ERRNO=number, **({"FAULT_STAYS": 1} if stays else {}))
        for n in range(1, n_calls + 1, EVERY if stays else 1):
            self.begin()
            before = digest(os.path.join(self.dataset, "current"))
            code, said = self.ingest(self.new, FAULT_AT=n, **fault)
            what = f"{call} {n} of {n_calls} ({errno.errorcode[number]}{', all from then on' if stays else ''})"
            wrong = self.wrong_with(code, said, before, whole)
            if wrong is not None:
                self.say(f"{what}: {wrong}", said)
                continue
            code, said = self.ingest(self.new)
            if code != DONE or digest(os.path.join(self.dataset, "current")) != whole:
                self.say(f"{what}: the next run does not work, code {code}", said)
            elif strangers(self.place):
                self.say(f"{what}: something is left behind", "\n".join(strangers(self.place)))
        return n_calls


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mailstrata", required=True)
    parser.add_argument("--shim", required=True)
    parser.add_argument("--samples", required=True)
    parser.add_argument("--call", action="append")
    args = parser.parse_args()
    # In memory, if there is a place: thousands of runs, each of which waits for the disk some sixty times.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="ms-faults-", dir=memory) as work:
        trial = Trial(args, work)
        for call, number, stays in FAULTS:
            if args.call and call not in args.call:
                continue
            n = trial.all_of(call, number, stays)
            each = f"every {EVERY}th failed, and all after it," if stays else "each failed once"
            print(f"{call}: {n} calls, {each} with {errno.errorcode[number]}")
        print(f"{trial.runs} runs, {trial.failures} failures")
        return trial.failures > 0


sys.exit(main())
