"""Stand-ins for rspamd's controller and Postfix at their own addresses in the house's network."""

import socketserver
import subprocess  # noqa: TID251 – gives the host one more address
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from integration.dovecot_service.house import PREFIX
from machiya.stacks.networks import Network, address

BRIDGE = f"m{PREFIX.replace('.', '-')}-1"
POISON = {b"poison-500": b"HTTP/1.1 500 broken\r\n\r\n{}", b"poison-silent": b""}
"""What rspamd answers to a message that it cannot bear; nothing: it hangs up."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned as what (``spam``, ``ham``), under which password."""

    verdict: str
    password: str
    message: bytes


@dataclass(frozen=True, slots=True)
class Submitted:
    """A message that left through Postfix."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


class Server(socketserver.ThreadingTCPServer):
    """Keeps what it was given."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, where: tuple[str, int], handler: type[socketserver.BaseRequestHandler]) -> None:
        super().__init__(where, handler)
        self.given: list[object] = []


class _Controller(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        path = self.rfile.readline().split()[1].decode()
        fields = dict(iter(self._field, None))
        message = self.rfile.read(int(fields["content-length"]))
        for marker, answer in POISON.items():
            if marker in message:
                self.wfile.write(answer)
                return
        self.server.given.append(Learned(path.removeprefix("/learn"), fields["password"], message))  # type: ignore[attr-defined]
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n{}")

    def _field(self) -> tuple[str, str] | None:
        name, colon, value = self.rfile.readline().decode().partition(":")
        return (name.lower(), value.strip()) if colon else None


@dataclass(slots=True)
class _Transaction:
    sender: str = ""
    recipients: list[str] = field(default_factory=list)


class _Postfix(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        now = _Transaction()
        self.wfile.write(b"220 postfix\r\n")
        for line in iter(self.rfile.readline, b""):
            command, _, path = line.decode().strip().partition(":")
            if command.upper() == "MAIL FROM":
                now = _Transaction(sender=path.split(">")[0].strip("<"))
            elif command.upper() == "RCPT TO":
                now.recipients.append(path.split(">")[0].strip("<"))
            elif command.upper() == "DATA":
                self.wfile.write(b"354 go on\r\n")
                content = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.given.append(Submitted(now.sender, tuple(now.recipients), content))  # type: ignore[attr-defined]
            self.wfile.write(b"250 yes\r\n")


@contextmanager
def rspamd() -> Iterator[list[Learned]]:
    """The controller at rspamd's address; what it is told."""
    with _at("rspamd", 11334, _Controller) as given:
        yield given  # type: ignore[misc]


@contextmanager
def postfix() -> Iterator[list[Submitted]]:
    """Postfix's port for Dovecot; what leaves."""
    with _at("postfix", 10025, _Postfix) as given:
        yield given  # type: ignore[misc]


@contextmanager
def _at(service: str, port: int, handler: type[socketserver.BaseRequestHandler]) -> Iterator[list[object]]:
    where = address(PREFIX, Network.MAILSERVER, service)
    _ip("add", where)
    try:
        with Server((where, port), handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield server.given
            finally:
                server.shutdown()
                thread.join()
    finally:
        _ip("del", where)


def _ip(verb: str, where: str) -> None:
    command = ["ip", "address", verb, f"{where}/32", "dev", BRIDGE]
    subprocess.run(command, capture_output=True, timeout=120, check=True)  # noqa: S603 – fixed program
