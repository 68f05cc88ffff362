"""A notice by mail through a relay that speaks SMTP: TLS verified, log-in, refusals."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.certificates import TestAuthority
from fakes.moving_clock import START
from fakes.smtp_relay import FakeRelay
from integration.ports import free_port
from machiya.adapters.notify.relay import RelayAccount, RelayMail
from machiya.jobs.ports import NoticeFailed

RelayMaker = Callable[..., FakeRelay]


@pytest.fixture
def authority(tmp_path: Path) -> TestAuthority:
    made = TestAuthority()
    (tmp_path / "ca.pem").write_bytes(made.pem)
    return made


@pytest.fixture
def relay(authority: TestAuthority, tmp_path: Path) -> Iterator[RelayMaker]:
    started: list[FakeRelay] = []

    def start(*, implicit: bool = False, host: str = "localhost", **more: object) -> FakeRelay:
        certificate, key = authority.issue(host)
        (tmp_path / "relay.pem").write_bytes(certificate + key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "relay.pem")
        made = FakeRelay("127.0.0.1", free_port(), context, "secret", implicit, **more)  # type: ignore[arg-type]
        made.start()
        started.append(made)
        return made

    yield start
    for one in started:
        one.stop()


def notice(relay: FakeRelay, tmp_path: Path, password: str = "secret") -> RelayMail:
    tls = "implicit" if relay.implicit else "starttls"
    account = RelayAccount("localhost", relay.port, tls, "apikey", password, tmp_path / "ca.pem")
    return RelayMail(account, sender="postmaster@home.jp", to="you@else.jp", hostname="house.test")


@pytest.mark.parametrize("implicit", [False, True])
def test_tell_hands_the_message_to_the_relay(relay: RelayMaker, tmp_path: Path, *, implicit: bool) -> None:
    there = relay(implicit=implicit)
    notice(there, tmp_path).tell("failed / 失敗", "why", START)
    (carried,) = there.carried
    assert (carried.login, carried.sender, carried.recipients) == ("apikey", "postmaster@home.jp", ("you@else.jp",))
    assert b"\r\nAuto-Submitted: auto-generated\r\n" in carried.content


@pytest.mark.parametrize("replies", [{"you@else.jp": "550 5.1.1 no"}, {"DATA": "451 4.3.0 later"}, {"AUTH": "no"}])
def test_tell_says_when_the_relay_did_not_take_it(relay: RelayMaker, tmp_path: Path, replies: dict[str, str]) -> None:
    there = relay(replies=replies)
    with pytest.raises(NoticeFailed, match="did not take it"):
        notice(there, tmp_path).tell("s", "t", START)
    assert there.carried == []


@pytest.mark.parametrize("implicit", [False, True])
def test_tell_gives_no_password_to_somebody_else(relay: RelayMaker, tmp_path: Path, *, implicit: bool) -> None:
    there = relay(implicit=implicit, host="other.example")
    with pytest.raises(NoticeFailed, match="SSLCertVerificationError"):
        notice(there, tmp_path).tell("s", "t", START)
    assert there.carried == []


def test_tell_says_when_nobody_is_there(authority: TestAuthority, tmp_path: Path) -> None:
    del authority
    account = RelayAccount("127.0.0.1", free_port(), "starttls", "", "", tmp_path / "ca.pem")
    with pytest.raises(NoticeFailed, match="ConnectionRefusedError"):
        RelayMail(account, sender="a@b.jp", to="c@d.jp", hostname="h.test").tell("s", "t", START)
