"""The two instances of the test: `mx` takes mail in all ways and hands mail for viaout.test on to `out`. What each port and each
domain does stands here; which mail goes where stands in cases.py."""
import os
import random
import socket
import subprocess

from helpers import Milter, Sasl
from instance import Instance
from peers import Filter, Sink

# Ports of mx: their command in master.cf. {x} is replaced by what World knows.
PORTS = {
    'mx': 'smtpd',
    'submission': 'smtpd -o syslog_name=postfix/submission -o smtpd_tls_security_level=encrypt -o smtpd_tls_auth_only=yes'
                  ' -o smtpd_relay_restrictions=permit_sasl_authenticated,reject -o smtpd_client_port_logging=no',
    'filtered': 'smtpd -o content_filter=filter:[127.0.0.1]:{filter}',
    'amavised': 'smtpd -o content_filter=filter:[127.0.0.1]:{amavis}',
    'reinject': 'smtpd -o content_filter= -o mynetworks=127.0.0.0/8 -o smtpd_authorized_xforward_hosts=127.0.0.0/8'
                ' -o receive_override_options=no_header_body_checks,no_unknown_recipient_checks,no_address_mappings',
    'proxied': 'smtpd -o smtpd_proxy_filter=127.0.0.1:{proxy}',
    'miltered': 'smtpd -o smtpd_milters=inet:127.0.0.1:{milter} -o milter_protocol=6',
    'verifying': 'smtpd -o smtpd_recipient_restrictions=reject_unverified_recipient -o unverified_recipient_reject_code=550',
    'verbose': 'smtpd -v',
    'strict': 'smtpd -o smtpd_timeout=1s -o smtpd_hard_error_limit=2 -o smtpd_soft_error_limit=1 -o smtpd_error_sleep_time=0',
    'limited': 'smtpd -o smtpd_client_message_rate_limit=1 -o smtpd_client_event_limit_exceptions=',
    'warning': 'smtpd -o cleanup_service_name=warncleanup',
    'early': 'smtpd -o smtpd_delay_reject=no -o {{ smtpd_client_restrictions = check_client_access inline:{{127.0.0.30=REJECT}} }}'
             ' -o {{ smtpd_helo_restrictions = check_helo_access inline:{{evil.example=REJECT}} }}'
             ' -o smtpd_data_restrictions=reject_multi_recipient_bounce',
    'screened': 'postscreen',
    'qmqp': 'qmqpd',
}
PORTLESS = ('submission',)             # those that log clients without their port
# Further services of mx.
SERVICES = [
    ('warncleanup', 'unix', 0, 'cleanup -o delay_warning_time=1s'),
    ('smtptls', 'unix', '-', 'smtp -o smtp_tls_security_level=encrypt'),
    ('smtpslow', 'unix', '-', 'smtp -o smtp_rcpt_timeout=1s -o smtp_destination_concurrency_failed_cohort_limit=1'),
    ('smtpcache', 'unix', 1, 'smtp -o smtp_connection_cache_destinations=static:all -o smtp_connection_cache_time_limit=10s'),
    ('suspend', 'unix', '-', 'smtp'), ('soft', 'unix', '-', 'smtp -o soft_bounce=yes'),
    ('filter', 'unix', 4, 'smtp -o smtp_send_xforward_command=yes -o disable_mime_output_conversion=yes'),
    ('exits', 'unix', '-', 'pipe flags=Rq user=nobody argv={scripts}/exits ${{user}}'),
    ('smtpd', 'pass', '-', 'smtpd'), ('dnsblog', 'unix', 0, 'dnsblog'), ('tlsproxy', 'unix', 0, 'tlsproxy'),
]
# Domain: transport and next hop.
ROUTES = {
    'peer.test': 'smtp:[127.0.0.1]:{sink}', 'tls.test': 'smtptls:[127.0.0.1]:{tlssink}', 'maytls.test': 'smtp:[127.0.0.1]:{tlssink}',
    'notls.test': 'smtptls:[127.0.0.1]:{sink}', 'slow.test': 'smtpslow:[127.0.0.1]:{slow}', 'cache.test': 'smtpcache:[127.0.0.1]:{sink}',
    'old.test': 'smtp:[127.0.0.1]:{old}', 'busy.test': 'smtp:[127.0.0.1]:{busy}', 'never.test': 'smtp:[127.0.0.1]:{never}',
    'amavis.test': 'smtp:[127.0.0.1]:{wordy}', 'refused.test': 'smtp:[127.0.0.1]:{nobody}', 'suspend.test': 'suspend:[127.0.0.1]:{nobody}',
    'soft.test': 'soft:[127.0.0.1]:{sink}', 'lmtp.test': 'lmtp:inet:[127.0.0.1]:{lmtp}', 'viaout.test': 'relay:[127.0.0.1]:{out}',
    'discard.test': 'discard:thrown away',
    'error.test': 'error:5.1.2 there is no such place', 'retry.test': 'retry:4.3.5 not now', 'exits.test': 'exits',
}
EXITS = """#!/bin/sh
# Exits with the number in the address: exitNN.something
cat >/dev/null
code=${1%%.*}
code=${code#exit}
[ "$code" = 0 ] || echo "exit $code, as the address says"
exit "$code"
"""
HEADER_CHECKS = r"""
/^Subject: .*reject-me/    REJECT not this subject; status=sent (x)
/^Subject: .*tempfail-me/  REJECT 4.7.1 come back with a better subject
/^Subject: .*hold-me/      HOLD looks interesting
/^Subject: .*discard-me/   DISCARD nobody wants it
/^Subject: .*filter-me/    FILTER filter:[127.0.0.1]:{filter}
/^Subject: .*redirect-me/  REDIRECT ok.redirected@peer.test
/^Subject: .*replace-me/   REPLACE Subject: replaced
/^Subject: .*prepend-me/   PREPEND X-E2E: prepended
/^Subject: .*warn-me/      WARN strange subject
/^Subject:/                INFO
"""
BODY_CHECKS = """
/^body-reject/   REJECT not this text
/^body-warn/     WARN strange text
/^body-discard/  DISCARD
"""
ALIASES = """
list ok.list.a@peer.test, r550.list.b@peer.test
quiet /dev/null
owned ok.owned.a@peer.test
owner-owned ok.owned.owner@peer.test
command "|{scripts}/exits exit0"
failing "|{scripts}/exits exit75"
missing "|{scripts}/exits exit69"
loop loop@local.test
postmaster ok.postmaster@peer.test
"""


