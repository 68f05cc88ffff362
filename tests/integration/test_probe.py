"""The health check's own program against listeners that are well, ill and silent."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from machiya.entrypoints import probe


@contextmanager
def listener(*said: bytes) -> Iterator[str]:
    """``host:port`` of one that takes connections and says ``said``, once each."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            for words in said:
                connection, _ = server.accept()
                with connection:
                    connection.sendall(words)
                    connection.recv(1000)

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    ("scheme", "said", "code", "told"),
    [
        ("http", b"HTTP/1.0 200 OK\r\n\r\nfine", 0, "200 fine"),
        ("http", b"HTTP/1.0 503 No\r\n\r\nthe database is gone", 1, "503 the database is gone"),
        ("http", b"nonsense\r\n", 1, "BadStatusLine"),
        ("smtp", b"220 house ESMTP\r\n", 0, "220 house ESMTP"),
        ("smtp", b"421 too many\r\n", 1, "421 too many"),
    ],
)
def test_probe_tells_well_from_ill(
    scheme: str, said: bytes, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with listener(said) as where:
        assert probe.main([f"{scheme}://{where}/"]) == code
    assert told in capsys.readouterr().out


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "smtp://127.0.0.1:1", "http://127.0.0.1:x/"])
def test_probe_of_nobody_is_ill(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert probe.main([url]) == 1
    assert url in capsys.readouterr().out


def test_probe_silence_is_ill(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert probe.main([f"http://127.0.0.1:{server.getsockname()[1]}/"]) == 1
    assert "timed out" in capsys.readouterr().out


def test_probe_wants_one_url(capsys: pytest.CaptureFixture[str]) -> None:
    assert probe.main([]) == 1
    assert "usage" in capsys.readouterr().out
