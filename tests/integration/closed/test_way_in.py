"""A signed message on its way in: stand-in, nginx, mail-api – images as built, configuration as rendered."""

import asyncio
import hashlib
import io
import json
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from corpus.client_addresses import DIFFERENT, ONE_CLIENT
from integration.closed.commands import run
from integration.closed.docker import PREFIX, PROJECT, compose_up, remove_house
from integration.closed.seat import ADDRESS, seat, seated
from machiya.adapters.house_api.client import HouseApi
from machiya.bootstrap import open_house
from machiya.bootstrap.workshop import Workshop
from machiya.core.clock import SystemClock
from machiya.core.identifiers import new_delivery_id
from machiya.core.sizes import MIB
from machiya.mail.held import HeldMessage, HouseAnswer
from machiya.mail.model import Envelope
from machiya.stacks.compose import LOOPBACK, bridge_name, compose
from machiya.stacks.facts import HouseFacts
from machiya.stacks.listening import PORTS
from machiya.stacks.networks import Network, address, gateway
from machiya.stacks.render import render
from machiya.stacks.services import services
from machiya.stacks.templates import fill

pytestmark = [pytest.mark.doors, pytest.mark.timeout(600)]

FORGED = {"Cf-Connecting-IP": "203.0.113.66", "X-Forwarded-For": "203.0.113.66", "Cf-Ray": "forged"}
NGINX = address(PREFIX, Network.EDGE, "nginx")
# For the tunnel, which alone may say who the client is: the first of each two logs in until it has to wait, then the
# other does. Prints the status that the other got.
LOG_INS = r"""
use IO::Socket::INET;
my ($nginx, $name, @clients) = @ARGV;
sub log_in {
    my $door = IO::Socket::INET->new($nginx) or die "no nginx: $@";
    print $door "POST /?_task=login HTTP/1.0\r\nHost: $name\r\nCF-Connecting-IP: $_[0]\r\nContent-Length: 0\r\n\r\n";
    return (split / /, <$door>)[1];
}
while (my ($one, $other) = splice @clients, 0, 2) {
    for (1 .. 20) { last if log_in($one) == 429 }
    print log_in($other), "\n";
}
"""


def image() -> str:
    """As ``machiya images build nginx`` makes it, on the base that the engine has or debootstrap makes."""
    workshop = Workshop()
    workshop.have_base("debootstrap", fresh=False)
    ((tag, _),) = workshop.build(["nginx"], fresh=False, on_step=lambda _name, _step: None)
    return tag


@pytest.fixture(scope="module")
def front(house: HouseFacts) -> Iterator[HouseFacts]:
    """The stand-in and nginx, and an empty seat for mail-api."""
    tags = {"nginx": image()}
    found = tuple(service for service in services(house) if service.name in {"nginx", "tunnel"})
    for file in render(house, found, tags):
        path = house.root / "rendered" / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    for folder in (house.root.parent.parent, house.root.parent, house.root):  # pytest's own are closed to others
        folder.chmod(0o755)
    try:
        compose_up(compose(house, found, tags), house.root / "compose.yaml", "--wait", "--wait-timeout", "240")
        with seat(bridge_name(house, Network.EDGE)):
            yield house
    finally:
        remove_house()


@pytest.fixture
def echo(front: HouseFacts, tmp_path: Path) -> Iterator[HouseFacts]:
    script = Path(__file__).with_name("echo.py")
    with seated([sys.executable, str(script), ADDRESS, str(PORTS["mail_api"])], {}, tmp_path / "echo.log"):
        yield front


def ask(
    front: HouseFacts,
    method: str,
    path: str,
    *,
    body: bytes | None = None,
    name: str = "",
    host: str = LOOPBACK,
    port: int = 0,
) -> tuple[int, str, Any]:
    """Status, media type and body of one request with forged headers."""
    with closing(HTTPConnection(host, port or front.stand_in_port, timeout=120)) as connection:
        connection.request(method, path, body, {"Host": name or front.tunnel_hostname, **FORGED})
        answer = connection.getresponse()
        text = answer.read().decode()
        return answer.status, answer.getheader("Content-Type", ""), json.loads(text) if text[:1] == "{" else text


