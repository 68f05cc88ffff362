from pathlib import Path

import pytest

from machiya.core.errors import ConfigurationError
from machiya.settings import JobsSettings, load
from machiya.settings.checks import secret_mistake

NOTHING: dict[str, str] = {}


def mistakes(tmp_path: Path, text: str) -> tuple[str, ...]:
    (tmp_path / "machiya.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, NOTHING)
    return caught.value.mistakes


def test_defaults_are_those_of_the_house() -> None:
    jobs = JobsSettings()
    assert (jobs.backup_daily, jobs.backup_weekly) == ("0 3 * * *", "0 2 * * 0")
    assert (jobs.backup_freshness, jobs.audit_verify) == ("0 * * * *", "30 4 * * *")
    assert (jobs.freshness_hours, jobs.history_days, jobs.timezone) == (26, 90, "")


def test_a_schedule_can_be_changed_and_turned_off(tmp_path: Path) -> None:
    (tmp_path / "machiya.toml").write_text(
        '[jobs]\nbackup_daily = ""\nbackup_weekly = " 15  4 * *  SUN "\ntimezone = "Europe/Berlin"\n'
    )
    jobs = load(tmp_path, NOTHING).jobs
    assert (jobs.backup_daily, jobs.backup_weekly, jobs.timezone) == ("", "15 4 * * SUN", "Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("every night", "it has 2 fields"),
        ("0 3 * * * *", "it has 6 fields"),
        ("60 3 * * *", "bad minute"),
        ("0 24 * * *", "bad hour"),
        ("0 3 * * 8", "bad day-of-week"),
        ("0 3 30 2 *", "bad day-of-month"),
        ("* * * * @", "bad day-of-week"),
    ],
)
def test_a_wrong_schedule_is_told_with_its_path_and_what_is_allowed(tmp_path: Path, text: str, what: str) -> None:
    (mistake,) = mistakes(tmp_path, f'[jobs]\nbackup_daily = "{text}"\n')
    assert mistake.startswith(f'jobs.backup_daily: "{text}" cannot be used: {what}')
    assert 'minute, hour, day of the month, month, day of the week – as in "0 3 * * *"' in mistake
    assert mistake.endswith("(machiya.toml:2)")


@pytest.mark.parametrize("zone", ["Mars/Phobos", "/etc/localtime", "../zoneinfo/UTC", "JST9"])
def test_a_wrong_time_zone_is_told(tmp_path: Path, zone: str) -> None:
    (mistake,) = mistakes(tmp_path, f'[jobs]\ntimezone = "{zone}"\n')
    assert mistake.startswith("jobs.timezone: ")
    assert '"Asia/Tokyo"' in mistake


def test_whoever_is_told_has_an_address(tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, '[jobs]\nnotify_mail = "nobody"\n')
    assert mistake.startswith("jobs.notify_mail: not an e-mail address")


@pytest.mark.parametrize("name", ["notify_webhook", "notify_ntfy"])
def test_a_webhook_that_is_no_address_is_told_without_repeating_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, {f"MACHIYA_SECRETS__{name.upper()}": "T0K3N"})
    (mistake,) = caught.value.mistakes
    assert mistake.startswith(f"secrets.{name}: is not an address; it begins with https://")
    assert "T0K3N" not in mistake


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("http://hooks.example/T0K3N", "must be https"),
        ("http://127.0.0.1.hooks.example/T0K3N", "must be https"),
        ("https:///T0K3N", "is not an address"),
        ("https://[::1/T0K3N", "is not an address"),
        ("https://hooks.example/T0K3N", ""),
        ("http://127.0.0.1:8080/T0K3N", ""),
        ("http://[::1]/T0K3N", ""),
        ("http://localhost/T0K3N", ""),
    ],
)
def test_a_way_to_tell_crosses_no_network_readable(url: str, what: str) -> None:
    mistake = secret_mistake("notify_webhook", url)
    assert mistake.startswith(what)
    assert bool(mistake) == bool(what)
    assert "T0K3N" not in mistake
