"""Rules between settings: what no single field can know."""

import ipaddress
import re
from collections.abc import Container, Iterator
from itertools import combinations
from urllib.parse import urlsplit

from machiya.core.addresses import DomainName, EmailAddress
from machiya.core.errors import InvalidAddress
from machiya.settings.notice_checks import notice_mistake
from machiya.settings.relay_checks import written_safely
from machiya.settings.schema import Settings
from machiya.settings.secret_section import Secrets
from machiya.settings.usermgmt_checks import people
from machiya.settings.way_in_checks import way_in

SECRET_CHARACTERS = 32
# They stand in files of daemons, each of which has its own rules of quoting.
_PLAIN_SECRETS = frozenset({"redis_password", "rspamd_controller_password"})
_PLAIN = re.compile(r"[A-Za-z0-9_.+/=-]*")
_NOT_IN_COMPOSE = frozenset(":,$")
_WILDCARDS = ("*", "0", "0.0")
_LOOPBACK = "127.0.0.1"

# One delivery over LMTP may wait for a connection, for the transaction, and once more if the connection was stale.
_STORE_WAITS = 3

Mistake = tuple[str, str]


def cross_check(settings: Settings, in_file: Container[str] = ()) -> Iterator[Mistake]:
    """Every mistake between the settings: the path of the setting to change, and what is wrong.

    ``in_file`` names the settings (``section.name``) that machiya.toml sets.
    """
    yield from _names(settings)
    yield from _listeners(settings)
    yield from _storage(settings)
    yield from _mail(settings)
    yield from _scanner(settings)
    yield from _database(settings, may_hold_password="database.url" not in in_file)
    yield from _relay(settings)
    yield from _secrets(settings.secrets)
    yield from way_in(settings)
    yield from people(settings)
    yield from settings.vault.mistakes()


def _names(settings: Settings) -> Iterator[Mistake]:
    try:
        name = DomainName.parse(settings.house.hostname).name
        if not settings.house.hostname.isascii():
            yield "house.hostname", f"SMTP greetings and Received lines are ASCII; write {name}"
    except InvalidAddress as error:
        yield "house.hostname", f"{error.message}; {error.hint}"
    try:
        if settings.house.owner:
            EmailAddress.parse(settings.house.owner)
    except InvalidAddress as error:
        yield "house.owner", f"{error.message}; {error.hint}"
    try:
        if settings.jobs.notify_mail:
            EmailAddress.parse(settings.jobs.notify_mail)
    except InvalidAddress as error:
        yield "jobs.notify_mail", f"{error.message}; {error.hint}"


def _listeners(settings: Settings) -> Iterator[Mistake]:
    listeners = {
        "mail_api.port": (settings.mail_api.host, settings.mail_api.port),
        "mail_api.private_port": (settings.mail_api.private_host, settings.mail_api.private_port),
        "front_door.port": (settings.front_door.host, settings.front_door.port),
        "usermgmt.port": (settings.usermgmt.host, settings.usermgmt.port),
    }
    for (first, one), (second, other) in combinations(listeners.items(), 2):
        if one[1] == other[1]:
            yield f"{second}", f"{other[1]} is the port of {first} too; give each its own"
    for path, listener in listeners.items():
        if settings.mail.store == "lmtp" and listener == (settings.lmtp.host, settings.lmtp.port):
            yield "lmtp.port", f"{settings.lmtp.host}:{settings.lmtp.port} is {path} of this house; mail would circle"
    yield from _open_hosts(settings)


def _open_hosts(settings: Settings) -> Iterator[Mistake]:
    hosts = {
        "mail_api.host": settings.mail_api.host,
        "mail_api.private_host": settings.mail_api.private_host,
        "front_door.host": settings.front_door.host,
        "usermgmt.host": settings.usermgmt.host,
        "usermgmt.webmail_host": settings.usermgmt.webmail_host or _LOOPBACK,
    }
    for path, host in hosts.items():
        if not host:
            yield path, "is empty; 127.0.0.1 is the safe choice"
        elif is_open(host) and not settings.house.open_ports_reason:
            yield (
                path,
                f'"{host}" can be reached from the street; use a private address or say why in house.open_ports_reason',
            )


