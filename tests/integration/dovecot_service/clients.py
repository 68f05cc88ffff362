"""Mail programs and the house, as Dovecot meets them."""

import base64
import imaplib
import json
import poplib
import socket
import ssl
import urllib.request
import uuid
from typing import Any, Self

from integration.dovecot_service.certificate import HOSTNAME
from integration.dovecot_service.house import PASSWORD, SECRETS, MailHouse

SECONDS = 90.0
SENDER = "sender@out.test"


class Clients:
    """Everybody who talks to the Dovecot of ``house``."""

    def __init__(self, house: MailHouse) -> None:
        self._house = house

    def imap(self, login: str, password: str = PASSWORD) -> imaplib.IMAP4:
        """A session of a mail program."""
        session = _Imap(self._house.vpn, self._house.certificate.trusting())
        try:
            session.login(login, password)
        except BaseException:
            session.shutdown()
            raise
        return session

    def pop3(self, login: str, password: str = PASSWORD) -> poplib.POP3:
        """The same for POP3."""
        raw = socket.create_connection((self._house.vpn, 995), SECONDS)
        session = _Pop3(self._house.certificate.trusting().wrap_socket(raw, server_hostname=HOSTNAME))
        session.user(login)
        try:
            session.pass_(password)
        except BaseException:
            session.close()
            raise
        return session

    def count(self, login: str, folder: str = "INBOX") -> int:
        """Messages in a folder."""
        session = self.imap(login)
        try:
            answer, [number] = session.select(f'"{folder}"', readonly=True)
            assert answer == "OK", number
            return int(number or b"0")
        finally:
            session.logout()

    def messages(self, login: str, folder: str = "INBOX") -> list[bytes]:
        """Every message of a folder."""
        session = self.imap(login)
        try:
            _, [number] = session.select(f'"{folder}"', readonly=True)
            fetched = [session.fetch(str(one), "(BODY.PEEK[])")[1] for one in range(1, int(number or b"0") + 1)]
            return [bytes(answer[0][1]) for answer in fetched]  # type: ignore[index]
        finally:
            session.logout()

    def sieve(self, login: str, script: str) -> None:
        """Make ``script`` the active one over ManageSieve."""
        octets = script.encode()
        with Sieve(self._house) as session:
            session.start_tls(self._house.certificate.trusting())
            session.authenticate(login)
            session.say(b'PUTSCRIPT "mine" {%d+}\r\n%s' % (len(octets), octets))
            session.say(b'SETACTIVE "mine"')

    def deliver(
        self,
        mailbox: str,
        content: str = "Subject: x\n\nhello\n",
        *,
        sent_to: str = "",
        head: str = "",
        id_: str = "",
        sender: str = SENDER,
    ) -> str:
        """Hand a message over LMTP as mail-api does; the reply for the mailbox."""
        delivery_id = id_ or str(uuid.uuid4())
        prefix = (
            f"Received: from the edge by {HOSTNAME} (Machiya) with HTTPS\n\tid {delivery_id}\n"
            f"\tfor <{sent_to or mailbox}>;\n\tSat, 28 Nov 2026 12:00:00 +0000\nX-Machiya-Delivery: {delivery_id}\n"
        )
        return self.deliver_raw(mailbox, (prefix + head + content).replace("\n", "\r\n").encode(), sender)

    def deliver_raw(self, mailbox: str, octets: bytes, sender: str = SENDER) -> str:
        """Hand these very bytes over, CRLF lines without dots to be doubled, as Postfix does; the reply."""
        with Lmtp(self._house.inside) as session:
            return session.deliver(mailbox, octets, sender)

    def asked(self, login: str, password: str, *, service: str = "smtp", client: str = "10.0.0.1") -> str:
        """What Dovecot answers to who asks for somebody at ``client``, as Postfix does for the service ``smtp``."""
        token = base64.b64encode(f"\0{login}\0{password}".encode("utf-8", "surrogateescape")).decode()
        with Lines(self._house.inside, 12345) as auth:
            auth.send(b"VERSION\t1\t2")
            auth.send(b"CPID\t1")
            while auth.line() != "DONE":
                pass
            auth.send(f"AUTH\t1\tPLAIN\tservice={service}\tnologin\tsecured\trip={client}\tresp={token}".encode())
            return auth.line()

    def doveadm(self, command: str, **parameters: Any) -> Any:
        """One command of the doveadm HTTP API."""
        body = json.dumps([[command, parameters, "tag"]]).encode()
        request = urllib.request.Request(f"http://{self._house.inside}:8080/doveadm/v1", data=body)
        key = base64.b64encode(SECRETS["doveadm_api_key"].encode()).decode()
        request.add_header("Authorization", f"X-Dovecot-API {key}")
        with urllib.request.urlopen(request, timeout=SECONDS) as response:  # noqa: S310 – as above
            kind, answer, _ = json.load(response)[0]
        assert kind == "doveadmResponse", answer
        return answer


