"""The ports on which services wait for one another, by the names that templates use; each service owns its own."""

from collections.abc import Mapping
from types import MappingProxyType

from machiya.stacks.catalogue.clamav import service as clamav
from machiya.stacks.catalogue.dovecot import service as dovecot
from machiya.stacks.catalogue.mail_api import service as mail_api
from machiya.stacks.catalogue.mariadb import service as mariadb
from machiya.stacks.catalogue.nginx import service as nginx
from machiya.stacks.catalogue.postfix import service as postfix
from machiya.stacks.catalogue.redis import service as redis
from machiya.stacks.catalogue.rspamd import service as rspamd
from machiya.stacks.catalogue.tunnel import service as tunnel
from machiya.stacks.catalogue.usermgmt import service as usermgmt

PORTS: Mapping[str, int] = MappingProxyType(
    {
        "clamav": clamav.PORT,
        "doveadm": dovecot.DOVEADM_PORT,
        "health": nginx.HEALTH_PORT,
        "imaps": dovecot.IMAPS_PORT,
        "lmtp": dovecot.LMTP_PORT,
        "mail_api": mail_api.PORT,
        "managesieve": dovecot.MANAGESIEVE_PORT,
        "mariadb": mariadb.PORT,
        "nginx": nginx.PORT,
        "redis": redis.PORT,
        "rspamd": rspamd.PORT,
        "rspamd_controller": rspamd.CONTROLLER_PORT,
        "rspamd_milter": rspamd.MILTER_PORT,
        "sasl": dovecot.SASL_PORT,
        "stand_in": tunnel.PORT,
        "submissions": postfix.SUBMISSIONS_PORT,
        "usermgmt_webmail": usermgmt.WEBMAIL_PORT,
    }
)
