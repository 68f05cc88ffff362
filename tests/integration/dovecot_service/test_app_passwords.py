"""App passwords with the real Dovecot and MariaDB: every protocol, revocation, webmail, and what strangers may type."""

import base64
import hashlib
import imaplib
import poplib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from integration.dovecot_service.clients import Clients, Sieve
from integration.dovecot_service.house import PASSWORD, PREFIX, MailHouse, wait_for
from machiya.accounts.app_passwords import add_app_password, list_app_passwords, revoke_app_password
from machiya.accounts.mailboxes import change_mailbox
from machiya.adapters.passwords.argon2id import Argon2idHasher
from machiya.core.addresses import EmailAddress
from machiya.core.clock import SystemClock
from machiya.stacks.networks import Network, address

pytestmark = pytest.mark.mailstack
WEBMAIL = address(PREFIX, Network.MAILSERVER, "roundcube")
PROGRAM = "100.64.0.7"
ODD = (
    *("'", '"', "\\", "\\'", "' OR '1'='1", "'; DROP TABLE app_passwords; -- ", "`", "\t", "\x01", "a" * 5000, ""),
    *("%{user}", "%{password}", "%{password | sha256 | hexlify}", "%%", "%u", "%", "$SET:x", "{PLAIN}x", "{ARGON2ID}"),
    *("日本語", "\u202e", "e\u0301", "\U0001f600"),
)
NOT_TEXT = ["\0", "a\0b", "\udcff\udcfe"]


@pytest.fixture
def device(house: MailHouse, mailbox: str) -> str:
    """An app password of ``mailbox``."""
    return _device(house, mailbox, "Phone")


def _device(house: MailHouse, mailbox: str, name: str) -> str:
    return add_app_password(house.work(), SystemClock(), EmailAddress.parse(mailbox), name).password


def _change(house: MailHouse, mailbox: str, **how: bool | str) -> None:
    change_mailbox(house.work(), Argon2idHasher(), EmailAddress.parse(mailbox), sessions=house.sessions, **how)  # type: ignore[arg-type]


def _imap(clients: Clients, _: MailHouse, login: str, password: str) -> None:
    clients.imap(login, password).logout()


def _pop3(clients: Clients, _: MailHouse, login: str, password: str) -> None:
    clients.pop3(login, password).quit()


def _sieve(_: Clients, house: MailHouse, login: str, password: str) -> None:
    with Sieve(house) as session:
        session.start_tls(house.certificate.trusting())
        session.authenticate(login, password=password)


def _smtp(clients: Clients, _: MailHouse, login: str, password: str) -> None:
    answer = clients.asked(login, password, client=PROGRAM)
    assert answer.startswith("OK\t1\t"), answer


WAYS = {"imap": _imap, "pop3": _pop3, "sieve": _sieve, "smtp": _smtp}
REFUSED = {
    "imap": (imaplib.IMAP4.error, "AUTHENTICATIONFAILED"),
    "pop3": (poplib.error_proto, "AUTH"),
    "sieve": (AssertionError, "NO"),
    "smtp": (AssertionError, "FAIL\t1\t"),
}


@contextmanager
def _refused(way: str) -> Iterator[None]:
    kind, words = REFUSED[way]
    with pytest.raises(kind, match=words) as seen:
        yield
    assert "temp_fail" not in str(seen.value)
    assert "UNAVAILABLE" not in str(seen.value)


@pytest.mark.parametrize("way", WAYS)
def test_app_password_opens_every_door_and_its_use_is_noted(
    house: MailHouse, clients: Clients, mailbox: str, device: str, way: str
) -> None:
    unused = _device(house, mailbox, "Tablet")
    WAYS[way](clients, house, mailbox, device)
    WAYS[way](clients, house, mailbox, PASSWORD)
    phone, tablet = list_app_passwords(house.work(), EmailAddress.parse(mailbox))
    assert phone.last_use is not None
    assert phone.last_use.protocol == way
    assert phone.last_use.client_address in {PROGRAM, f"{PREFIX}.4.1"}
    assert abs((SystemClock().now() - phone.last_use.at).total_seconds()) < 600
    assert tablet.last_use is None
    assert unused != device


@pytest.mark.parametrize("way", WAYS)
def test_app_password_of_another_mailbox_or_of_nobody_is_refused(
    house: MailHouse, clients: Clients, mailbox: str, device: str, new_mailbox: Callable[..., str], way: str
) -> None:
    for login, password in ((new_mailbox(), device), (mailbox, "abcde-fghjk-mnpqr-stuvw")):
        with _refused(way):
            WAYS[way](clients, house, login, password)


def test_only_the_very_app_password_fits(clients: Clients, mailbox: str, device: str) -> None:
    digest = hashlib.sha256(device.encode()).hexdigest()
    near = (device.upper(), f"{device} ", f"{device}\n", f"{device}\r\n{device}", device[:-1], device * 2)
    _all_refused(clients, [(mailbox, wrong) for wrong in (*near, digest, f"{{SHA256.HEX}}{digest}")])
    assert clients.asked(mailbox, device).startswith("OK\t1\t")


def test_revoked_is_refused_at_once_and_its_open_session_ends_while_other_devices_come_back(
    house: MailHouse, clients: Clients, mailbox: str, device: str
) -> None:
    other = _device(house, mailbox, "Tablet")
    session = clients.imap(mailbox, device)
    assert session.select("INBOX")[0] == "OK"
    revoked = revoke_app_password(house.work(), EmailAddress.parse(mailbox), "Phone", sessions=house.sessions)
    assert revoked.open_sessions == ""
    for way, log_in in WAYS.items():
        with _refused(way):
            log_in(clients, house, mailbox, device)
    wait_for(lambda: _over(session), "the session goes on")
    session.shutdown()
    clients.imap(mailbox, other).logout()


