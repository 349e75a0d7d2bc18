#!/usr/bin/env python3
"""A mixed farm on loopback, Exim -> Postfix -> Sendmail and back, real programs of Debian; then: does the dataset say what was sent?

  mixed.py --mailstrata PROGRAM --packages DIR [--keep DIR]    exit 77: not root, no namespaces, or a program is missing
  mixed.py --mailstrata PROGRAM --again DIR                    judge the logs and the truth that --keep left

DIR of --packages: where scripts/setup --test has unpacked Debian's exim4-daemon-light and sendmail-bin, which are not installed."""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]

from judge import Judge                                             # noqa: E402

DEADLINE = 240                         # seconds for the mail


def missing(packages):
    if os.geteuid() != 0:
        return 'root'
    for path in ('usr/sbin/exim4', 'usr/libexec/sendmail/sendmail', 'usr/share/sendmail/cf/m4/cf.m4'):
        if not os.path.exists(os.path.join(packages, path)):
            return os.path.join(packages, path)
    for program in ('postfix', 'm4', 'unshare', 'ip'):
        if shutil.which(program) is None:
            return program
    if subprocess.run(['unshare', '--mount', '--net', '--uts', 'true'], capture_output=True, check=False).returncode != 0:
        return 'namespaces of its own'
    return None


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--mailstrata', required=True)
    ap.add_argument('--packages', default='')
    ap.add_argument('--keep', metavar='DIR', help='leave logs, truth and datasets there')
    ap.add_argument('--again', metavar='DIR')
    a = ap.parse_args()
    program = os.path.abspath(a.mailstrata)
    lack = None if a.again else missing(a.packages)
    if lack:
        print('mixed farm: skipped, needs %s' % lack)
        return 77
    with tempfile.TemporaryDirectory(prefix='ms-mixed-') as tmp:
        os.chmod(tmp, 0o755)                                 # the programs' users go through it
        begin = time.monotonic()
        if not a.again:
            # The namespaces end with this process, and all that runs in them with the last of its sockets and pipes.
            subprocess.run([os.path.join(HERE, 'enter.sh'), tmp, sys.executable, '-B', os.path.join(HERE, 'play.py'), tmp,
                            os.path.abspath(a.packages)], check=True, timeout=DEADLINE)
            print('mixed farm: mail sent in %.1f s' % (time.monotonic() - begin))
        try:
            return Judge(program, a.again or tmp, os.path.join(tmp, 'judge')).run()
        finally:
            if a.keep:
                os.makedirs(a.keep, exist_ok=True)
                for name in ('ex.log', 'mx.log', 'sm.log', 'truth.ndjson'):
                    shutil.copy(os.path.join(a.again or tmp, name), os.path.join(a.keep, name))


if __name__ == '__main__':
    sys.exit(main())
