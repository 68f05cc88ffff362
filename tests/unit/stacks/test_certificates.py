from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from fakes.moving_clock import MovingClock
from machiya.stacks.certificates import Certificate, CertificateUnusable, renew

NAMES = ("mail.home.test",)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = Certificate(b"chain", b"key", NAMES, "CA", BEGIN, BEGIN + timedelta(days=365), "AA")


@dataclass
class Source:
    offers: Certificate
    owner_decides: bool = False

    def obtain(self, names: Sequence[str]) -> Certificate:
        assert names == NAMES
        return self.offers


@dataclass
class Store:
    kept: Certificate | None = None
    written: list[Certificate] = field(default_factory=list)

    def read(self) -> Certificate | None:
        return self.kept

    def write(self, certificate: Certificate) -> None:
        self.kept = certificate
        self.written.append(certificate)


def at(days: float) -> MovingClock:
    return MovingClock(BEGIN + timedelta(days=days))


def fresh(days: float) -> Certificate:
    return replace(
        YEAR, chain=b"new", not_before=BEGIN + timedelta(days=days), not_after=BEGIN + timedelta(days=days + 365)
    )


def test_renew_gets_the_first() -> None:
    store = Store()
    assert renew(Source(YEAR), store, NAMES, at(1)).reason == "it is the first"
    assert store.kept == YEAR


def test_renew_leaves_a_good_one_alone() -> None:
    store = Store(YEAR)
    assert renew(Source(fresh(300)), store, NAMES, at(300)).reason == ""
    assert store.written == []


def test_renew_exchanges_thirty_days_before_the_end() -> None:
    store = Store(YEAR)
    assert renew(Source(fresh(336)), store, NAMES, at(336)).reason == "it ends on 2027-01-01"
    assert store.kept == fresh(336)


def test_renew_exchanges_a_short_lived_one_in_its_last_third() -> None:
    short = replace(YEAR, not_after=BEGIN + timedelta(days=9))
    assert short.due(NAMES, BEGIN + timedelta(days=5)) == ""
    assert short.due(NAMES, BEGIN + timedelta(days=6)) != ""


def test_renew_exchanges_when_the_house_has_another_name() -> None:
    assert "other.test" in YEAR.due(("other.test",), BEGIN)


def test_renew_takes_what_the_owner_has_exchanged_at_once() -> None:
    store = Store(YEAR)
    source = Source(fresh(10), owner_decides=True)
    assert renew(source, store, NAMES, at(11)).reason == "there is a new one"
    assert renew(source, store, NAMES, at(11)).reason == ""


def test_renew_by_force() -> None:
    store = Store(YEAR)
    assert renew(Source(fresh(2)), store, NAMES, at(2), force=True).reason
    assert store.kept == fresh(2)


@pytest.mark.parametrize("bad", [replace(YEAR, names=("x.test",)), replace(YEAR, not_after=BEGIN)])
def test_renew_keeps_the_old_one_when_the_new_one_is_no_good(bad: Certificate) -> None:
    store = Store(YEAR)
    with pytest.raises(CertificateUnusable):
        renew(Source(bad), store, NAMES, at(360))
    assert store.kept == YEAR


def test_a_wildcard_covers_one_label() -> None:
    wild = replace(YEAR, names=("*.home.test",))
    assert wild.missing(["mail.home.test", "a.mail.home.test", "home.test"]) == ["a.mail.home.test", "home.test"]
