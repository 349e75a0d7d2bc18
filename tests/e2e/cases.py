"""The mails of the test as a table, with what must become of them. To add a mail, add a line.

A recipient `ok` is short for ok.<name>@peer.test, `ok@tls.test` for ok.<name>@tls.test; one with a leading `=` stands as it is.
What its first word makes the peer do: peers.BEHAVIOUR; what its domain does: setup.ROUTES. Behind a recipient: status and
enhanced code of each attempt, in order; a second attempt happens because the test asks for it.

`lives` are the queue files one after the other that carry the mail; `link` says how each came from the one before. Notices to
the sender are not written here: the test expects one for each life with a bounced recipient and a sender."""
import dataclasses


@dataclasses.dataclass
class Life:
    to: dict                           # recipient: 'status dsn; status dsn ...', '' if it was never tried
    host: str = 'mx'
    origin: str = 'smtpd'
    state: str = 'done'
    link: str = None                   # next_hop, reinject, forward, requeue
    orig: dict = dataclasses.field(default_factory=dict)       # recipient: the address that it was before aliases
    facts: dict = dataclasses.field(default_factory=dict)      # further columns of messages, or None: they are unknown
    delay_notice: bool = False
    success_notice: bool = False


@dataclasses.dataclass
class Mail:
    name: str
    to: object                         # {recipient: attempts} of the only life, or recipients
    lives: list = None
    state: str = 'done'                # of the only life
    via: str = 'mx'                    # a port of setup.PORTS, or sendmail, bv, qmqp
    sender: str = None                 # ok.<name>@from.peer.test... see expand()
    subject: str = None                # None: one of its own; '': there is one, but nothing logs it
    message_id: str = None             # None: <name>@e2e.test; '': no such header
    body: str = 'text of the mail'
    headers: str = ''
    client: str = '127.0.0.2'
    tls: bool = False
    auth: tuple = None
    options: str = ''                  # of MAIL FROM
    rcpt_options: str = ''
    bdat: bool = False
    xclient: str = ''
    helo: str = 'client.example'
    user: int = 0                      # who calls sendmail
    alone: bool = False                # sent when all mails before are done with
    refused: dict = None               # how the row of a refusal differs from what the client was told
    policy: list = ()                  # rows of rejects where the client saw no refusal
    do: list = ()                      # hold, release, requeue, delete, again, expire: what the postmaster does, in order

    def address(self, short):
        if short.startswith('='):
            return short[1:]
        local, _, domain = short.partition('@')
        return '%s.%s@%s' % (local, self.name, domain or 'peer.test')

    def expand(self):
        """The same case with full addresses and its lives spelled out."""
        if isinstance(self.to, dict):
            by_pickup = self.via in ('sendmail', 'bv')
            self.lives = [Life(self.to, state=self.state, origin='pickup' if by_pickup else 'smtpd')] if self.lives is None else self.lives
        self.to = [self.address(r) for r in self.to]
        self.sender = self.address('ok.from') if self.sender is None else self.sender and self.address(self.sender)
        self.subject = 'case ' + self.name if self.subject is None else self.subject
        self.message_id = self.name + '@e2e.test' if self.message_id is None else self.message_id
        for life in self.lives or []:
            life.to = {self.address(r): [tuple(a.split()) for a in text.split(';') if a.strip()] for r, text in life.to.items()}
            life.orig = {self.address(r): self.address(o) for r, o in life.orig.items()}
        return self


SENT, NO_USER, LATER = 'sent 2.0.0', 'bounced 5.1.1', 'deferred 4.2.0'
LONG = '=ok.' + 'x' * 200 + '@peer.test'


BY_CLEANUP = {'client_port': None}      # cleanup asks milters and logs its client without the port


# The queue file is the one that the filter made: the filter is its client, the real one is known by XFORWARD. Headers were not checked.
BEHIND_PROXY = {'client_ip': '127.0.0.1', 'client_port': None, 'orig_client_ip': '127.0.0.2'}


def reinjected(to, sent='sent 2.0.0'):
    """Through the after-queue filter: one life before and one behind it."""
    return [Life({r: sent for r in to}),
            Life(to, origin='reinject', link='reinject', facts={'client_ip': '127.0.0.1', 'orig_client_ip': '127.0.0.2'})]