@pytest.mark.parametrize("way", WAYS)
def test_where_app_passwords_are_required_a_mail_program_needs_one(
    house: MailHouse, clients: Clients, mailbox: str, device: str, way: str
) -> None:
    session = clients.imap(mailbox)
    _change(house, mailbox, app_passwords_required=True)
    wait_for(lambda: _over(session), "who came with the password is still logged in")
    session.shutdown()
    with _refused(way):
        WAYS[way](clients, house, mailbox, PASSWORD)
    WAYS[way](clients, house, mailbox, device)
    assert clients.deliver(mailbox).startswith("250")
    _change(house, mailbox, app_passwords_required=False)
    WAYS[way](clients, house, mailbox, PASSWORD)


@pytest.mark.parametrize("service", ["imap", "sieve", "smtp"])
def test_webmail_is_let_in_with_either_where_app_passwords_are_required(
    house: MailHouse, clients: Clients, mailbox: str, device: str, service: str
) -> None:
    _change(house, mailbox, app_passwords_required=True)
    for password in (PASSWORD, device):
        assert clients.asked(mailbox, password, service=service, client=WEBMAIL).startswith("OK\t1\t")
    for stranger in (PROGRAM, f"{WEBMAIL}0", f"::ffff:{PROGRAM}", "", f"' OR '{WEBMAIL}'='{WEBMAIL}"):
        answer = clients.asked(mailbox, PASSWORD, service=service, client=stranger)
        assert not answer.startswith("OK"), stranger


def test_disabled_mailbox_opens_with_nothing(house: MailHouse, clients: Clients, mailbox: str, device: str) -> None:
    _change(house, mailbox, enabled=False)
    for way, log_in in WAYS.items():
        for password in (PASSWORD, device):
            with _refused(way):
                log_in(clients, house, mailbox, password)
    _change(house, mailbox, enabled=True)
    clients.imap(mailbox, device).logout()


def test_password_with_every_odd_character_is_the_password_and_nothing_else(
    house: MailHouse, clients: Clients, mailbox: str
) -> None:
    odd = "a'b\"c\\d%{user}%u%%$SET:e 日本語{PLAIN}`;--"
    _change(house, mailbox, password=odd)
    assert clients.asked(mailbox, odd).startswith("OK\t1\t")
    others = (odd.replace("%{user}", mailbox), odd.replace("%%", "%"), odd.replace("\\", ""))
    _all_refused(clients, [(mailbox, other) for other in others])


def test_what_strangers_type_is_refused_as_any_wrong_password_is(
    house: MailHouse, clients: Clients, mailbox: str, device: str
) -> None:
    before = house.log().count("Error:")
    refused = [(mailbox, text) for text in ODD]
    refused += [pair for text in ODD for pair in ((text, PASSWORD), (text, device))]
    refused += [(mailbox + text, device + text) for text in ODD if text]
    _all_refused(clients, refused)
    for text in NOT_TEXT:
        for login, password in ((mailbox, text), (text, PASSWORD)):
            assert not clients.asked(login, password).startswith("OK")
    assert clients.asked(mailbox, device).startswith("OK\t1\t")
    assert house.log().count("Error:") == before


def test_nothing_of_a_password_is_in_a_question_or_a_log(
    house: MailHouse, clients: Clients, mailbox: str, device: str
) -> None:
    person, wrong = "kingfisher'\"\\%{user}", "woodpecker'\"\\%{user}"
    _change(house, mailbox, password=person)
    with _general_log(house):
        for password in (person, wrong, device):
            clients.asked(mailbox, password)
            with Sieve(house) as session:
                session.start_tls(house.certificate.trusting())
                session.authenticate(mailbox, wanted="", password=password)
    asked = "\n".join(row[0] for row in house.say("SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log"))
    assert f"login = '{mailbox}'" in asked
    assert hashlib.sha256(device.encode()).hexdigest() in asked
    house.stop("mariadb")
    try:
        for password in (person, device):
            assert "temp" in clients.asked(mailbox, password)
    finally:
        house.start("mariadb")
    wait_for(lambda: clients.asked(mailbox, person).startswith("OK"), "nobody logs in again", house.log)
    for text in (asked, house.log(), house.log("mariadb")):
        for secret in (person, wrong, device):
            assert not [trace for trace in _traces(secret) if trace in text]
        for secret in (person, wrong):
            assert hashlib.sha256(secret.encode()).hexdigest() not in text


def _all_refused(clients: Clients, tried: list[tuple[str, str]]) -> None:
    """As a wrong password is, which is not for now only. Dovecot takes its time for each, so all are tried together."""
    with ThreadPoolExecutor(16) as pool:
        for pair, answer in zip(tried, pool.map(lambda pair: clients.asked(*pair), tried), strict=True):
            assert answer.startswith("FAIL\t1\t"), pair
            assert "temp" not in answer, pair


def _traces(secret: str) -> list[str]:
    return [secret, secret[:10], base64.b64encode(secret.encode()).decode()[:12]]


@contextmanager
def _general_log(house: MailHouse) -> Iterator[None]:
    house.say("SET GLOBAL log_output = 'TABLE'")
    house.say("SET GLOBAL general_log = ON")
    try:
        yield
    finally:
        house.say("SET GLOBAL general_log = OFF")


def _over(session: imaplib.IMAP4) -> bool:
    try:
        session.noop()
    except (imaplib.IMAP4.abort, OSError):
        return True
    return False
