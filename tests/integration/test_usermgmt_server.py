"""usermgmt as a process: HTTPS, an exchanged certificate, SIGHUP, clients that stop talking, an end without remains."""

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess  # noqa: TID251 – the process is what is tested
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fakes.certificates import TestAuthority
from integration.ports import free_port
from machiya.entrypoints.usermgmt.server import THREADS

LIMIT_SECONDS = 240.0
NAME = "machiya.home.test"


def until(true: Callable[[], object], tell: Callable[[], str]) -> None:
    """The limit only ends a test that is lost."""
    limit = time.monotonic() + LIMIT_SECONDS
    while not true():
        assert time.monotonic() < limit, tell()
        time.sleep(0.1)  # noqa: TID251 – another process: there is no event to wait for


class Served:
    """``machiya usermgmt`` of a house in ``root``, with a certificate."""

    def __init__(self, root: Path) -> None:
        self.root, self.port, self.authority = root, free_port(), TestAuthority()
        self._log = root.parent / "usermgmt.log"
        self.machiya("init", "--sample", "--yes")
        self.write_certificate()
        environment = {
            **os.environ,  # noqa: TID251 – a child needs its parent's
            "MACHIYA_USERMGMT__PORT": str(self.port),
            "MACHIYA_USERMGMT__CERTIFICATE": "people.pem",
        }
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603 – our own command
                self.argv("usermgmt"), env=environment, stdout=log, stderr=log, start_new_session=True
            )
        until(self.answers, self.said)

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "machiya", "--house", str(self.root), *words]

    def machiya(self, *words: str) -> None:
        subprocess.run(self.argv(*words), check=True, capture_output=True, timeout=LIMIT_SECONDS)  # noqa: S603 – as above

    def write_certificate(self) -> None:
        certificate, key = self.authority.issue(NAME)
        new = self.root / "people.new"
        new.write_bytes(certificate + key)
        new.replace(self.root / "people.pem")

    def connect(self) -> ssl.SSLSocket:
        context = ssl.create_default_context(cadata=self.authority.pem.decode())
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT_SECONDS)
        return context.wrap_socket(plain, server_hostname=NAME)

    def get(self, path: str, host: str = "127.0.0.1") -> tuple[int, str]:
        with self.connect() as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            return answer.status, answer.read().decode()

    def answers(self) -> bool:
        assert self.process.poll() is None, self.said()
        try:
            return self.get("/healthz") == (200, "ok\n")
        except OSError:
            return False

    def said(self) -> str:
        return self._log.read_text("utf-8", "replace")[-4000:]

    def workers(self) -> set[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return {int(pid) for pid in children}

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(LIMIT_SECONDS)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path / "house")
    yield made
    made.end()


def test_pages_come_over_https_alone_and_an_exchanged_certificate_is_taken_at_once(served: Served) -> None:
    assert served.get("/login")[0] == 200
    with socket.create_connection(("127.0.0.1", served.port), timeout=LIMIT_SECONDS) as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"200" not in plain.recv(100)
    with served.connect() as connection:
        before = connection.getpeercert(binary_form=True)
    served.write_certificate()
    with served.connect() as connection:
        assert connection.getpeercert(binary_form=True) != before


def test_headers_do_not_make_a_host_or_a_log(served: Served) -> None:
    assert served.get("/login?token=s3cret", host="evil.test")[0] == 400
    until(lambda: '"status": 400' in served.said(), served.said)
    assert "s3cret" not in served.said()


def test_hangup_exchanges_the_worker_and_nobody_is_turned_away(served: Served) -> None:
    before = served.workers()
    served.process.send_signal(signal.SIGHUP)
    until(lambda: served.answers() and served.workers() and not served.workers() & before, served.said)
    assert served.answers()


def test_a_killed_worker_comes_again(served: Served) -> None:
    [before] = served.workers()
    os.kill(before, signal.SIGKILL)
    until(lambda: served.workers() - {before} and served.answers(), served.said)


def test_a_killed_master_takes_its_worker_along_and_the_port_is_free(served: Served) -> None:
    workers = served.workers()
    served.process.kill()
    served.process.wait(LIMIT_SECONDS)
    until(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in workers), served.said)
    with closing(socket.create_server(("127.0.0.1", served.port))):
        pass


def test_clients_that_stop_talking_do_not_stop_the_house(served: Served) -> None:
    """More of them than there are threads, each in the middle of its request."""
    silent: list[socket.socket] = [served.connect() for _ in range(THREADS)]
    for one in silent:
        one.sendall(b"G")
    silent += [socket.create_connection(("127.0.0.1", served.port)) for _ in range(THREADS)]
    for plain in silent[THREADS:]:
        plain.sendall(b"\x16")  # the first byte of a handshake
    try:
        until(served.answers, served.said)
        assert "client_stopped_talking" in served.said()
    finally:
        for one in silent:
            one.close()


def test_the_log_has_one_event_a_request(served: Served) -> None:
    served.get("/login")
    until(lambda: "usermgmt.request" in served.said(), served.said)
    [event] = [json.loads(line) for line in served.said().splitlines() if "usermgmt.request" in line]
    assert (event["method"], event["path"], event["status"]) == ("GET", "/login", 200)
    assert event["request_id"]
