"""Mail programs: what they see, what they may do, and how plain text is refused."""

import imaplib
import re
import socket
import ssl
from collections.abc import Callable

import pytest

from integration.dovecot_service.certificate import HOSTNAME
from integration.dovecot_service.clients import Clients, Lines, Sieve
from integration.dovecot_service.house import MailHouse
from integration.dovecot_service.neighbours import postfix

pytestmark = pytest.mark.mailstack
TLS_ALERT = b"\x15\x03"
SPECIAL = {"Drafts": "\\Drafts", "Sent": "\\Sent", "Archive": "\\Archive", "Junk": "\\Junk", "Trash": "\\Trash"}


def test_imap_shows_special_folders_to_programs_of_any_language(clients: Clients, mailbox: str) -> None:
    session = clients.imap(mailbox)
    _, subscribed = session.lsub()
    _, found = session.list()
    session.logout()
    folders = {line.rpartition(b" ")[2].decode(): line.decode() for line in found if isinstance(line, bytes)}
    assert set(folders) == {"INBOX", *SPECIAL}
    assert all(flag in folders[name] for name, flag in SPECIAL.items())
    assert len(subscribed) == len(SPECIAL)


def test_imap_keeps_what_a_japanese_program_writes(clients: Clients, mailbox: str) -> None:
    session = clients.imap(mailbox)
    session.create('"&ZeVnLIqe-"')
    content = "Subject: =?ISO-2022-JP?B?GyRCLSEbKEI=?=\r\n\r\n①\r\n".encode("cp932")
    answer, _ = session.append('"&ZeVnLIqe-"', "", "", content)
    assert answer == "OK"
    session.logout()
    assert clients.messages(mailbox, "&ZeVnLIqe-") == [content]


def test_pop3_reads_what_lmtp_brought(clients: Clients, mailbox: str) -> None:
    clients.deliver(mailbox)
    session = clients.pop3(mailbox)
    _, lines, _ = session.retr(1)
    session.quit()
    assert lines[-1] == b"hello"


def test_listeners_are_where_their_clients_are_and_nowhere_else(house: MailHouse) -> None:
    """/proc/net/tcp: the address in hexadecimal, last octet first; state 0A listens."""
    table = house.execute("dovecot", "cat", "/proc/net/tcp")
    listening = re.findall(r"([0-9A-F]{8}):([0-9A-F]{4}) 00000000:0000 0A", table)
    found = {(socket.inet_ntoa(bytes.fromhex(where)[::-1]), int(port, 16)) for where, port in listening}
    wanted = {(house.vpn, port) for port in (993, 995, 4190)}
    wanted |= {(house.inside, port) for port in (24, 8080, 12345, 993, 4190)}  # the last two are for webmail
    assert {(where, port) for where, port in found if not where.startswith("127.")} == wanted
    assert "0A" not in {line.split()[3] for line in house.execute("dovecot", "cat", "/proc/net/tcp6").splitlines()[1:]}


def test_tls_1_2_is_refused_unless_it_is_asked_for(house: MailHouse) -> None:
    old = house.certificate.trusting(newest=ssl.TLSVersion.TLSv1_2)
    for port in (993, 995):
        with socket.create_connection((house.vpn, port), 90) as raw, pytest.raises(ssl.SSLError):
            old.wrap_socket(raw, server_hostname=HOSTNAME)


@pytest.mark.parametrize(("place", "port"), [("vpn", 993), ("vpn", 995), ("inside", 993)])
def test_plain_text_gets_no_answer(house: MailHouse, place: str, port: int) -> None:
    with Lines(getattr(house, place), port) as plain:
        plain.send(b"a LOGIN x y")
        assert plain.file.read().startswith(TLS_ALERT)


def test_managesieve_takes_no_password_before_starttls(house: MailHouse, mailbox: str) -> None:
    with Sieve(house) as session:
        assert '"SASL" ""' in session.greeting
        session.authenticate(mailbox, wanted="NO")


def test_managesieve_refuses_a_script_that_cannot_be_compiled(clients: Clients, mailbox: str) -> None:
    with pytest.raises(AssertionError, match="NO"):
        clients.sieve(mailbox, 'fileinto "x";')
    with pytest.raises(AssertionError, match="NO"):
        clients.sieve(mailbox, 'require "vnd.dovecot.pipe"; pipe "learn";')


def test_own_script_files_vacation_answers_redirect_leaves_but_not_for_spam(clients: Clients, mailbox: str) -> None:
    script = 'require ["vacation","fileinto","mailbox","copy"]; redirect :copy "me@out.test"; vacation "away";'
    clients.sieve(mailbox, f'{script} fileinto :create "Filed";')
    content = f"From: friend@out.test\nTo: {mailbox}\nSubject: hello\n\nhello\n"
    with postfix() as left:
        assert clients.deliver(mailbox, content, head="X-Machiya-Verdict: junk\n").startswith("250")
        assert not left
        assert clients.deliver(mailbox, content).startswith("250")
    assert clients.count(mailbox, "Filed") == 1
    assert {(one.sender, one.recipients) for one in left} == {
        ("", ("sender@out.test",)),
        (mailbox, ("me@out.test",)),
    }


def test_redirect_while_postfix_is_away_is_temporary_and_then_whole(clients: Clients, mailbox: str) -> None:
    clients.sieve(mailbox, 'require "copy"; redirect :copy "me@out.test";')
    delivery_id = "0d1f4b1c-0000-4000-8000-000000000001"
    assert clients.deliver(mailbox, id_=delivery_id).startswith("451")
    assert clients.count(mailbox) == 0
    with postfix() as left:
        assert clients.deliver(mailbox, id_=delivery_id).startswith("250")
    assert (clients.count(mailbox), len(left)) == (1, 1)


def test_wrong_password_is_refused_and_slows_nobody_else(
    clients: Clients, mailbox: str, new_mailbox: Callable[..., str]
) -> None:
    for _ in range(3):
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            clients.imap(mailbox, "wrong")
    clients.imap(new_mailbox()).logout()
