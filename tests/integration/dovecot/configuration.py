"""The house's own Dovecot configuration, made to listen on loopback only and to take its users from a file."""

import re
from dataclasses import replace
from pathlib import Path

from fakes.stacks_samples import FACTS
from machiya.stacks.catalogue.dovecot.service import service
from machiya.stacks.templates import fill

# What needs the rest of the house: the database, its secrets, its certificate.
_ELSEWHERE = re.compile(
    r"^(passdb|userdb) [\w-]+ \{\n.*?^\}\n|^(!include|ssl_server_\w+_file =) [^\n]*\n", re.MULTILINE | re.DOTALL
)


def house_files(local: str) -> dict[str, str]:
    """The files of ``/etc/dovecot``; ``local`` comes last in the configuration."""
    root = Path("/srv/house")
    facts = replace(FACTS, root=root, fast=root, bulk=root, run=root, secrets=root)
    texts = {file.path: fill(service(facts), file.template, facts) for file in service(facts).configs}
    return texts | {"dovecot.conf": _ELSEWHERE.sub("", texts["dovecot.conf"]) + local}


def local_part(*, lmtp_port: int, imap_port: int, doveadm_port: int, api_key: str, users: str) -> str:
    """Plain text on loopback, no other listener, no warning mail, no tag: the tests name mailboxes as they like."""
    listening = {
        ("imap-login", "imap"): imap_port,
        ("imap-login", "imaps"): 0,
        ("pop3-login", "pop3s"): 0,
        ("managesieve-login", "sieve"): 0,
        ("auth", "sasl"): 0,
        ("lmtp", "lmtp"): lmtp_port,
        ("doveadm", "http"): doveadm_port,
    }
    services = "".join(_listener(*names, port) for names, port in listening.items())
    return f"""
ssl = no
auth_allow_cleartext = yes
doveadm_api_key = {api_key}
recipient_delimiter =
passdb passwd-file {{
  passwd_file_path = {users}
}}
userdb passwd-file {{
  passwd_file_path = {users}
}}
service quota-warning {{
  executable = script /bin/true
}}
{services}"""


def _listener(daemon: str, name: str, port: int) -> str:
    return f"""service {daemon} {{
  inet_listener {name} {{
    listen = 127.0.0.1
    port = {port}
  }}
}}
"""