def free_ports(n):
    """n ports that nobody listens on, below the range from which clients get theirs."""
    found, port = [], random.randrange(20000, 29000)
    while len(found) < n:
        port += 1
        with socket.socket() as s:
            try:
                s.bind(('127.0.0.1', port))
                found.append(port)
            except OSError:
                pass
    return found


class World:
    """Peers, helpers and instances; everything that has to be ended again is ended by close()."""

    def __init__(self, folder):
        self.folder, self.journal, self.owned = folder, [], []
        os.chmod(folder, 0o755)
        os.makedirs(os.path.join(folder, 'etc'))
        self.certificate()
        names = list(PORTS) + ['out', 'nobody']
        self.ports = dict(zip(names, free_ports(len(names))))
        self.peers()
        values = {**self.ports, 'scripts': os.path.join(folder, 'etc')}
        self.scripts(values)
        self.mx = self.make_mx(values)
        self.out = self.make_out(values)
        self.instances = [self.mx, self.out]

    def certificate(self):
        import ssl
        self.cert, self.key = (os.path.join(self.folder, 'etc', n) for n in ('cert.pem', 'key.pem'))
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', self.key, '-out', self.cert, '-days', '2',
                        '-subj', '/CN=e2e.test'], check=True, capture_output=True)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self.cert, self.key)

    def peers(self):
        sinks = {
            'sink': Sink(self.journal), 'slow': Sink(self.journal), 'tlssink': Sink(self.journal, tls=self.tls),
            'lmtp': Sink(self.journal, lmtp=True, wording='<{rcpt}> {id} Saved'), 'old': Sink(self.journal, utf8=False),
            'busy': Sink(self.journal, greeting='421 4.3.2 too busy'), 'never': Sink(self.journal, greeting='554 5.3.2 no mail here'),
            'wordy': Sink(self.journal, wording='from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as {id}'),
        }
        reinject = self.ports['reinject']
        self.filters = {
            'filter': Filter(reinject), 'proxy': Filter(reinject),
            'amavis': Filter(reinject, '250 2.0.0 from MTA(smtp:[127.0.0.1]:%d): {reply}' % reinject),
        }
        milter = Milter()
        self.sasl = Sasl(os.path.join(self.folder, 'auth'))
        self.owned += [*sinks.values(), *self.filters.values(), milter, self.sasl]
        self.ports.update({name: s.port for name, s in {**sinks, **self.filters, 'milter': milter}.items()})

    def scripts(self, values):
        def put(name, text, mode=0o644):
            path = os.path.join(self.folder, 'etc', name)
            with open(path, 'w', encoding='utf-8') as f:
                f.write(text)
            os.chmod(path, mode)
            return path
        put('exits', EXITS, 0o755)
        put('header_checks', HEADER_CHECKS.format(**values))
        put('body_checks', BODY_CHECKS)
        put('aliases', ALIASES.format(**values))
        put('transport', ''.join('%s %s\n' % (d, t.format(**values)) for d, t in ROUTES.items()))
        put('virtual', 'nick@valias.test ok.nick@peer.test\nboth@valias.test ok.both.a@peer.test, r550.both.b@peer.test\n')
        put('vmailbox', 'box@vmail.test box\n')
        put('unknown', '/^unknown\\./ REJECT\n')
        put('access', '/^sreject@/ REJECT\n/^shold@/ HOLD\n/^sdiscard@/ DISCARD\n/^swarn@/ WARN suspicious\n/^sdefer@/ 450 4.7.1 later\n')
        put('recipients', '!/^unknown\\./ OK\n')
        put('screen', '127.0.0.66 reject\n')
        os.makedirs(os.path.join(self.folder, 'forward'))
        os.makedirs(os.path.join(self.folder, 'spool'))
        os.chmod(os.path.join(self.folder, 'spool'), 0o1777)
        with open(os.path.join(self.folder, 'forward', 'games'), 'w', encoding='ascii') as f:
            f.write('ok.games@peer.test\n')

    def make_mx(self, values):
        etc = os.path.join(self.folder, 'etc')
        main = {
            'myhostname': 'mx.e2e.test', 'mydestination': 'local.test', 'mynetworks': '127.0.0.1/32', 'myorigin': 'mx.e2e.test',
            'relay_domains': ' '.join(ROUTES), 'relay_recipient_maps': 'regexp:%s/recipients' % etc, 'transport_maps': 'texthash:%s/transport' % etc,
            'alias_maps': 'texthash:%s/aliases' % etc, 'alias_database': '', 'local_recipient_maps': 'proxy:unix:passwd.byname $alias_maps',
            'virtual_alias_maps': 'texthash:%s/virtual' % etc, 'virtual_alias_domains': 'valias.test', 'virtual_mailbox_domains': 'vmail.test',
            'virtual_mailbox_maps': 'texthash:%s/vmailbox' % etc, 'virtual_mailbox_base': self.folder + '/spool',
            'virtual_uid_maps': 'static:65534', 'virtual_gid_maps': 'static:65534', 'virtual_minimum_uid': '1',
            'mail_spool_directory': self.folder + '/spool', 'forward_path': self.folder + '/forward/${user}', 'allow_mail_to_commands': 'alias',
            'header_checks': 'regexp:%s/header_checks' % etc, 'body_checks': 'regexp:%s/body_checks' % etc,
            'smtpd_relay_restrictions': 'permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination',
            'smtpd_helo_restrictions': 'reject_invalid_helo_hostname, check_helo_access inline:{evil.example=REJECT}',
            'smtpd_sender_restrictions': 'check_sender_access regexp:%s/access' % etc, 'smtpd_client_port_logging': 'yes',
            'smtpd_tls_security_level': 'may', 'smtpd_tls_cert_file': self.cert, 'smtpd_tls_key_file': self.key, 'smtpd_tls_loglevel': '1',
            'smtpd_tls_received_header': 'yes', 'tls_random_source': 'dev:/dev/urandom', 'smtp_tls_security_level': 'may', 'smtp_tls_loglevel': '1',
            'smtpd_sasl_auth_enable': 'yes', 'smtpd_sasl_type': 'dovecot', 'smtpd_sasl_path': 'unix:%s/auth' % self.folder,
            'message_size_limit': '300000', 'mailbox_size_limit': '0', 'hopcount_limit': '20', 'smtputf8_enable': 'yes',
            'smtpd_authorized_xclient_hosts': '127.0.0.1', 'qmqpd_authorized_clients': '127.0.0.9',
            # A peer that misbehaves must not suspend the deliveries of other tests; `suspend` and `smtpslow` are for that.
            'default_destination_concurrency_failed_cohort_limit': '0', 'suspend_destination_concurrency_failed_cohort_limit': '1',
            'suspend_destination_concurrency_limit': '1', 'suspend_initial_destination_concurrency': '1',
            'smtpcache_destination_concurrency_limit': '1',
            'exits_destination_recipient_limit': '1', 'postscreen_cache_map': 'btree:$data_directory/screen', 'postscreen_greet_wait': '1s',
            'postscreen_greet_action': 'enforce', 'postscreen_access_list': 'cidr:%s/screen' % etc, 'postscreen_denylist_action': 'enforce',
            'postscreen_blacklist_action': 'enforce', 'address_verify_map': 'btree:$data_directory/verify',
            'address_verify_poll_count': '10', 'address_verify_poll_delay': '1s', 'smtpd_soft_error_limit': '100', 'smtpd_hard_error_limit': '100',
        }
        services = [('127.0.0.1:%d' % self.ports[name], 'inet', 1 if name == 'screened' else '-', command.format(**values))
                    for name, command in PORTS.items()]
        services += [(name, kind, limit, command.format(**values)) for name, kind, limit, command in SERVICES]
        return Instance('mx', os.path.join(self.folder, 'mx'), main, services)

    def make_out(self, values):
        """The second instance: another name in the log, long queue IDs, no port of clients."""
        etc = os.path.join(self.folder, 'etc')
        main = {
            'myhostname': 'out.e2e.test', 'mydestination': '', 'mynetworks': '127.0.0.0/8', 'multi_instance_name': 'postfix-out',
            'syslog_name': '${multi_instance_name?{$multi_instance_name}:{postfix}}', 'enable_long_queue_ids': 'yes',
            'transport_maps': 'inline:{ {viaout.test = smtp:[127.0.0.1]:%d}, {peer.test = smtp:[127.0.0.1]:%d} }' % (values['sink'], values['sink']),
            'header_checks': 'regexp:%s/header_checks' % etc, 'local_recipient_maps': '', 'smtpd_authorized_xforward_hosts': '127.0.0.0/8',
            'default_destination_concurrency_failed_cohort_limit': '0', 'mydomain': 'e2e.test', 'myorigin': 'out.e2e.test',
        }
        return Instance('out', os.path.join(self.folder, 'out'), main, [('127.0.0.1:%d' % self.ports['out'], 'inet', '-', 'smtpd')])

    def start(self):
        for i in self.instances:
            i.start()

    def close(self):
        for i in self.instances:
            i.stop()
        for thing in self.owned:
            thing.close()
