"""The service in its house: health, renewed certificates, a database that goes away, passwords that change."""

import imaplib
import ssl
from collections.abc import Callable

import pytest

from integration.dovecot_service.clients import Clients
from integration.dovecot_service.house import PASSWORD, SECRETS, MailHouse, wait_for
from machiya.adapters.dovecot.http_api import DoveadmApi
from machiya.adapters.dovecot.mailbox_files import DoveadmMailboxFiles
from machiya.core.addresses import EmailAddress

pytestmark = pytest.mark.mailstack


def test_renewed_certificate_is_taken_without_dropping_a_connection(
    house: MailHouse, clients: Clients, mailbox: str
) -> None:
    session = clients.imap(mailbox)
    house.certificate.renew()
    house.write_secrets()
    house.execute("dovecot", "doveadm", "reload")
    wait_for(lambda: _shown(house) in house.certificate.certificate, "the old certificate is still shown")
    assert session.noop()[0] == "OK"
    assert session.select("INBOX")[0] == "OK"
    session.logout()


def test_reload_argv_and_check_argv_of_the_model_work(house: MailHouse) -> None:
    [service] = [one for one in house.services if one.name == "dovecot"]
    said = house.execute("dovecot", *service.check)
    assert "ssl_min_protocol = TLSv1.3" in said
    assert "controller" not in said
    house.execute("dovecot", *service.reload)


WAYS: dict[str, tuple[Callable[[MailHouse], None], Callable[[MailHouse], None]]] = {
    "frozen": (lambda house: house.signal("mariadb", "STOP"), lambda house: house.signal("mariadb", "CONT")),
    "stopped": (lambda house: house.stop("mariadb"), lambda house: house.start("mariadb")),
}


@pytest.mark.parametrize("how", WAYS)
def test_database_away_is_temporary_and_well_again_without_restart(
    house: MailHouse, clients: Clients, mailbox: str, how: str
) -> None:
    assert clients.deliver(mailbox).startswith("250")
    gone, back = WAYS[how]
    gone(house)
    try:
        assert clients.deliver(mailbox).startswith("451")
        with pytest.raises(imaplib.IMAP4.error, match="UNAVAILABLE"):
            clients.imap(mailbox)
        assert clients.deliver("nobody@home.test").startswith("451")
    finally:
        back(house)
    wait_for(lambda: clients.deliver(mailbox).startswith("250"), "mail does not come in again", house.log)
    wait_for(lambda: _logs_in(clients, mailbox), "nobody logs in again", house.log)
    assert house.health("dovecot") == "healthy"


def test_postfix_can_ask_who_may_log_in(clients: Clients, mailbox: str) -> None:
    assert clients.asked(mailbox, PASSWORD).startswith("OK\t1\t")
    assert clients.asked(mailbox, "wrong").startswith("FAIL\t1\t")


def test_kick_ends_sessions_of_one_mailbox(
    house: MailHouse, clients: Clients, mailbox: str, new_mailbox: Callable[..., str]
) -> None:
    other = clients.imap(new_mailbox())
    session = clients.imap(mailbox)
    house.sessions.end([EmailAddress.parse(mailbox)])
    wait_for(lambda: _over(session), "the session goes on")
    session.shutdown()
    assert other.noop()[0] == "OK"
    other.logout()
    house.sessions.end([EmailAddress.parse(mailbox)])


def test_the_api_tells_what_a_mailbox_holds(house: MailHouse, clients: Clients, mailbox: str) -> None:
    files = DoveadmMailboxFiles(f"http://{house.inside}:8080", SECRETS["doveadm_api_key"])
    address = EmailAddress.parse(mailbox)
    assert (files.message_count(address), files.usage_bytes(address)) == (0, 0)
    assert clients.deliver(mailbox).startswith("250")
    assert files.message_count(address) == 1
    assert files.usage_bytes(EmailAddress.parse("nobody@home.test")) == 0


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("fetch", {"field": ["text"], "query": ["ALL"]}), ("mailboxList", {}), ("expunge", {"query": ["ALL"]}),
        ("mailboxDelete", {"mailbox": ["INBOX"]}), ("flagsAdd", {"flag": ["x"], "query": ["ALL"]}),
    ],
)  # fmt: skip
def test_the_api_takes_no_command_that_reads_or_changes_mail(
    house: MailHouse, mailbox: str, command: str, more: dict[str, object]
) -> None:
    api = DoveadmApi(f"http://{house.inside}:8080", SECRETS["doveadm_api_key"])
    assert api.ask(command, {"user": mailbox, **more}) == ("error", {"type": "unAuthorized", "exitCode": 0})


def test_health_makes_no_noise(house: MailHouse) -> None:
    before = house.log().count("Connect from")
    for _ in range(3):
        house.execute("dovecot", "/usr/local/lib/machiya/bin/healthy")
    assert house.log().count("Connect from") - before <= 1


def _shown(house: MailHouse) -> str:
    return ssl.get_server_certificate((house.vpn, 993), timeout=90)


def _logs_in(clients: Clients, mailbox: str) -> bool:
    try:
        clients.imap(mailbox).logout()
    except imaplib.IMAP4.error:
        return False
    return True


def _over(session: imaplib.IMAP4) -> bool:
    try:
        session.noop()
    except (imaplib.IMAP4.abort, OSError):
        return True
    return False
