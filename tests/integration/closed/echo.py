"""Stands where mail-api stands and says what reached it: ``echo.py HOST PORT``.

Answers with the headers as JSON. ``PUT /v1/early`` is answered after the first byte of its body.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        first = 1 if self.path == "/v1/early" else length
        self.rfile.read(first)
        self._answer()
        self.rfile.read(length - first)

    do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815 – the library's names

    def _answer(self) -> None:
        said = json.dumps({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Echo).serve_forever()