class Lines:
    """A text protocol over a socket."""

    def __init__(self, where: str, port: int) -> None:
        self.socket: socket.socket = socket.create_connection((where, port), SECONDS)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, line: bytes) -> None:
        """One line."""
        self.socket.sendall(line + b"\r\n")

    def line(self) -> str:
        """The next line; empty at the end."""
        return self.file.readline().decode("utf-8", "surrogateescape").rstrip("\r\n")


class Lmtp(Lines):
    """RFC 2033, one recipient."""

    def __init__(self, where: str) -> None:
        super().__init__(where, 24)
        self._reply()
        self.say("LHLO test")

    def say(self, command: str) -> str:
        """The last line of the reply."""
        self.send(command.encode())
        return self._reply()

    def deliver(self, mailbox: str, content: bytes, sender: str = SENDER) -> str:
        """The reply to RCPT if it refuses, else that after the message."""
        self.say(f"MAIL FROM:<{sender}>")
        reply = self.say(f"RCPT TO:<{mailbox}>")
        if reply.startswith("250"):
            self.say("DATA")
            reply = self.say_raw(content + b".\r\n")
        return reply

    def say_raw(self, octets: bytes) -> str:
        """The last line of the reply to something longer."""
        self.socket.sendall(octets)
        return self._reply()

    def _reply(self) -> str:
        line = self.line()
        while line[3:4] == "-":
            line = self.line()
        return line


class Sieve(Lines):
    """RFC 5804."""

    def __init__(self, house: MailHouse) -> None:
        super().__init__(house.vpn, 4190)
        self.greeting = self._answer()

    def say(self, command: bytes, wanted: str = "OK") -> list[str]:
        """Every line of the answer, which must begin with ``wanted``."""
        self.send(command)
        lines = self._answer()
        assert lines[-1].startswith(wanted), lines
        return lines

    def start_tls(self, context: ssl.SSLContext) -> None:
        """From here on encrypted."""
        self.say(b"STARTTLS")
        self.file.close()
        self.socket = context.wrap_socket(self.socket, server_hostname=HOSTNAME)
        self.file = self.socket.makefile("rb")
        self._answer()

    def authenticate(self, login: str, wanted: str = "OK", password: str = PASSWORD) -> None:
        """Log in."""
        token = base64.b64encode(f"\0{login}\0{password}".encode())
        self.say(b'AUTHENTICATE "PLAIN" "%s"' % token, wanted)

    def _answer(self) -> list[str]:
        lines = [self.line()]
        while lines[-1].split(" ")[0] not in {"OK", "NO", "BYE", ""}:
            lines.append(self.line())
        return lines


class _Imap(imaplib.IMAP4_SSL):
    """Comes to an address, and asks for the name of the house there."""

    def __init__(self, where: str, context: ssl.SSLContext) -> None:
        super().__init__(where, 993, ssl_context=context, timeout=SECONDS)

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:
        raw = socket.create_connection((self.host, self.port), timeout)
        context: ssl.SSLContext = self.ssl_context
        return context.wrap_socket(raw, server_hostname=HOSTNAME)


class _Pop3(poplib.POP3):
    """Over a socket that is encrypted already."""

    def __init__(self, encrypted: socket.socket) -> None:
        self._encrypted = encrypted
        super().__init__(HOSTNAME, timeout=SECONDS)

    def _create_socket(self, timeout: float) -> socket.socket:  # noqa: ARG002 – poplib's signature
        return self._encrypted
