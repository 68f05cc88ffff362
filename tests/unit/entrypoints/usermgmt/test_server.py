"""What gunicorn is told, and how each listener is told from the others."""

from typing import Any

import pytest
from gunicorn.config import Config
from structlog.testing import capture_logs

from machiya.entrypoints.usermgmt.doors import Doors
from machiya.entrypoints.usermgmt.server import listeners, options, webmail_listener
from machiya.entrypoints.usermgmt.server_log import ServerLog, told
from machiya.entrypoints.usermgmt.worker import without_tls
from machiya.settings import Settings

INSIDE = {
    "house": {"engine": "docker"},
    "usermgmt": {"host": "10.77.4.21", "port": 8443, "certificate": "/c.crt", "webmail_host": "10.77.1.21"},
}


def settings(**sections: Any) -> Settings:
    return Settings.model_validate(sections)


def test_embedded_house_has_one_listener_without_tls() -> None:
    assert listeners(settings()) == (("127.0.0.1", 8088),)
    assert webmail_listener(settings()) is None
    assert "certfile" not in options(settings())


def test_container_listens_for_browsers_health_and_webmail() -> None:
    assert listeners(settings(**INSIDE)) == (("10.77.4.21", 8443), ("127.0.0.1", 8443), ("10.77.1.21", 8089))


def test_options_are_taken_by_gunicorn_and_no_header_is_believed() -> None:
    config = Config()
    for name, value in options(settings(usermgmt={"host": "::1"})).items():
        config.set(name, value)
    assert config.address == [("::1", 8088)]
    assert (config.forwarded_allow_ips, config.secure_scheme_headers, config.umask) == ([], {}, 0o077)


def test_webmail_s_listener_is_the_same_but_for_tls() -> None:
    config = Config()
    config.set("certfile", "/c.crt")
    config.set("keyfile", "/c.key")
    config.set("limit_request_line", 77)
    plain = without_tls(config)
    assert (bool(plain.is_ssl), plain.limit_request_line) == (False, 77)
    assert (config.is_ssl, config.certfile) == ("/c.crt", "/c.crt")


@pytest.mark.parametrize(
    ("name", "port", "answer"),
    [("10.77.1.21", "8089", b"webmail"), ("10.77.4.21", "8089", b"pages"), ("10.77.1.21", "8443", b"pages")],
)
def test_doors_go_by_the_listener(name: str, port: str, answer: bytes) -> None:
    doors = Doors(lambda *_: [b"pages"], lambda *_: [b"webmail"], ("10.77.1.21", "8089"))
    environ = {"SERVER_NAME": name, "SERVER_PORT": port, "HTTP_HOST": "10.77.1.21:8089"}
    assert list(doors(environ, lambda *_: lambda _: None)) == [answer]


@pytest.mark.parametrize(
    ("message", "arguments", "words"),
    [
        ("Worker (pid:%s) was sent %s!", (7, "SIGKILL"), "Worker (pid:7) was sent SIGKILL!"),
        ("Invalid request from ip=10.0.0.1: Invalid request line: '/?token=x'", (), "Invalid request from ip=10.0.0.1"),
        ("Error handling request %s %s", ("GET", "/invitation/x"), "Error handling request"),
        ("Error handling request %s", ("/?token=x",), "Error handling request"),
    ],
)  # fmt: skip
def test_log_tells_nothing_that_a_client_sent(message: str, arguments: tuple[object, ...], words: str) -> None:
    assert told(message, arguments) == words


def test_log_of_the_server_is_ours() -> None:
    with capture_logs() as events:
        log = ServerLog(Config())
        log.warning("odd: %s", 1)
        log.access(None, None, {}, None)
        log.debug("noise")
    assert events == [{"event": "usermgmt.server", "message": "odd: 1", "log_level": "warning"}]
