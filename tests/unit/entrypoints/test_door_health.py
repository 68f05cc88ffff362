from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from machiya.entrypoints import door_health
from machiya.stacks.certificates import Certificate

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
CERTIFICATE = Certificate(b"", b"", ("mail.home.test",), "CA", BEGIN, END, "AA")


@dataclass
class Doors:
    """As much of a house as is looked at."""

    certificate: Certificate | None = CERTIFICATE
    why: str = ""
    fence: bool | None = True
    breaches: tuple[str, ...] = ()
    settings: Any = field(default_factory=lambda: SimpleNamespace(vpn=SimpleNamespace(address="100.64.0.1")))

    def certificates(self) -> Any:
        return SimpleNamespace(present=lambda: self.certificate, due=lambda: self.why)

    def walls(self) -> Any:
        return SimpleNamespace(stand=lambda: self.fence, breaches=lambda: self.breaches)


def look(monkeypatch: pytest.MonkeyPatch, doors: Any, *, has_address: bool = True) -> tuple[dict[str, str], list[str]]:
    monkeypatch.setattr(door_health, "has_vpn_address", lambda _: has_address)
    facts, problems = door_health.look_at_way_in(doors)
    return dict(facts), problems


def test_look_at_way_in_tells_the_certificate_and_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    assert look(monkeypatch, Doors()) == ({"certificate": "until 2027-01-01, for mail.home.test"}, [])


def test_look_at_way_in_says_what_to_do_about_an_old_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    facts, (problem,) = look(monkeypatch, Doors(certificate=None, why="there is none yet"))
    assert facts == {"certificate": "none yet"}
    assert problem == "A new certificate for mail programs is due: there is none yet. machiya tls renew"


def test_look_at_way_in_says_that_the_fence_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    _, (problem,) = look(monkeypatch, Doors(fence=False))
    assert problem.startswith("The fence is down")


def test_look_at_way_in_says_nothing_of_a_fence_that_only_root_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    assert look(monkeypatch, Doors(fence=None))[1] == []


def test_look_at_way_in_says_that_the_vpn_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    _, (problem,) = look(monkeypatch, Doors(), has_address=False)
    assert problem.startswith("This machine does not have the address 100.64.0.1")


def test_look_at_way_in_names_what_an_edit_has_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    _, (problem,) = look(monkeypatch, Doors(breaches=("nginx: publishes 80:80 elsewhere",)))
    assert "opens the house: nginx: publishes 80:80 elsewhere" in problem
