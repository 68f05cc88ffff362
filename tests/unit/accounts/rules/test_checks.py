"""What can be said in rules, and what is refused with a hint."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from machiya.accounts.rules.checks import check_whole, checked_filters, checked_forwarding, checked_vacation
from machiya.accounts.rules.model import Comparison, Condition, Field, Filter, Forwarding, Rules, Vacation
from machiya.core.addresses import EmailAddress
from machiya.core.errors import InvalidInput

ON = (Condition(Field.SUBJECT, Comparison.CONTAINS, " x\t".strip()),)
GOOD = Filter("name", ON, folder="a")


def at(text: str) -> EmailAddress:
    return EmailAddress.parse(text)


def test_days_are_those_of_the_time_zone_both_included() -> None:
    found = checked_vacation(
        Vacation("away", first_day=date(2026, 8, 10), last_day=date(2026, 8, 15), time_zone="Asia/Tokyo")
    )
    assert found.starts_at == datetime(2026, 8, 9, 15, tzinfo=UTC)
    assert found.ends_at == datetime(2026, 8, 15, 15, tzinfo=UTC)


def test_day_of_a_changing_clock_is_as_long_as_it_is() -> None:
    day = date(2026, 10, 25)
    found = checked_vacation(Vacation("away", first_day=day, last_day=day, time_zone="Europe/Berlin"))
    assert found.starts_at
    assert found.ends_at
    assert (found.ends_at - found.starts_at).total_seconds() == 25 * 3600


def test_vacation_is_tidied() -> None:
    found = checked_vacation(Vacation("\r\nthe\rtext\r\n\r\n", " subject "))
    assert (found.text, found.subject, found.starts_at, found.ends_at) == ("the\ntext", "subject", None, None)


@pytest.mark.parametrize(
    "how",
    [
        {"text": " \n"},
        {"text": "x" * 10_001},
        {"text": "a\0b"},
        {"text": "a\x1bb"},
        {"text": "a\ud800"},
        {"subject": "a\r\nBcc: x@out.test"},
        {"subject": "x" * 201},
        {"days": 0},
        {"days": 61},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../../etc/passwd"},
        {"time_zone": ""},
        {"time_zone": "a\0b"},
        {"first_day": date(2026, 8, 2), "last_day": date(2026, 8, 1)},
        {"first_day": date(1, 1, 1), "time_zone": "Asia/Tokyo"},
        {"last_day": date(9999, 12, 31)},
    ],
)
def test_vacation_that_cannot_be_used(how: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_vacation(replace(Vacation("text"), **how))
    assert refused.value.hint


@pytest.mark.parametrize("folder", ["仕事/請求", "A b", "INBOX/sub", "a~b", "a-b_c"])
def test_folder_that_dovecot_takes(folder: str) -> None:
    [found] = checked_filters([replace(GOOD, folder=f" {folder} ")])
    assert found.folder == folder


@pytest.mark.parametrize(
    "folder",
    ["a.b", "..", "~root", "/a", "a/", "a//b", "a*", "a%", "a\\b", "a&b", "a\nb", "a /b", "a" * 201, "字" * 101],
)
def test_folder_that_it_does_not_take(folder: str) -> None:
    with pytest.raises(InvalidInput):
        checked_filters([replace(GOOD, folder=folder)])


@pytest.mark.parametrize(
    "how",
    [
        {"conditions": ()},
        {"conditions": ON * 21},
        {"conditions": (replace(ON[0], text=" "),)},
        {"conditions": (replace(ON[0], text="a\nb"),)},
        {"conditions": (replace(ON[0], text="a" * 201),)},
        {"folder": ""},
        {"trash": True},
        {"name": "a\0"},
        {"name": "a" * 101},
        {"forward_to": (at('"a b"@out.test'),)},
        {"forward_to": (at("例@out.test"),)},
    ],
)
def test_filter_that_cannot_be_used(how: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_filters([GOOD, replace(GOOD, **how)])
    assert "filter 2" in refused.value.message or "forwarded" in refused.value.message


def test_filter_without_a_name_gets_its_number() -> None:
    assert [one.name for one in checked_filters([GOOD, replace(GOOD, name=" ")])] == ["name", "Filter 2"]


def test_too_many_filters() -> None:
    assert len(checked_filters([GOOD] * 50)) == 50
    with pytest.raises(InvalidInput):
        checked_filters([GOOD] * 51)


def test_forwarding_has_each_target_once_and_at_least_one() -> None:
    assert checked_forwarding(Forwarding((at("a@x.test"), at("a@x.test")))).targets == (at("a@x.test"),)
    with pytest.raises(InvalidInput):
        checked_forwarding(Forwarding(()))


def test_targets_of_all_rules_count_together() -> None:
    targets = tuple(at(f"t{number}@x.test") for number in range(10))
    rules = Rules(
        at("a@home.test"), forwarding=Forwarding(targets[:5]), filters=(replace(GOOD, forward_to=targets[5:]),)
    )
    check_whole(rules)
    with pytest.raises(InvalidInput):
        check_whole(replace(rules, filters=(*rules.filters, replace(GOOD, forward_to=targets[:1]))))


def test_rules_that_would_be_too_long_a_script_are_refused() -> None:
    long = replace(GOOD, conditions=(replace(ON[0], text="字" * 200),) * 20)
    check_whole(Rules(at("a@home.test"), filters=(long,) * 30))
    with pytest.raises(InvalidInput, match="too many"):
        check_whole(Rules(at("a@home.test"), filters=(long,) * 50))
