"""A small proxy before a real S3 server: it breaks one promise, or makes one kind of trouble, when told to."""

import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    """A request; ``query`` has empty values, too: ``?retention``."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


# Before: an answer that the server never gives, or None. After: the server's answer, changed.
Before = Callable[[Asked], Answer | None]
After = Callable[[Asked, Answer], Answer]


class Reset(Exception):
    """Raised by a rule: the connection ends without an answer."""


class S3Proxy:
    """Listens on loopback; ``before`` and ``after`` may be changed at any time."""

    def __init__(self, port: int) -> None:
        self.upstream = port
        self.before: Before = lambda _: None
        self.after: After = lambda _, answer: answer
        self.asked: list[Asked] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def count(self, method: str, part: str, *, without: str = "") -> int:
        """How many requests there were whose path has ``part`` in it."""
        return sum(1 for one in self.asked if one.method == method and part in one.path and without not in one.query)

    def answer(self, asked: Asked, raw: str) -> Answer:
        self.asked.append(asked)
        own = self.before(asked)
        return own if own is not None else self.after(asked, self._forwarded(asked, raw))

    def _forwarded(self, asked: Asked, raw: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=60)
        try:
            connection.putrequest(asked.method, raw, skip_host=True, skip_accept_encoding=True)
            for name, value in asked.headers.items():
                if name.lower() not in {"expect", "connection"}:
                    connection.putheader(name, value)
            connection.endheaders(asked.body)
            found = connection.getresponse()
            body = found.read()
            return Answer(found.status, dict(found.getheaders()), body)
        finally:
            connection.close()


def _handler(proxy: S3Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = parse_qs(parts.query, keep_blank_values=True)
            asked = Asked(self.command, parts.path, query, dict(self.headers.items()), body)
            try:
                answer = proxy.answer(asked, self.path)
            except Reset:
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            headers = {name: value for name, value in answer.headers.items() if name.lower() != "transfer-encoding"}
            if self.command != "HEAD":
                headers.setdefault("Content-Length", str(len(answer.body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        # ruff: noqa: N815 – the names that http.server calls
        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _any

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