def test_the_path_arrives_as_it_was_signed(echo: HouseFacts) -> None:
    status, _, said = ask(echo, "GET", "/v1/inbound/a%2Fb//c?d=%20e")
    assert (status, said["path"], said["host"]) == (200, "/v1/inbound/a%2Fb//c?d=%20e", "mail.home.test")


def test_the_client_is_who_the_tunnel_says_and_never_what_the_client_claims(echo: HouseFacts) -> None:
    _, _, said = ask(echo, "GET", "/v1/recipients")
    outside = gateway(PREFIX, Network.OUTSIDE)
    assert (said["cf-connecting-ip"], said["x-forwarded-for"]) == (outside, outside)
    assert re.fullmatch(r"[0-9a-f]{16}-HOME", said["cf-ray"])
    assert said["x-forwarded-proto"] == "https"


def test_nginx_does_not_believe_anybody_else_about_the_client(echo: HouseFacts) -> None:
    _, _, said = ask(echo, "GET", "/v1/recipients", host=NGINX, port=PORTS["nginx"])
    assert said["cf-connecting-ip"] == gateway(PREFIX, Network.EDGE)


@pytest.mark.parametrize("path", ["/", "/metrics", "/health/ready", "/v1", "/v1/../metrics", "/v2/inbound/x"])
@pytest.mark.parametrize("way", ["tunnel", "nginx"])
def test_other_paths_do_not_reach_the_house(echo: HouseFacts, way: str, path: str) -> None:
    host, port = (LOOPBACK, 0) if way == "tunnel" else (NGINX, PORTS["nginx"])
    assert ask(echo, "GET", path, host=host, port=port)[0] == 404


def test_other_names_do_not_reach_the_house(echo: HouseFacts) -> None:
    assert ask(echo, "GET", "/v1/recipients", name="other.test")[0] == 404
    with pytest.raises(OSError, match=r"closed connection|reset"):
        ask(echo, "GET", "/v1/recipients", name="other.test", host=NGINX, port=PORTS["nginx"])


def test_other_methods_do_not_reach_the_house(echo: HouseFacts) -> None:
    assert ask(echo, "DELETE", "/v1/recipients")[0] == 403


def test_a_body_one_byte_over_the_limit_is_for_the_house_to_refuse(echo: HouseFacts) -> None:
    assert ask(echo, "PUT", "/v1/inbound/x", body=bytes(echo.message_bytes + 1))[0] == 200
    status, kind, problem = ask(echo, "PUT", "/v1/inbound/x", body=bytes(echo.message_bytes + 2))
    assert (status, kind, problem["code"]) == (413, "application/problem+json", "message_too_large")


def test_a_body_streams(echo: HouseFacts) -> None:
    """The house answers while the sender still has all but the first bytes."""
    head = f"PUT /v1/early HTTP/1.1\r\nHost: {echo.tunnel_hostname}\r\nContent-Length: {25 * MIB}\r\n\r\n"
    with socket.create_connection((LOOPBACK, echo.stand_in_port), timeout=120) as connection:
        connection.sendall(head.encode() + bytes(MIB))
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")


def test_a_house_that_is_away_is_ill_and_not_a_refusal(front: HouseFacts) -> None:
    status, kind, problem = ask(front, "GET", "/v1/recipients")
    assert (status, kind, problem["code"]) == (503, "application/problem+json", "unavailable")


def offer(front: HouseFacts, key: str, content: bytes) -> HouseAnswer:
    """One signed message, as the front door sends it."""
    now = datetime.now(tz=UTC)
    envelope = Envelope("stranger@street.example", "you@home.test", now, len(content))
    held = HeldMessage(new_delivery_id(now), envelope, hashlib.md5(content).hexdigest())

    async def send() -> HouseAnswer:
        api = HouseApi(f"http://{LOOPBACK}:{front.stand_in_port}", key, SystemClock())
        try:
            return await api.offer(held, io.BytesIO(content))
        finally:
            await api.close()

    return asyncio.run(send())


