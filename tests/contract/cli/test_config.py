import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from machiya.entrypoints.cli.reference import write


def test_check_shows_every_setting_with_its_origin(machiya: Any, house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MACHIYA_MAIL__MAX_HOPS", "60")
    outcome = machiya("config", "check")
    rows = [line.split() for line in outcome.out.splitlines()]
    assert outcome.code == 0
    assert ["mail.max_hops", "60", "environment", "MACHIYA_MAIL__MAX_HOPS"] in rows
    assert ["house.owner", '"you@home.test"', "machiya.toml:13"] in rows
    assert ["secrets.edge_signing_key", "set", "secrets.age"] in rows
    assert f"The configuration of {house} is in order." in outcome.err


def test_check_lists_every_mistake_with_exit_code_3(machiya: Any, house: Path) -> None:
    (house / "machiya.toml").write_text('[mail]\nstore = "mbox"\nmax_hop = 3\n', encoding="utf-8")
    outcome = machiya("config", "check")
    assert outcome.code == 3
    assert outcome.err.splitlines()[1:3] == [
        '  mail.store: "mbox" is not allowed; use "maildir" or "lmtp" (machiya.toml:2)',
        "  mail.max_hop: there is no such setting; did you mean max_hops? (machiya.toml:3)",
    ]
    assert outcome.out == ""


def test_check_as_json_lists_settings_or_mistakes(machiya: Any, house: Path) -> None:
    settings = json.loads(machiya("config", "check", "--json").out)["settings"]
    assert {"path": "mail.max_hops", "value": "50", "unit": "", "source": "default"} in settings
    (house / "machiya.toml").write_text("[mail]\nstore = 3 3\n", encoding="utf-8")
    error = json.loads(machiya("config", "check", "--json").err)["error"]
    assert error["code"] == "invalid_configuration"
    assert error["mistakes"][0].startswith("machiya.toml:2:")


def test_check_never_shows_a_secret(machiya: Any, house: Path) -> None:
    key = machiya("secret", "show", "edge_signing_key").out.strip()
    outcome = machiya("config", "check")
    assert len(key) == 43
    assert key not in outcome.out + outcome.err
    assert house.exists()


def test_show_tells_what_is_not_default(machiya: Any, house: Path) -> None:
    out = machiya("config", "show").out
    assert "house.owner" in out
    assert "mail.store" not in out
    (house / "machiya.toml").write_text("", encoding="utf-8")
    (house / "secrets.age").unlink()
    assert machiya("config", "show").err == "Every setting has its default.\n"
    assert json.loads(machiya("config", "show", "--json").out) == {"settings": []}


@pytest.mark.usefixtures("house")
def test_show_of_a_section_or_a_setting_shows_that_alone(machiya: Any) -> None:
    section = machiya("config", "show", "front_door").out.splitlines()
    assert [line.split()[0] for line in section[1:]] == [
        "front_door.host",
        "front_door.port",
        "front_door.tunnel",
    ]
    one = json.loads(machiya("config", "show", "mail.store", "--json").out)["settings"]
    assert one == [{"path": "mail.store", "value": '"maildir"', "unit": "", "source": "default"}]


@pytest.mark.usefixtures("house")
def test_show_of_something_unknown_says_where_the_list_is(machiya: Any) -> None:
    outcome = machiya("config", "show", "mial")
    assert outcome.code == 2
    assert "machiya config check" in outcome.err


@pytest.mark.parametrize("command", ["check", "show"])
def test_config_commands_want_a_house(machiya: Any, command: str) -> None:
    assert machiya("config", command).code == 4


@pytest.mark.parametrize("language", ["en", "ja"])
def test_sample_needs_no_house_and_is_toml(machiya: Any, language: str) -> None:
    outcome = machiya("config", "sample", "--lang", language)
    assert outcome.code == 0
    assert "mail" in tomllib.loads(outcome.out)


def test_sample_refuses_a_language_it_does_not_speak(machiya: Any) -> None:
    outcome = machiya("config", "sample", "--lang", "fr")
    assert outcome.code == 2
    assert "--lang en or --lang ja" in outcome.err


def test_write_makes_six_reference_pages(tmp_path: Path) -> None:
    write(tmp_path / "pages")
    assert sorted(page.name for page in (tmp_path / "pages").iterdir()) == [
        "cli.ja.md", "cli.md", "errors.ja.md", "errors.md", "settings.ja.md", "settings.md",
    ]  # fmt: skip