def row(action, stage, text, **more):
    return {'action': action, 'stage': stage, 'text': text, **more}


CASES = [
    # -- deliveries by smtp(8), judged by what the peer said
    Mail('one', {'ok': SENT}),
    Mail('several', {'ok': SENT, 'r550': NO_USER, 'r450once': LATER + ';' + SENT, 'okb@tls.test': SENT, 'okc@discard.test': SENT}, do=['again']),
    Mail('null', {'ok': SENT, 'r550': NO_USER}, sender=''),
    Mail('later', {'r450': LATER + ';' + LATER}, state='open', do=['again']),
    Mail('full', {'r452full': 'deferred 4.2.2'}, state='open'),
    Mail('grey', {'e451once': 'deferred 4.7.1;' + SENT}, do=['again']),
    Mail('data', {'d554': 'bounced 5.7.1'}),
    Mail('content', {'e554': 'bounced 5.6.0'}),
    Mail('quota', {'e552': 'bounced 5.2.2'}),
    Mail('forged', {'forge': 'bounced 5.7.1'}),
    Mail('rdrop', {'rdrop': 'deferred 4.4.2'}, state='open'),
    Mail('ddrop', {'ddrop': 'deferred 4.4.2'}, state='open'),
    Mail('edrop', {'edrop': 'deferred 4.4.2'}, state='open'),
    Mail('closing', {'r421': 'deferred 4.3.2'}, state='open'),
    Mail('slow', {'rslow@slow.test': 'deferred 4.4.2'}, state='open'),
    Mail('busy', {'ok@busy.test': 'deferred 4.3.2'}, state='open'),
    Mail('never', {'ok@never.test': 'deferred 4.3.2'}, state='open'),
    Mail('refused', {'ok@refused.test': 'deferred 4.4.1'}, state='open'),
    Mail('outtls', {'ok@tls.test': SENT, 'r550@maytls.test': NO_USER}),
    Mail('notls', {'ok@notls.test': 'deferred 4.7.4'}, state='open'),
    Mail('soft', {'r550@soft.test': 'deferred 4.1.1'}, state='open'),
    Mail('suspend1', {'ok@suspend.test': 'deferred 4.4.1'}, state='open'),
    Mail('suspend2', {'ok@suspend.test': 'deferred 4.4.1'}, state='open', alone=True),
    Mail('cached1', {'ok@cache.test': SENT}),
    Mail('cached2', {'ok@cache.test': SENT}),
    Mail('lmtp', {'ok@lmtp.test': SENT, 'e552@lmtp.test': 'bounced 5.2.2', 'e451once@lmtp.test': 'deferred 4.7.1;' + SENT}, do=['again']),
    Mail('wordy', {'ok@amavis.test': SENT}),
    Mail('doublebounce', {'r550': NO_USER}, sender='r550@maytls.test'),
    # -- other agents
    Mail('discard', {'ok@discard.test': SENT}),
    # smtpd knows of error: and retry: and would refuse; pickup takes the mail
    Mail('error', {'ok@error.test': 'bounced 5.1.2'}, via='sendmail'),
    Mail('smtpderror', ['ok@error.test'], []),
    Mail('retry', {'ok@retry.test': 'deferred 4.3.5'}, state='open', via='sendmail'),
    Mail('exit0', {'=exit0.x@exits.test': SENT}),
    Mail('exit69', {'=exit69.x@exits.test': 'bounced 5.3.0'}),
    Mail('exit75', {'=exit75.x@exits.test': 'deferred 4.3.0'}, state='open'),
    Mail('exit1', {'=exit1.x@exits.test': 'bounced 5.3.0'}),
    Mail('box', {'=box@vmail.test': SENT}),
    Mail('local', {'=news@local.test': SENT}),
    Mail('devnull', {'=quiet@local.test': SENT}),
    Mail('command', {'=command@local.test': SENT}),
    Mail('failing', {'=failing@local.test': 'deferred 4.3.0'}, state='open'),
    Mail('missing', {'=missing@local.test': 'bounced 5.3.0'}),
    Mail('loop', {'=loop@local.test': 'bounced 5.4.6'}, headers='Delivered-To: loop@local.test\n'),
    Mail('nick', ['=nick@valias.test'], [Life({'=ok.nick@peer.test': SENT}, orig={'=ok.nick@peer.test': '=nick@valias.test'})]),
    Mail('both', ['=both@valias.test'], [Life({'=ok.both.a@peer.test': SENT, '=r550.both.b@peer.test': NO_USER},
                                              orig=dict.fromkeys(('=ok.both.a@peer.test', '=r550.both.b@peer.test'), '=both@valias.test'))]),
    Mail('forward', ['=games@local.test'], [Life({'=games@local.test': SENT}),
                                            Life({'=ok.games@peer.test': SENT}, origin='forward', link='forward',
                                                 orig={'=ok.games@peer.test': '=games@local.test'})]),
    Mail('list', ['=list@local.test'], [Life({'=list@local.test': SENT}),
                                        Life({'=ok.list.a@peer.test': SENT, '=r550.list.b@peer.test': NO_USER}, origin='forward', link='forward',
                                             orig=dict.fromkeys(('=ok.list.a@peer.test', '=r550.list.b@peer.test'), '=list@local.test'))]),
    Mail('owned', ['=owned@local.test'], [Life({'=owned@local.test': SENT}),
                                          Life({'=ok.owned.a@peer.test': SENT}, origin='forward', link='forward',
                                               facts={'sender': 'owner-owned@mx.e2e.test'})]),
    # -- addresses and headers
    Mail('forgedsender', {'ok': SENT}, sender='="ok. <a>, size=1, nrcpt=9 (queue active)"@peer.test'),
    Mail('forgedid', {'ok': SENT}, message_id='x>, from=<y>, size=1, nrcpt=2 (queue active)@e2e.test'),
    Mail('noid', {'ok': SENT}, message_id=''),
    Mail('rawsubject', {'ok': SENT}, subject='Grüße from unknown[1.2.3.4]; from=<a> to=<b> proto=ESMTP helo=<c>', options=' SMTPUTF8'),
    Mail('longsubject', {'ok': SENT}, subject='long ' * 60 + 'end'),
    Mail('resent', {'ok': SENT}, headers='Resent-Message-ID: <again@e2e.test>\nResent-From: <x@y.test>\n'),
    Mail('long', {LONG: SENT}),
    Mail('quoted', {'="ok. <a>, status=sent (x) to=<y"@peer.test': SENT, '="ok.b\\"c"@peer.test': SENT}),
    Mail('utf8', {'=ok.grün.用户@peer.test': SENT}, options=' SMTPUTF8', sender='=ok.größe@peer.test'),
    Mail('noutf8', {'=ok.grün@old.test': 'bounced 5.6.7'}, options=' SMTPUTF8', sender='=ok.grüße@peer.test'),
    Mail('upper', {'=OK.Upper@PEER.test': SENT}, sender='=OK.Sender+Tag@Peer.Test'),
    Mail('equals', {'=ok.a=b+c@peer.test': SENT}, sender='=ok.SRS0=abcd=5X=orig.example=frank@peer.test'),
    # -- clients
    Mail('tlsin', {'ok': SENT}, tls=True),
    Mail('login', {'ok': SENT}, tls=True, auth=('bob@e2e.test', 'secret'), via='submission'),
    Mail('loginplain', {'ok': SENT}, auth=('bob@e2e.test', 'secret')),
    Mail('loginodd', {'ok': SENT}, auth=("o'neil=<x>, sasl_method=LOGIN", 'secret')),
    Mail('chunks', {'ok': SENT}, bdat=True),
    Mail('smtp', {'ok': SENT}, helo='HELO old.example'),
    Mail('xclient', {'ok': SENT}, client='127.0.0.1', xclient='NAME=mail.example.org ADDR=192.0.2.77 PORT=4711',
         lives=[Life({'ok': SENT}, facts={'client_name': 'mail.example.org', 'client_ip': '192.0.2.77', 'client_port': 4711})]),
    Mail('pickup', {'ok': SENT}, via='sendmail'),
    Mail('pickup65534', {'ok': SENT, 'r550': NO_USER}, via='sendmail', user=65534),
    Mail('qmqp', {'ok': SENT}, [Life({'ok': SENT}, facts={'protocol': 'QMQP', 'client_port': None})], via='qmqp', client='127.0.0.9'),
    Mail('verbose', {'ok': SENT, 'r550': NO_USER}, via='verbose'),
    Mail('pass', {'ok': SENT}, via='screened'),
    # -- notices
    Mail('success', {'ok@discard.test': SENT}, [Life({'ok@discard.test': SENT}, success_notice=True)], rcpt_options=' NOTIFY=SUCCESS'),
    Mail('noticed', {'r450': LATER}, [Life({'r450': LATER}, state='open', delay_notice=True)], via='warning'),
    Mail('bv', ['ok', 'r550'], [Life({'ok': 'deliverable 2.1.5', 'r550': 'undeliverable 5.1.1'}, origin='pickup', success_notice=True)],
         via='bv', subject=''),
    # -- checks of content
    Mail('hreject', {'ok': ''}, state='rejected', subject='please reject-me',
         refused=row('reject', 'header', '5.7.1 not this subject; status=sent (x)')),
    Mail('htempfail', {'ok': ''}, state='rejected', subject='tempfail-me',
         refused=row('reject', 'header', '4.7.1 come back with a better subject')),
    Mail('breject', {'ok': ''}, state='rejected', body='body-reject', refused=row('reject', 'body', '5.7.1 not this text')),
    Mail('hhold', {'ok': SENT}, subject='hold-me', do=['release'], policy=[row('hold', 'header', 'looks interesting')]),
    Mail('hheld', {'ok': ''}, state='held', subject='hold-me too', policy=[row('hold', 'header', 'looks interesting')]),
    Mail('hdiscard', {'ok': ''}, subject='discard-me', policy=[row('discard', 'header', 'nobody wants it')]),
    Mail('bdiscard', {'ok': ''}, body='body-discard', policy=[row('discard', 'body', 'body-discard')]),
    Mail('hfilter', ['ok'], reinjected({'ok': SENT}), subject='filter-me', policy=[row('filter', 'header', 'filter:[127.0.0.1]:{filter}')]),
    Mail('hredirect', ['ok'], [Life({'=ok.redirected@peer.test': SENT}, orig={'=ok.redirected@peer.test': 'ok'})], subject='redirect-me',
         policy=[row('redirect', 'header', 'ok.redirected@peer.test')]),
    Mail('hreplace', {'ok': SENT}, subject='replace-me'),
    Mail('hprepend', {'ok': SENT}, subject='prepend-me'),
    Mail('hwarn', {'ok': SENT}, subject='warn-me; from=<x> to=<y> proto=ESMTP helo=<z>: q'),
    Mail('bwarn', {'ok': SENT}, body='body-warn'),
    Mail('hops', ['ok'], [Life({'ok': ''}, state='rejected', facts={'message_id': None})], headers='Received: by x\n' * 21,
         refused={'unlogged': True}),
    # -- rules on the envelope
    Mail('relay', ['=x@elsewhere.test'], []),
    Mail('forgedrelay', ['="x>: Relay access denied; from=<y> to=<z"@elsewhere.test'], []),
    Mail('unknown', ['unknown', 'ok'], [Life({'ok': SENT})]),
    Mail('nouser', ['=nosuchuser@local.test'], []),
    Mail('sreject', ['ok'], [], sender='=sreject@from.test'),
    Mail('sdefer', ['ok'], [], sender='=sdefer@from.test'),
    Mail('shold', {'ok': SENT}, sender='=shold@from.test', do=['release'],
         policy=[row('hold', 'RCPT', '<shold@from.test>: Sender address triggers HOLD action', recipient='ok.shold@peer.test')]),
    Mail('sdiscard', {'ok': ''}, sender='=sdiscard@from.test',
         policy=[row('discard', 'RCPT', '<sdiscard@from.test>: Sender address triggers DISCARD action', recipient='ok.sdiscard@peer.test')]),
    Mail('swarn', {'ok': SENT}, sender='=swarn@from.test', policy=[row('warn', 'RCPT', 'suspicious', recipient='ok.swarn@peer.test')]),
    Mail('helo', ['ok'], [], helo='evil.example'),
    Mail('badhelo', ['ok'], [], helo='a..b, from=<x>', refused={'helo': 'a..b,?from=?x?'}),
    Mail('size', ['ok'], [], options=' SIZE=10000000'),
    Mail('big', {'ok': ''}, state='rejected', body='x' * 70 + '\n' + ('y' * 70 + '\n') * 5000, refused={'unlogged': True}),
    Mail('nologin', ['ok'], [], via='submission', tls=True),
    # -- helpers
    Mail('filtered', ['ok'], reinjected({'ok': SENT}), via='filtered'),
    Mail('filteredboth', ['ok', 'r550'], reinjected({'ok': SENT, 'r550': NO_USER}), via='filtered'),
    Mail('amavised', ['ok'], reinjected({'ok': SENT}), via='amavised'),
    Mail('frej', ['frej'], [Life({'frej': 'bounced 5.7.0'})], via='filtered'),
    Mail('proxied', ['ok'], [Life({'ok': SENT}, facts=BEHIND_PROXY)], via='proxied', subject=''),
    Mail('proxiedboth', ['ok', 'r550'], [Life({'ok': SENT, 'r550': NO_USER}, facts=BEHIND_PROXY)], via='proxied', subject=''),
    Mail('proxyrej', ['frej'], [], via='proxied', refused={'action': 'proxy-reject', 'recipient': 'frej.proxyrej@peer.test'}),
    Mail('mreject', ['mreject', 'ok'], [Life({'ok': SENT})], via='miltered', refused={'action': 'milter-reject'}),
    Mail('mtemp', ['mtemp'], [], via='miltered', refused={'action': 'milter-reject'}),
    Mail('meom', {'meom': ''}, state='rejected', via='miltered',
         refused={'action': 'milter-reject', **BY_CLEANUP, 'text': '5.7.1 milter: no, thanks', 'reply_code': None}),
    Mail('mquarantine', {'mquarantine': SENT}, via='miltered', do=['release'],
         policy=[row('milter-hold', 'END-OF-MESSAGE', 'milter triggers HOLD action', **BY_CLEANUP)]),
    Mail('mdiscard', {'mdiscard': ''}, via='miltered',
         policy=[row('milter-discard', 'END-OF-MESSAGE', 'milter triggers DISCARD action', **BY_CLEANUP)]),
    # -- two instances
    Mail('handed', ['ok@viaout.test'], [Life({'ok@viaout.test': SENT}), Life({'ok@viaout.test': SENT}, host='out', link='next_hop')]),
    Mail('handedboth', ['ok@viaout.test', 'r550@viaout.test'],
         [Life({'ok@viaout.test': SENT, 'r550@viaout.test': SENT}),
          Life({'ok@viaout.test': SENT, 'r550@viaout.test': NO_USER}, host='out', link='next_hop')]),
    Mail('handedlater', ['r450once@viaout.test'], [Life({'r450once@viaout.test': SENT}),
                                                   Life({'r450once@viaout.test': LATER + ';' + SENT}, host='out', link='next_hop')], do=['again']),
    Mail('everything', ['ok@viaout.test'], [Life({'ok@viaout.test': SENT}), *reinjected({'ok@viaout.test': SENT})[1:],
                                            Life({'ok@viaout.test': SENT}, host='out', link='next_hop')], via='filtered'),
    # -- the postmaster's hand
    Mail('deleted', {'r450': LATER}, state='deleted', do=['delete']),
    Mail('helddeleted', {'ok': ''}, state='deleted', subject='hold-me', do=['delete'],
         policy=[row('hold', 'header', 'looks interesting')]),
    Mail('held', {'r450': LATER}, state='held', do=['hold']),
    Mail('holdrelease', {'r450once': LATER + ';' + SENT}, do=['hold', 'release']),
    Mail('requeued', ['r450once'], [Life({'r450once': LATER}),
                                    Life({'r450once': SENT}, origin='requeue', link='requeue',
                                         facts={'submit_uid': 'postfix'})], do=['requeue']),
    Mail('expired', ['r450@viaout.test'], [Life({'r450@viaout.test': SENT}),
                                           Life({'r450@viaout.test': LATER + ';' + LATER}, host='out', state='expired', link='next_hop')], do=['expire']),
]
