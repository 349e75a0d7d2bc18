"""Sessions that are no plain mail: cut off, refused, noisy. Each function gets the driver and plays one; SCRIPTS lists them."""
from cases import Life, Mail

FROM = 'ok.{}@peer.test'


def aborted(driver, s, name, rcpt, **facts):
    """The life of a queue ID that its session gave up: nobody outside ever saw the ID, the client's port tells it."""
    driver.life(name, Life({rcpt: []}, state='aborted'), None, message_id=None, nrcpt=None,
                facts={'client_ip': s.ip, 'client_port': s.facts['client_port'], **facts})


def quit_only(driver):
    driver.session('quit_only', 'mx', ip='127.0.0.11').quit()


def drop_at_connect(driver):
    driver.session('drop_at_connect', 'mx', ip='127.0.0.12', greet=False).drop()


def drop_after_rcpt(driver):
    s = driver.session('drop_after_rcpt', 'mx', ip='127.0.0.13')
    s.mail('ok.drop@peer.test')
    s.rcpt('ok.droprcpt@peer.test')
    aborted(driver, s, 'droprcpt', 'ok.droprcpt@peer.test')
    s.drop()


def drop_in_data(driver):
    s = driver.session('drop_in_data', 'mx', ip='127.0.0.14')
    s.mail('ok.drop@peer.test')
    s.rcpt('ok.dropdata@peer.test')
    s.command('DATA')
    s.lines.send(b'Subject: never to be finished\r\nMessage-ID: <dropdata@e2e.test>\r\n\r\nabc')
    aborted(driver, s, 'dropdata', 'ok.dropdata@peer.test')
    s.drop()


def many_in_one(driver):
    """Three mails, a reset and a refusal in one session."""
    s = driver.session('many_in_one', 'mx', ip='127.0.0.15')
    for i in (1, 2):
        driver.transaction(s, Mail('many%d' % i, {'ok': 'sent 2.0.0'}).expand())
    s.mail('ok.reset@peer.test')
    s.rcpt('ok.reset@peer.test')
    s.command('RSET')
    s.mail('ok.norelay@peer.test')
    s.rcpt('x@elsewhere.test')
    s.command('RSET')
    driver.transaction(s, Mail('many3', {'ok': 'sent 2.0.0', 'r550': 'bounced 5.1.1'}).expand())
    driver.life('reset', Life({'ok.reset@peer.test': []}, state='aborted'), None, message_id=None, nrcpt=None,
                facts={'client_ip': s.ip, 'client_port': s.facts['client_port']})
    s.quit()


def logins(driver):
    """Two bad passwords, then the right one, then a mail."""
    s = driver.session('logins', 'submission', ip='127.0.0.16')
    s.starttls()
    s.auth('bob@e2e.test', 'wrong')
    s.auth('eve]: x, sasl_username=bob@e2e.test', 'wrong')
    s.auth('bob@e2e.test', 'secret')
    driver.transaction(s, Mail('afterlogins', {'ok': 'sent 2.0.0'}, via='submission').expand())
    s.quit()


def brute_force(driver):
    s = driver.session('brute_force', 'mx', ip='127.0.0.17')
    for _ in range(3):
        s.auth('root', 'toor')
    s.drop()


def times_out(driver):
    s = driver.session('times_out', 'strict', ip='127.0.0.18')
    s.mail('ok.slow@peer.test')
    s.wait_closed('timeout')


def too_many_errors(driver):
    s = driver.session('too_many_errors', 'strict', ip='127.0.0.19')
    for _ in range(3):
        s.lines.write('NONSENSE')
    s.wait_closed('error')


def too_much_mail(driver):
    s = driver.session('too_much_mail', 'limited', {'unlogged': True}, ip='127.0.0.20')
    driver.transaction(s, Mail('rate1', {'ok': 'sent 2.0.0'}).expand())
    driver.transaction(s, Mail('rate2', ['ok'], []).expand())
    s.quit()


def pregreets(driver):
    """Talks before the greeting: postscreen refuses, smtpd never sees it."""
    s = driver.session('pregreets', 'screened', ip='127.0.0.21', helo='early.example', early='EHLO early.example')
    s.facts['postscreen'] = True
    s.ehlo()                           # the early one was thrown away
    s.mail('ok.pregreet@peer.test')
    s.rcpt('ok.pregreet@peer.test')
    s.quit()


def denylisted(driver):
    s = driver.session('denylisted', 'screened', ip='127.0.0.66', helo='denied.example')
    s.facts['postscreen'] = True
    s.mail('ok.denied@peer.test')
    s.rcpt('ok.denied@peer.test')
    s.quit()


def verified(driver):
    """Probes tell smtpd which recipient exists."""
    s = driver.session('verified', 'verifying', ip='127.0.0.22')
    driver.transaction(s, Mail('verified', ['r550', 'ok'], [Life({'ok': 'sent 2.0.0'})]).expand())
    s.quit()
    for rcpt, attempt in (('ok.verified@peer.test', ('deliverable', '2.1.5')), ('r550.verified@peer.test', ('undeliverable', '5.1.1'))):
        driver.life('probe-' + rcpt, Life({rcpt: [attempt]}, origin='unknown'), 'double-bounce@mx.e2e.test', message_id=None, probe=rcpt)


def refused_at_connect(driver):
    s = driver.session('refused_at_connect', 'early', ip='127.0.0.30', greet=False)
    s.helo, s.proto = None, 'SMTP'
    s.judge('CONNECT', s.reply())
    s.quit()


def refused_at_helo(driver):
    s = driver.session('refused_at_helo', 'early', ip='127.0.0.31', helo='evil.example', greet=False)
    s.reply()
    s.proto = 'SMTP'
    s.judge('EHLO', s.command('EHLO evil.example'))
    s.quit()


def refused_at_data(driver):
    """The null sender to two recipients; the queue file exists by then."""
    s = driver.session('refused_at_data', 'early', ip='127.0.0.32')
    s.mail('')
    s.rcpt('ok.atdata.a@peer.test')
    s.rcpt('ok.atdata.b@peer.test')
    s.judge('DATA', s.command('DATA'))
    driver.life('atdata', Life({'ok.atdata.a@peer.test': []}, state='rejected'), '', message_id=None,
                facts={'client_ip': s.ip, 'client_port': s.facts['client_port']})
    s.quit()


def bad_tls(driver):
    """Asks for TLS and then speaks something else."""
    s = driver.session('bad_tls', 'mx', ip='127.0.0.33')
    s.command('STARTTLS')
    s.lines.send(b'this is not TLS\r\n' * 8)
    s.wait_closed('lost')


def web_client(driver):
    s = driver.session('web_client', 'mx', ip='127.0.0.34', greet=False)
    s.reply()
    s.lines.write('GET / HTTP/1.1')
    s.wait_closed('error')


SCRIPTS = [quit_only, drop_at_connect, drop_after_rcpt, drop_in_data, many_in_one, logins, brute_force, times_out, too_many_errors, too_much_mail,
           pregreets, denylisted, verified, refused_at_connect, refused_at_helo, refused_at_data, bad_tls, web_client]
