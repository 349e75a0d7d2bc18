"""The mail of the mixed farm. A case: the host that takes it first (ex, mx or sm), its sender and recipients, and what the text
says beside. The first word of a recipient's local part says what its peer does (../peers.py: BEHAVIOUR)."""
import itertools

# Where each domain goes, by host. sm.test and ex.test are local on one host, and two hops away from the other.
ROUTES = {
    'ex': {'sm.test': 'mx', 'via.test': 'mx', 'peer.test': 'peer', 'senders.test': 'peer'},
    'mx': {'sm.test': 'sm', 'ex.test': 'ex', 'via.test': 'peer', 'peer.test': 'peer', 'senders.test': 'peer', 'viasm.test': 'sm', 'viaex.test': 'ex'},
    'sm': {'ex.test': 'mx', 'via.test': 'mx', 'peer.test': 'peer', 'senders.test': 'peer'},
}
LOCAL = {'ex': 'ex.test', 'sm': 'sm.test'}
ALIASES = {'list@ex.test': ['anna@ex.test', 'bert@ex.test', 'ok.exlist@peer.test'],
           'list@sm.test': ['anna@sm.test', 'bert@sm.test', 'ok.smlist@peer.test'],
           'owned@sm.test': ['ok.owned@peer.test']}


def case(name, host, rcpts, sender=None, subject=None, body='text', local=False, drop=False, ip=None):
    return {'name': name, 'host': host, 'rcpts': rcpts, 'sender': 'from.%s@senders.test' % name if sender is None else sender,
            'subject': subject or 'case %s' % name, 'body': body, 'local': local, 'drop': drop, 'ip': ip}


def both(make):
    return [make(host) for host in ('ex', 'sm')]


def crossing():
    """From one end of the farm to the other: Exim, Postfix, Sendmail, and back."""
    far = {'ex': 'sm.test', 'sm': 'ex.test'}
    for host in far:
        yield case('far-%s' % host, host, ['anna@' + far[host]])
        yield case('far-two-%s' % host, host, ['anna@' + far[host], 'bert@' + far[host], 'ok.far%s@via.test' % host])
        yield case('far-null-%s' % host, host, ['bert@' + far[host]], sender='')
        yield case('far-list-%s' % host, host, ['list@' + far[host]])
        yield case('far-refused-%s' % host, host, ['carl@' + far[host]])
        yield case('far-user-%s' % host, host, ['anna@' + far[host]], sender='anna', local=True)
        for i in range(5):
            yield case('far-%d-%s' % (i, host), host, ['anna@' + far[host], 'bert@' + far[host]])
        yield case('from-mx-%s' % host, 'mx', ['anna@' + LOCAL[host]])
    yield case('from-mx-ends', 'mx', ['anna@ex.test', 'bert@sm.test'])


def peers(host):
    for word in ('r550', 'r450once', 'e451once', 'd554', 'e554', 'e552', 'forge'):
        yield case('%s-%s' % (word, host), host, ['%s.%s@peer.test' % (word, host)])
    yield case('mixture-%s' % host, host, ['ok.mixture%s@peer.test' % host, 'r550.mixture%s@peer.test' % host, 'r450.mixture%s@peer.test' % host])
    yield case('many-%s' % host, host, ['ok.many%d%s@peer.test' % (i, host) for i in range(60)])
    yield case('quoted-%s' % host, host, ['"ok.a%s, relay=b"@peer.test' % host, '"ok.c%s d>"@peer.test' % host])
    yield case('case-%s' % host, host, ['Ok.UPPER%s@PEER.test' % host])


def troubled(host):
    """What makes a host wait before it goes to that peer again: sent when all else is over."""
    for word in ('r421', 'rdrop'):
        yield case('%s-%s' % (word, host), host, ['%s.%s@peer.test' % (word, host)])


def local(host):
    domain = LOCAL[host]
    yield case('local-%s' % host, host, ['anna@' + domain])
    yield case('local-both-%s' % host, host, ['anna@' + domain, 'bert@' + domain])
    yield case('list-%s' % host, host, ['list@' + domain])
    yield case('carl-%s' % host, host, ['carl@' + domain, 'anna@' + domain])
    yield case('user-%s' % host, host, ['bert@' + domain], sender='anna', local=True)
    yield case('user-out-%s' % host, host, ['ok.user%s@peer.test' % host, 'r550.user%s@peer.test' % host], sender='anna', local=True)
    yield case('empty-%s' % host, host, ['anna@' + domain], body='')
    yield case('large-%s' % host, host, ['anna@' + domain], body='x' * 70 + '\r\n' + 'y' * 60000)
    yield case('subject-%s' % host, host, ['anna@' + domain], subject='Sent (ok), stat=Deferred => x@y.test R=z T="q" \\" <= a@b.test')


def refused(host):
    domain = LOCAL[host]
    yield case('unknown-%s' % host, host, ['nosuch@' + domain, 'anna@' + domain])
    yield case('only-unknown-%s' % host, host, ['nosuch@' + domain])
    yield case('banned-%s' % host, host, ['anna@' + domain], sender='banned@senders.test')
    yield case('content-%s' % host, host, ['anna@' + domain], subject='please reject-me now')
    yield case('too-large-%s' % host, host, ['anna@' + domain], body='z' * 400000)
    yield case('stranger-%s' % host, host, ['ok.stranger@peer.test'], ip='127.0.0.40')
    yield case('unwanted-%s' % host, host, ['anna@' + domain], ip='127.0.0.66')
    yield case('dropped-%s' % host, host, ['anna@' + domain], drop=True)


def special():
    yield case('discarded', 'ex', ['anna@ex.test'], subject='discard-me')
    yield case('blackhole', 'ex', ['nobody@ex.test'])
    yield case('ignored', 'sm', ['anna@sm.test'], sender='ignored@senders.test')
    yield case('owned', 'sm', ['owned@sm.test'])


CASES = list(itertools.chain(crossing(), *both(peers), *both(local), *both(refused), special()))
TROUBLED = list(itertools.chain(*both(troubled)))
