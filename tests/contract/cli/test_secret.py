import io
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from machiya.adapters.shell.run_state import RunState
from machiya.bootstrap import House

RECOVERY = re.compile(r"^    (AGE-SECRET-KEY-1[0-9A-Z]+)$", re.MULTILINE)


def secrets(house: Path) -> dict[str, str]:
    return House(house).secrets.read()


def test_list_tells_names_and_never_values(machiya: Any, house: Path) -> None:
    outcome = machiya("secret", "list")
    rows = {line.split()[0]: line for line in outcome.out.splitlines()[1:]}
    assert rows["edge_signing_key"].split()[1:3] == ["set", "secrets.age"]
    assert "not set" in rows["database_password"]
    assert not [value for value in secrets(house).values() if value in outcome.out]


def test_list_as_json(machiya: Any, house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MACHIYA_SECRETS__DATABASE_PASSWORD", "hunter2")
    outcome = machiya("secret", "list", "--json")
    listed = {secret["name"]: secret for secret in json.loads(outcome.out)["secrets"]}
    assert listed["database_password"] == {
        "name": "database_password",
        "set": True,
        "source": "environment MACHIYA_SECRETS__DATABASE_PASSWORD",
    }
    assert listed["edge_signing_key_next"]["set"] is False
    assert "hunter2" not in outcome.out
    assert house.exists()


def test_set_reads_the_value_from_standard_input(machiya: Any, house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = secrets(house)
    monkeypatch.setattr("sys.stdin", io.StringIO("hunter2 with blanks\n"))
    outcome = machiya("secret", "set", "database_password")
    assert outcome.code == 0
    assert "hunter2" not in outcome.out + outcome.err
    assert secrets(house) == before | {"database_password": "hunter2 with blanks"}


def test_set_reads_the_value_from_a_hidden_prompt(machiya: Any, house: Path, type_in: Any) -> None:
    type_in("hunter2")
    assert machiya("secret", "set", "database_password").code == 0
    assert secrets(house)["database_password"] == "hunter2"


def test_set_takes_no_value_as_an_argument(machiya: Any, house: Path) -> None:
    before = secrets(house)
    assert machiya("secret", "set", "database_password", "hunter2").code == 2
    assert secrets(house) == before


@pytest.mark.parametrize("given", ["", "\n", "鍵\n", "a\tb\n"])
def test_set_refuses_an_empty_or_unprintable_value(
    machiya: Any, house: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    before = secrets(house)
    monkeypatch.setattr("sys.stdin", io.StringIO(given))
    assert machiya("secret", "set", "database_password").code == 2
    assert secrets(house) == before


def test_set_refuses_a_weak_key_so_that_the_house_still_opens(
    machiya: Any, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = secrets(house)
    monkeypatch.setattr("sys.stdin", io.StringIO("hunter2\n"))
    outcome = machiya("secret", "set", "edge_signing_key")
    assert outcome.code == 2
    assert "edge_signing_key has 7 characters, needs at least 32" in outcome.err
    assert "hunter2" not in outcome.err
    assert secrets(house) == before


@pytest.mark.usefixtures("house")
def test_set_refuses_an_unknown_name_with_a_guess(machiya: Any) -> None:
    outcome = machiya("secret", "set", "edge_signin_key")
    assert outcome.code == 2
    assert "did you mean edge_signing_key?" in outcome.err


def test_show_writes_the_value_alone(machiya: Any, house: Path) -> None:
    assert machiya("secret", "show", "edge_signing_key").out == secrets(house)["edge_signing_key"] + "\n"
    outcome = machiya("secret", "show", "database_password")
    assert (outcome.code, outcome.out) == (4, "")


def test_set_tells_a_running_house_to_be_started_again(
    machiya: Any, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a new password\n"))
    assert machiya("secret", "set", "database_password").err == ""
    started = House(house).clock.now() - timedelta(seconds=5)
    with House(house).lock("up"):
        (house / "data" / "run").mkdir(parents=True, exist_ok=True)
        RunState(house / "data" / "run" / "status.json", started).write([])
        monkeypatch.setattr("sys.stdin", io.StringIO("another password\n"))
        told = machiya("secret", "set", "database_password")
        advice = json.loads(machiya("status", "--json").out)["advice"]
    assert "the house runs with what was there before. Start it again: machiya restart" in told.err
    assert [line for line in advice if line.startswith("secrets.age was changed after the house started")]


def test_rotate_edge_key_makes_the_next_key_and_then_promotes_it(machiya: Any, house: Path) -> None:
    old = secrets(house)
    first = machiya("secret", "rotate-edge-key")
    between = secrets(house)
    assert first.code == 0
    assert between["edge_signing_key"] == old["edge_signing_key"]
    assert len(between["edge_signing_key_next"]) == 43
    assert between["edge_signing_key_next"] not in first.out
    assert machiya("secret", "rotate-edge-key", "--yes").code == 0
    assert secrets(house) == old | {"edge_signing_key": between["edge_signing_key_next"]}


def test_rotate_edge_key_promotes_only_after_a_yes(machiya: Any, house: Path, type_in: Any) -> None:
    machiya("secret", "rotate-edge-key")
    between = secrets(house)
    assert machiya("secret", "rotate-edge-key").code == 7
    type_in("n")
    assert machiya("secret", "rotate-edge-key").code == 7
    assert secrets(house) == between
    type_in("y")
    assert machiya("secret", "rotate-edge-key").code == 0
    assert secrets(house)["edge_signing_key"] == between["edge_signing_key_next"]


def test_recover_opens_a_house_without_its_host_key(
    machiya: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (key,) = RECOVERY.findall(machiya("init", "--sample").out)
    house = tmp_path / "house"
    before = secrets(house)
    (house / "host.key").unlink()
    assert machiya("config", "check").code == 3
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{key}\n"))
    assert machiya("secret", "recover").code == 0
    assert secrets(house) == before
    assert machiya("config", "check").code == 0


def test_recover_refuses_another_key(machiya: Any, house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO((house / "machiya.toml").read_text(encoding="utf-8")))
    assert machiya("secret", "recover").code == 2
    assert machiya("config", "check").code == 0


def test_recover_of_nothing_says_so(machiya: Any, tmp_path: Path) -> None:
    outcome = machiya("secret", "recover")
    assert outcome.code == 4
    assert str(tmp_path / "house") in outcome.err


def test_set_in_a_house_in_containers_says_who_hands_it_on(machiya: Any, house: Path, type_in: Any) -> None:
    file = house / "machiya.toml"
    file.write_text(file.read_text("utf-8").replace('# engine = "embedded"', 'engine = "docker"'), encoding="utf-8")
    type_in("hunter2")
    outcome = machiya("secret", "set", "relay_password")
    assert outcome.code == 0
    assert "machiya up gives it to the services" in outcome.err
    assert "1. Run machiya up." in machiya("secret", "rotate-edge-key").out
