#!/usr/bin/env python3
"""A real Postfix on loopback, mail of every kind through it, and then: does the dataset say what was sent?

  e2e.py --mailstrata PROGRAM [--keep DIR]       exit 77: not root, or no postfix
  e2e.py --mailstrata PROGRAM --again DIR        judge the log and the truth that --keep left, without a Postfix

Needs Debian's packages postfix and openssl (scripts/setup --test). Everything happens in a temporary folder and on 127.0.0.0/8."""
import argparse
import os
import shutil
import signal
import sys
import tempfile
import time

from cases import CASES
from compare import Comparison
from driver import Driver, write
from sessions import SCRIPTS
from setup import World


DEADLINE = 240                         # seconds for everything; whatever happens, the instances are stopped


def give_up(number, _frame):
    raise SystemExit('e2e: ended by %s' % signal.Signals(number).name)


def play(folder):
    """Runs the mail through; leaves mx.log, out.log and truth.ndjson in the folder."""
    world = World(os.path.join(folder, 'world'))
    driver = Driver(world)
    try:
        driver.run(CASES, SCRIPTS)
    finally:
        world.close()
        for i in world.instances:
            if os.path.exists(i.log):
                shutil.copy(i.log, os.path.join(folder, i.name + '.log'))
    write(os.path.join(folder, 'truth.ndjson'), driver.truth())


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--mailstrata', required=True)
    ap.add_argument('--keep', metavar='DIR', help='leave logs, truth and datasets there')
    ap.add_argument('--again', metavar='DIR')
    a = ap.parse_args()
    a.mailstrata = os.path.abspath(a.mailstrata)
    missing = [p for p in ('postfix', 'openssl') if shutil.which(p) is None]
    if not a.again and (os.geteuid() != 0 or missing):
        print('e2e: skipped, needs root and a Postfix: %s' % (', '.join(missing) + ' not found' if missing else 'not root'))
        return 77
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, give_up)
    signal.alarm(DEADLINE)
    with tempfile.TemporaryDirectory(prefix='ms-e2e-') as tmp:
        os.chmod(tmp, 0o755)                                 # Postfix's users go through it
        folder = a.again or tmp
        begin = time.monotonic()
        try:
            if not a.again:
                os.makedirs(os.path.join(folder, 'world'))
                play(folder)
                print('e2e: mail sent in %.1f s' % (time.monotonic() - begin))
            return Comparison(a.mailstrata, folder, tmp).run()
        finally:
            if a.keep:
                shutil.copytree(folder, a.keep, dirs_exist_ok=True, ignore=lambda d, names: ['world'] if d == folder else [])


if __name__ == '__main__':
    sys.exit(main())
