"""The days on which the clocks change, as Debian's cron has them."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile

from machiya.adapters.cron.calendar import CronCalendar

BERLIN, TOKYO = "Europe/Berlin", "Asia/Tokyo"
NIGHTLY, WEEKLY, HOURLY = "0 3 * * *", "0 2 * * 0", "0 * * * *"
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def due(cron: str, zone: str, after: str, until: str) -> list[str]:
    moments = takewhile(lambda one: one <= at(until), CronCalendar().moments(cron, zone, at(after)))
    return [f"{one:%m-%d %H:%M}" for one in moments]


def test_moments_of_a_plain_night_are_local_times() -> None:
    assert due(NIGHTLY, BERLIN, "2026-06-01 00:00", "2026-06-03 00:00") == ["06-01 01:00", "06-02 01:00"]
    assert due(NIGHTLY, TOKYO, "2026-06-01 00:00", "2026-06-03 00:00") == ["06-01 18:00", "06-02 18:00"]


def test_an_hour_that_is_left_out_delays_what_falls_into_it() -> None:
    """2026-03-29, Berlin: 02:00 becomes 03:00 at 01:00 UTC."""
    assert due(WEEKLY, BERLIN, "2026-03-28 12:00", "2026-03-29 12:00") == ["03-29 01:00"]
    assert due("30 2 * * *", BERLIN, "2026-03-28 12:00", "2026-03-29 12:00") == ["03-29 01:00"]
    assert due(NIGHTLY, BERLIN, "2026-03-28 12:00", "2026-03-29 12:00") == ["03-29 01:00"]


def test_an_hour_that_comes_twice_runs_what_falls_into_it_once() -> None:
    """2026-10-25, Berlin: 03:00 becomes 02:00 at 01:00 UTC."""
    assert due(WEEKLY, BERLIN, "2026-10-24 12:00", "2026-10-25 12:00") == ["10-25 00:00"]
    assert due("30 2 * * *", BERLIN, "2026-10-24 12:00", "2026-10-26 00:00") == ["10-25 00:30"]
    assert due(NIGHTLY, BERLIN, "2026-10-24 12:00", "2026-10-25 12:00") == ["10-25 02:00"]


def test_moments_never_go_back_when_asked_within_the_second_of_the_two_hours() -> None:
    """02:15 for the second time: 02:30 was for the first."""
    assert due("30 2 * * *", BERLIN, "2026-10-25 01:15", "2026-10-26 12:00") == ["10-26 01:30"]


def test_every_hour_is_every_hour_of_real_time() -> None:
    for day in ("2026-03-29", "2026-10-25"):
        found = list(islice(CronCalendar().moments(HOURLY, BERLIN, at(f"{day} 00:00") - HOUR), 6))
        assert {later - earlier for earlier, later in pairwise(found)} == {HOUR}


def test_a_zone_without_summer_time_has_the_same_night_all_year() -> None:
    moments = takewhile(
        lambda one: one < at("2027-01-01 00:00"), CronCalendar().moments(NIGHTLY, TOKYO, at("2026-01-01 00:00"))
    )
    found = list(moments)
    assert len(found) == 365
    assert {(one.hour, one.minute) for one in found} == {(18, 0)}


def test_sunday_has_two_runs_and_no_other_day() -> None:
    for zone in (BERLIN, TOKYO):
        week = "2026-06-01 00:00", "2026-06-07 23:59"  # Monday to Sunday
        assert len(due(NIGHTLY, zone, *week)) == 7
        assert len(due(WEEKLY, zone, *week)) == 1
