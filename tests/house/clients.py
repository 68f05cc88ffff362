"""Who talks to the house: a stranger at the front door, mail programs on the VPN."""

import imaplib
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from house.house import DOMAIN, PASSWORD, House
from house.waiting import soon

SECONDS = 120.0
STRANGER = "stranger@street.example"


@dataclass
class Handed:
    """What the front door answered: one reply a recipient, and the last one."""

    recipients: list[tuple[int, str]] = field(default_factory=list)
    end: tuple[int, str] = (0, "")


def hand_in(house: House, recipients: Sequence[str], content: bytes, sender: str = STRANGER) -> Handed:
    """A message to the front door."""
    handed = Handed()
    with smtplib.SMTP("127.0.0.1", house.front_door_port, local_hostname="street.example", timeout=SECONDS) as client:
        client.ehlo()
        code, said = client.mail(sender, ["BODY=8BITMIME"])
        if code != 250:
            return Handed([_told((code, said))] * len(recipients))
        handed.recipients = [_told(client.rcpt(recipient)) for recipient in recipients]
        if any(code == 250 for code, _ in handed.recipients):
            handed.end = _told(client.data(content))
    return handed


def send(house: House, recipient: str, content: bytes, sender: str = STRANGER) -> None:
    """A message that the front door must take."""
    handed = hand_in(house, [recipient], content, sender)
    assert (handed.recipients[0][0], handed.end[0]) == (250, 250), handed


def knows(house: House, address: str) -> bool:
    """Whether the edge takes mail for ``address``, and not because it takes everything."""
    with smtplib.SMTP("127.0.0.1", house.front_door_port, local_hostname="street.example", timeout=SECONDS) as client:
        client.ehlo()
        client.mail(STRANGER)
        return (client.rcpt(address)[0], client.rcpt(f"nobody@{DOMAIN}")[0]) == (250, 550)


def open_mailbox(house: House, name: str, quota: str = "") -> str:
    """A new mailbox, known at the edge."""
    address = house.mailbox(name, quota)
    soon(lambda: knows(house, address), f"the edge knows {address}")
    return address


def _told(answer: tuple[int, bytes]) -> tuple[int, str]:
    return answer[0], answer[1].decode("utf-8", "replace")


def letter(
    token: str, body: str = "hello\r\n", sender: str = STRANGER, to: str = "you@home.test", head: str = ""
) -> bytes:
    """A plain message of now (rspamd counts another date against it); its subject is ``token``."""
    return (
        f"From: {sender}\r\nTo: {to}\r\nSubject: {token}\r\nMessage-ID: <{token}@street.example>\r\n"
        f"Date: {formatdate()}\r\n{head}\r\n{body}"
    ).encode()


def written(sender: str, to: str, token: str, **headers: str) -> EmailMessage:
    """What a mail program makes."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, token
    made["Message-ID"] = make_msgid(domain="home.test")
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content("hello")
    return made


@contextmanager
def mail_program(house: House, login: str, password: str = PASSWORD) -> Iterator[imaplib.IMAP4_SSL]:
    """A session over IMAPS from the VPN; the test itself goes on outside of it."""
    with house.vpn.inside():
        session = imaplib.IMAP4_SSL(house.vpn.machine, 993, ssl_context=house.trusting(), timeout=SECONDS)
    with session:
        session.login(login, password)
        yield session


def is_over(session: imaplib.IMAP4) -> bool:
    """Whether the house has hung up; then nothing is said on this side, either."""
    try:
        session.noop()
    except (imaplib.IMAP4.abort, OSError):
        session.shutdown()
        session.state = "LOGOUT"
        return True
    return False


def read(house: House, login: str, token: str, folder: str = "INBOX") -> bytes:
    """The message about ``token``, as a mail program on the VPN reads it."""
    with mail_program(house, login) as session:
        session.select(folder, readonly=True)
        _, found = session.search(None, "SUBJECT", token)
        (number,) = found[0].split()
        _, data = session.fetch(number, "(BODY.PEEK[])")
        content: bytes = data[0][1]  # type: ignore[index, assignment]
        return content


@contextmanager
def submission(house: House, *, implicit: bool = False, tls: bool = True) -> Iterator[smtplib.SMTP]:
    """A connection to Postfix from the VPN, not logged in."""
    context: ssl.SSLContext = house.trusting()
    with house.vpn.inside():
        if implicit:
            with smtplib.SMTP_SSL(house.vpn.machine, 465, timeout=SECONDS, context=context) as client:
                yield client
            return
        with smtplib.SMTP(house.vpn.machine, 587, local_hostname="laptop.lan", timeout=SECONDS) as client:
            client.ehlo()
            if tls:
                client.starttls(context=context)
                client.ehlo()
            yield client


def submit(house: House, login: str, message: EmailMessage, *, implicit: bool = False, sender: str = "") -> None:
    """Log in and send."""
    with submission(house, implicit=implicit) as client:
        client.login(login, PASSWORD)
        client.send_message(message, from_addr=sender or login)
