import re
from pathlib import Path
from typing import Any

import pyrage
import pytest

from machiya.bootstrap import House, rescue_confirmed

RECOVERY = re.compile(r"^    (AGE-SECRET-KEY-1[0-9A-Z]+)$", re.MULTILINE)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_rescue_sheet_names_key_places_and_commands_and_holds_no_secret(
    machiya: Any, house: Path, language: str
) -> None:
    outcome = machiya("rescue-sheet", "--lang", language)
    recovery = House(house).secrets.recovery()
    for needed in (
        recovery.fingerprint, recovery.public, str(house), "age -d -i recovery.txt secrets.age",
        f"machiya secret recover --house {house}", str(house / "data" / "bulk"), "machiya.home.test",
    ):  # fmt: skip
        assert needed in outcome.out
    assert not RECOVERY.search(outcome.out)
    assert not [value for value in House(house).secrets.read().values() if value in outcome.out]


def test_rescue_sheet_warns_until_it_is_confirmed(machiya: Any, house: Path) -> None:
    assert "warning: nobody has confirmed" in machiya("rescue-sheet").err
    assert rescue_confirmed(house) is False
    assert machiya("rescue-sheet", "--confirm").code == 0
    assert rescue_confirmed(house) is True
    assert machiya("rescue-sheet").err == ""


def test_rescue_confirmed_is_false_where_nothing_is_known(tmp_path: Path) -> None:
    assert rescue_confirmed(tmp_path) is False


def test_confirm_at_a_terminal_believes_an_empty_line_and_checks_a_key(
    machiya: Any, tmp_path: Path, type_in: Any
) -> None:
    (key,) = RECOVERY.findall(machiya("init", "--sample").out)
    type_in(str(pyrage.x25519.Identity.generate()))
    outcome = machiya("rescue-sheet", "--confirm")
    assert outcome.code == 2
    assert "this is not the recovery key of this house" in outcome.err
    assert rescue_confirmed(tmp_path / "house") is False
    type_in(key)
    assert machiya("rescue-sheet", "--confirm").code == 0
    type_in("")
    assert machiya("rescue-sheet", "--confirm").code == 0


def test_new_key_is_shown_once_and_opens_the_secrets(machiya: Any, house: Path) -> None:
    machiya("rescue-sheet", "--confirm")
    outcome = machiya("rescue-sheet", "--new-key", "--yes")
    (key,) = RECOVERY.findall(outcome.out)
    identity = pyrage.x25519.Identity.from_str(key)
    assert b"edge_signing_key" in pyrage.decrypt((house / "secrets.age").read_bytes(), [identity])
    assert str(identity.to_public()) in outcome.out
    assert rescue_confirmed(house) is False


def test_new_key_wants_a_yes(machiya: Any, house: Path) -> None:
    before = (house / "secrets.age").read_bytes()
    outcome = machiya("rescue-sheet", "--new-key")
    assert outcome.code == 7
    assert "--yes" in outcome.err
    assert (house / "secrets.age").read_bytes() == before


@pytest.mark.usefixtures("house")
def test_confirm_and_new_key_exclude_one_another(machiya: Any) -> None:
    assert machiya("rescue-sheet", "--new-key", "--confirm").code == 2


def test_rescue_sheet_wants_a_house(machiya: Any) -> None:
    assert machiya("rescue-sheet").code == 4