def is_open(host: str) -> bool:
    """Whether listening on ``host`` may be reached from the street: a wildcard or a global address."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return host in _WILDCARDS
    return address.is_unspecified or address.is_global


def _storage(settings: Settings) -> Iterator[Mistake]:
    folders = {name: getattr(settings.storage, name) for name in type(settings.storage).model_fields}
    for (first, one), (second, other) in combinations(folders.items(), 2):
        if one == other or one in other.parents or other in one.parents:
            yield (
                f"storage.{second}",
                f"{other} and storage.{first} ({one}) lie in one another; give each its own folder",
            )
    for name, folder in folders.items():
        if folder == settings.root or folder in settings.root.parents:
            yield f"storage.{name}", f"{folder} is the house's own folder or above it; give it a folder of its own"
        elif folder.exists() and not folder.is_dir():
            yield f"storage.{name}", f"{folder} is not a folder"
        elif settings.house.engine == "docker" and _NOT_IN_COMPOSE & set(str(folder)):
            yield f"storage.{name}", f"{folder} has one of : , $, which a house in containers cannot mount"


def _mail(settings: Settings) -> Iterator[Mistake]:
    mail = settings.mail
    if mail.buffer_bytes < mail.message_bytes:
        yield "mail.buffer_bytes", "is smaller than mail.message_bytes; the largest message must fit"
    if mail.store == "lmtp" and mail.lease_seconds < _STORE_WAITS * settings.lmtp.timeout_seconds:
        yield (
            "mail.lease_seconds",
            "must be at least three times lmtp.timeout_seconds, or a second attempt starts while the first still waits",
        )


def _scanner(settings: Settings) -> Iterator[Mistake]:
    scanner = settings.scanner
    if scanner.junk_score >= scanner.quarantine_score:
        yield "scanner.junk_score", "must be lower than scanner.quarantine_score"
    if scanner.url and urlsplit(scanner.url).scheme not in {"http", "https"}:
        yield "scanner.url", "not a URL; write it like http://127.0.0.1:11333"
    if _scans(settings) and not _scanned_in_time(settings):
        yield (
            "scanner.timeout_seconds",
            "with three times lmtp.timeout_seconds it must not be longer than mail.lease_seconds",
        )


def _scans(settings: Settings) -> bool:
    return settings.scanner.enabled and bool(settings.scanner.url or settings.house.engine == "docker")


def _scanned_in_time(settings: Settings) -> bool:
    """A lease that holds for the store alone is judged with the scan too; one that does not was told of already."""
    stores = _STORE_WAITS * settings.lmtp.timeout_seconds if settings.mail.store == "lmtp" else 0
    return not stores <= settings.mail.lease_seconds < stores + settings.scanner.timeout_seconds


def _database(settings: Settings, *, may_hold_password: bool) -> Iterator[Mistake]:
    url = settings.database.url
    if not url:
        return
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError:
        yield "database.url", "not a URL; write it like mysql+pymysql://machiya@127.0.0.1/machiya"
        return
    if not parts.scheme:
        yield "database.url", "not a URL; write it like mysql+pymysql://machiya@127.0.0.1/machiya"
    if password and not may_hold_password:
        yield "database.url", "holds a password; leave it out and run machiya secret set database_password"


def _relay(settings: Settings) -> Iterator[Mistake]:
    yield from written_safely(settings.relay)
    if settings.relay.preset == "custom" and not settings.relay.host:
        yield "relay.host", 'is empty; preset = "custom" needs a host'
    for name, choice in settings.relay.domains.items():
        if not choice.filled.host:
            yield "relay.domains", f'{name}: preset = "custom" needs a host'
    named = settings.relay.domains
    text = settings.secrets.relay_domain_passwords.get_secret_value()
    for pair in text.split():
        domain, equals, password = pair.partition("=")
        if not (equals and password):
            yield "secrets.relay_domain_passwords", "is not written as example.jp=PASSWORD, separated by spaces"
        elif domain not in named:
            yield "secrets.relay_domain_passwords", f"has a password for {domain}, which is not in relay.domains"


def _secrets(secrets: Secrets) -> Iterator[Mistake]:
    for name in type(secrets).model_fields:
        mistake = secret_mistake(name, getattr(secrets, name).get_secret_value())
        if mistake:
            yield f"secrets.{name}", mistake


def secret_mistake(name: str, text: str) -> str:
    """What is wrong with ``text`` as the secret ``name``, without repeating it; empty: nothing."""
    if not (text.isascii() and text.isprintable()):
        return "has a character that is not printable ASCII"
    if name in _PLAIN_SECRETS and not _PLAIN.fullmatch(text):
        return "may hold letters, digits and _ . + / = - only"
    if name.startswith("notify_") and text:
        return notice_mistake(text)
    if text and name.startswith("edge_") and len(text) < SECRET_CHARACTERS:
        return f"has {len(text)} characters, needs at least {SECRET_CHARACTERS}"
    return ""
