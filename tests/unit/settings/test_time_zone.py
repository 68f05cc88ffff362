"""What this machine calls its time zone."""

from pathlib import Path

import pytest

from machiya.settings import time_zone_here


def machine(folder: Path, link: str = "", file: str = "", named: str = "") -> str:
    if link:
        (folder / "localtime").symlink_to(f"/usr/share/zoneinfo/{link}")
    if file:
        (folder / "timezone").write_text(f"{file}\n", "utf-8")
    return time_zone_here(folder / "localtime", folder / "timezone", named)


@pytest.mark.parametrize(
    ("link", "file", "named", "zone"),
    [
        ("", "", "", "UTC"),
        ("Etc/UTC", "", "", "UTC"),
        ("Asia/Tokyo", "Europe/Berlin", "", "Asia/Tokyo"),
        ("", "Europe/Berlin", "", "Europe/Berlin"),
        ("Asia/Tokyo", "", "America/Lima", "America/Lima"),
        ("Asia/Tokyo", "", ":America/Lima", "America/Lima"),
        ("Asia/Tokyo", "", "JST-9", "Asia/Tokyo"),
        ("Mars/Olympus", "/etc/passwd", "../UTC", "UTC"),
    ],
)
def test_time_zone_here_is_that_of_the_process_then_of_the_machine(
    tmp_path: Path, link: str, file: str, named: str, zone: str
) -> None:
    assert machine(tmp_path, link, file, named) == zone


def test_time_zone_here_does_not_stumble_over_what_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "timezone").write_bytes(b"\xff")
    assert machine(tmp_path) == "UTC"


def test_time_zone_here_reads_tz_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/Lima")
    assert time_zone_here() == "America/Lima"


def test_time_zone_here_does_not_go_round_with_a_link_that_leads_to_itself(tmp_path: Path) -> None:
    (tmp_path / "localtime").symlink_to(tmp_path / "localtime")
    assert machine(tmp_path, file="Europe/Berlin") == "Europe/Berlin"
