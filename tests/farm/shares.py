#!/usr/bin/env python3
"""The share of lines per kind in real logs: what `mailstrata parse` makes of every line of the farm's Postfix hosts.

  shares.py --mailstrata PROGRAM --shared DIR [--table]     exit 77 if DIR is not there

Fails if a Postfix line is unparsed, if kinds that say only "some line of this daemon" take more than a thousandth of the
Postfix lines, if a kind that needs no special host never occurs, or if lines whose tag lost its program (RFC 5424 by rsyslog)
are read as other kinds than the same lines with it."""
import argparse
import collections
import glob
import json
import os
import re
import subprocess
import sys

HOSTS = ('mx1', 'mx2', 'relay1', 'store1')
CATCH_ALL = re.compile(r'(^|\.)other$|^postfix\.(warning|error|fatal|panic|debug)$')
CATCH_ALL_MAX = 0.001
POSTFIX = re.compile(r'\bpostfix[^ \[]*\[\d+\]: |^<\d+>1 \S+ \S+ postfix ')
# Kinds that hosts under load always show; a reader that loses one would hide it in another.
EXPECTED = '''smtpd.connect smtpd.disconnect smtpd.client smtpd.tls smtpd.lost smtpd.timeout smtpd.too_many_errors
    smtpd.reject smtpd.warn smtpd.hold smtpd.discard smtpd.redirect smtpd.sasl_failed smtpd.sasl_library smtpd.proxy_accept
    smtpd.proxy_reject smtpd.non_smtp smtpd.illegal_address smtpd.etrn cleanup.message_id cleanup.info cleanup.warning
    cleanup.reject cleanup.hold cleanup.filter cleanup.redirect cleanup.bcc cleanup.prepend cleanup.replace cleanup.removed
    qmgr.active qmgr.removed qmgr.expired qmgr.skipped smtp.delivery smtp.tls smtp.connect_failed smtp.attempt lmtp.delivery
    local.delivery virtual.delivery pipe.delivery error.delivery bounce.notice bounce.postmaster_notice bounce.delay_notice
    bounce.success_notice pickup.uid postsuper.removed postsuper.held postsuper.released postsuper.requeued postsuper.total
    postscreen.connect postscreen.pass postscreen.reject postscreen.pregreet postscreen.hangup postscreen.dnsbl
    postscreen.disconnect dnsblog.listed tlsproxy.connect tlsproxy.tls anvil.rate anvil.count scache.statistics master.started
    master.reload master.terminating hostname'''.split()
# What the text alone can't tell (src/parse/postfix_unnamed.c).
ALIKE = {'postfix.tlsproxy.disconnect': 'postfix.postscreen.disconnect', 'postfix.postsuper.removed': 'postfix.qmgr.removed'}


def parse(mailstrata, paths):
    """(kind, program, text) of each line"""
    run = subprocess.Popen([mailstrata, 'parse', '--year', '2026', *paths], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for line in run.stdout:
        event = json.loads(line)
        yield event['kind'], event.get('program'), event.get('text', '')
    if run.wait() != 0:
        sys.exit(f'shares: parse {paths[0]} ...: exit {run.returncode}: {run.stderr.read().decode()}')


def is_postfix(program, text):
    return program == 'postfix' or '/' in program if program else bool(POSTFIX.search(text))


def count_host(mailstrata, logs, shares, faults):
    for kind, program, text in parse(mailstrata, logs):
        if not is_postfix(program, text):
            continue
        shares[kind] += 1
        if kind == 'unparsed':
            faults.append(f'unparsed: {text[:150]}')
        elif CATCH_ALL.search(kind):
            shares['(catch-all)'] += 1
            print(f'{kind}: {program}: {text[:150]}')


def compare_cut_tags(mailstrata, logs, faults):
    """The same lines, with and without the program in their tag, must be of the same kinds."""
    whole, cut = collections.Counter(), collections.Counter()
    for kind, program, _ in parse(mailstrata, sorted(glob.glob(f'{logs}/central/central-3164.log*'))):
        if program and program.startswith('postfix'):
            kind = ALIKE.get(kind, kind)
            whole['postfix.delivery' if kind.endswith('.delivery') else kind] += 1
    for kind, program, _ in parse(mailstrata, sorted(glob.glob(f'{logs}/central/central-5424.log*'))):
        if program == 'postfix':
            cut['postfix.delivery' if kind.endswith('.delivery') else kind] += 1
    for kind in sorted(whole | cut):
        if whole[kind] != cut[kind]:
            faults.append(f'{kind}: {whole[kind]} lines, {cut[kind]} when their tag has lost its program')
    if sum(cut.values()) < 10000:
        faults.append(f'only {sum(cut.values())} lines without a program')


def main():
    options = argparse.ArgumentParser()
    options.add_argument('--mailstrata', required=True)
    options.add_argument('--shared', required=True)
    options.add_argument('--table', action='store_true', help='print the share of each kind')
    args = options.parse_args()
    logs = os.path.join(os.environ.get('MAILSTRATA_SHARED', args.shared), 'data', 'farm', 'logs')
    if not os.path.isdir(logs):
        print(f'no logs in {logs}')
        return 77
    shares, faults = collections.Counter(), []
    for host in HOSTS:
        name = 'postfix.log' if host == 'relay1' else 'mail.log'
        count_host(args.mailstrata, sorted(glob.glob(f'{logs}/{host}/{name}*')), shares, faults)
    catch_all = shares.pop('(catch-all)', 0)
    total = sum(shares.values())
    if args.table:
        for kind, n in shares.most_common():
            print(f'{n:8} {100 * n / total:8.4f} %  {kind}')
    if total < 80000 or catch_all > CATCH_ALL_MAX * total:
        faults.append(f'{catch_all} of {total} Postfix lines are of kinds that say nothing')
    faults += [f'no line of kind postfix.{kind}' for kind in EXPECTED if 'postfix.' + kind not in shares]
    compare_cut_tags(args.mailstrata, logs, faults)
    for fault in faults[:40]:
        print(fault)
    print(f'shares: {total} Postfix lines of {len(shares)} kinds, {catch_all} of them in catch-alls, {len(faults)} faults')
    return 1 if faults else 0


sys.exit(main())
