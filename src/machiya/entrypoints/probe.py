"""Asks one part whether it works: ``python -m machiya.entrypoints.probe URL``; for health checks, which have no curl.

``http://host:port/path`` must answer 200, ``https://`` too, whatever its certificate says; ``smtp://host:port`` must
greet with 220. Exits with 0 or 1 and says in one
line what it found. Imports nothing heavy: it runs every few seconds.
"""

import http.client
import socket
import sys
from urllib.parse import SplitResult, urlsplit

SECONDS = 6.0


def main(arguments: list[str]) -> int:
    """The exit code for one URL."""
    if len(arguments) != 1:
        return _tell("usage: python -m machiya.entrypoints.probe URL", well=False)
    url = urlsplit(arguments[0])
    try:
        return _smtp(url) if url.scheme == "smtp" else _http(url)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return _tell(f"{arguments[0]}: {type(error).__name__}: {error}", well=False)


def _http(url: SplitResult) -> int:
    connection = _connection(url)
    try:
        connection.request("GET", url.path or "/")
        response = connection.getresponse()
        body = response.read(2000).decode("utf-8", "replace")
        return _tell(f"{response.status} {body}", well=response.status == http.client.OK)
    finally:
        connection.close()


def _connection(url: SplitResult) -> http.client.HTTPConnection:
    if url.scheme != "https":
        return http.client.HTTPConnection(url.hostname or "", url.port, timeout=SECONDS)
    import ssl  # noqa: PLC0415 – most parts are asked without

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # whether it answers; who it is, is told by machiya status
    return http.client.HTTPSConnection(url.hostname or "", url.port, timeout=SECONDS, context=context)


def _smtp(url: SplitResult) -> int:
    with socket.create_connection((url.hostname or "", url.port or 25), SECONDS) as connection:
        greeting = connection.recv(512).decode("ascii", "replace").strip()
        connection.sendall(b"QUIT\r\n")
    return _tell(greeting, well=greeting.startswith("220"))


def _tell(text: str, *, well: bool) -> int:
    sys.stdout.write(f"{text}\n")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