def test_the_largest_message_gets_into_a_mailbox_unchanged(front: HouseFacts, tmp_path: Path) -> None:
    root = tmp_path / "house"
    machiya = [sys.executable, "-m", "machiya", "--house", str(root)]
    run(*machiya, "init", "--sample", "--yes")
    head = b"Subject: large\r\n\r\n"
    content = head + bytes(range(33, 126)) * ((25 * MIB - len(head)) // 93)
    content += b"x" * (25 * MIB - len(content) - 2) + b"\r\n"
    environment = {"MACHIYA_MAIL_API__HOST": ADDRESS}
    with seated([*machiya, "mail-api"], environment, tmp_path / "mail-api.log"):
        answer = offer(front, open_house(root).signing_keys()[0], content)
    assert (answer.status, answer.proven) == (201, True), answer
    (stored,) = (root / "data/bulk/mail").rglob("new/*")
    assert stored.read_bytes().endswith(content.replace(b"\r\n", b"\n"))


def logged(path: str) -> list[dict[str, Any]]:
    """What nginx has said of requests for ``path``."""
    said = run("docker", "logs", f"{PROJECT}-nginx").splitlines()
    lines = [json.loads(line) for line in said if line[:1] == "{"]
    return [line for line in lines if line["path"] == path]


def test_the_log_names_the_client_and_no_query(echo: HouseFacts) -> None:
    ask(echo, "GET", "/v1/logged?secret=1")
    until(lambda: bool(logged("/v1/logged")))  # written after the answer, and taken over by the engine after that
    (line,) = logged("/v1/logged")
    assert (line["client"], line["status"]) == (gateway(PREFIX, Network.OUTSIDE), 200)
    assert "secret" not in json.dumps(line)


def statuses_of_the_other(front: HouseFacts, pairs: tuple[tuple[str, str], ...]) -> dict[tuple[str, str], str]:
    """What the second of each two is told at webmail's log-in while the first has to wait."""
    assert front.webmail
    clients = [client for pair in pairs for client in pair]
    perl = ["docker", "exec", f"{PROJECT}-tunnel", "perl", "-e", LOG_INS]
    said = run(*perl, f"{NGINX}:{PORTS['nginx']}", front.webmail.hostname, *clients)
    return dict(zip(pairs, said.splitlines(), strict=True))


def test_log_ins_of_webmail_are_counted_by_client_however_its_address_is_written(front: HouseFacts) -> None:
    told = statuses_of_the_other(front, ONE_CLIENT + DIFFERENT)  # without PHP behind it, nginx says 503
    assert told == dict.fromkeys(ONE_CLIENT, "429") | dict.fromkeys(DIFFERENT, "503")


def test_a_new_configuration_is_taken_up_without_dropping_what_is_under_way(echo: HouseFacts) -> None:
    body = bytes(2 * MIB)
    with socket.create_connection((LOOPBACK, echo.stand_in_port), timeout=120) as connection:
        head = f"PUT /v1/slow HTTP/1.1\r\nHost: {echo.tunnel_hostname}\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body[:MIB])
        for name in ("nginx", "tunnel"):
            reload(echo, name, message_bytes=MIB)
        until(lambda: ask(echo, "PUT", "/v1/inbound/x", body=bytes(MIB + 2))[0] == 413)
        connection.sendall(body[MIB:])
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
    reload(echo, "nginx", message_bytes=echo.message_bytes)


def reload(front: HouseFacts, name: str, *, message_bytes: int) -> None:
    """Replace the rendered file as ``machiya up`` does, and run what the service says takes it up."""
    (service,) = (service for service in services(front) if service.name == name)
    for config in service.configs:
        path = front.root / "rendered" / "config" / name / config.path
        new = path.with_suffix(".new")
        new.write_text(fill(service, config.template, replace(front, message_bytes=message_bytes)))
        new.replace(path)
    run("docker", "exec", f"{PROJECT}-{name}", *service.reload)


def until(true: Callable[[], bool]) -> None:
    limit = time.monotonic() + 180
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.2)  # noqa: TID251 – another process: there is no event to wait for
