"""``machiya mailbox vacation``, ``forward`` and ``filter``, in a house that is said to have a Dovecot."""

import json
from pathlib import Path
from typing import Any

import pytest

from contract.cli.conftest import Machiya
from machiya.accounts.ports import AccountsUnitOfWork
from machiya.accounts.rules.changes import MailboxRules
from machiya.bootstrap import House

YOU = "you@home.test"


@pytest.fixture
def with_dovecot(monkeypatch: pytest.MonkeyPatch) -> None:
    def rules(house: House, work: AccountsUnitOfWork | None = None) -> MailboxRules:
        return MailboxRules(work or house.accounts_uow(), carried_out=True)

    monkeypatch.setattr(House, "rules", rules)


def data(out: str) -> Any:
    return json.loads(out)


@pytest.mark.usefixtures("house", "with_dovecot")
def test_vacation_is_set_shown_switched_off_and_forgotten(machiya: Machiya) -> None:
    assert "No vacation" in machiya("mailbox", "vacation", YOU).out
    days = ("--from", "2026-08-10", "--until", "2026-08-15", "--zone", "Asia/Tokyo")
    made = machiya("mailbox", "vacation", YOU, "--text", "夏休みです。", "--subject", "不在", *days)
    assert made.code == 0, made.err
    assert "2026-08-10 – 2026-08-15 (Asia/Tokyo)" in made.out
    off = data(machiya("mailbox", "vacation", YOU, "--off", "--until", "", "--json").out)["vacation"]
    assert (off["text"], off["enabled"], off["first_day"], off["last_day"]) == (
        "夏休みです。",
        False,
        "2026-08-10",
        None,
    )
    assert data(machiya("mailbox", "vacation", YOU, "--json").out)["vacation"] == off
    assert "No vacation" in machiya("mailbox", "vacation", YOU, "--remove").out


@pytest.mark.usefixtures("house", "with_dovecot")
def test_text_comes_from_a_file(machiya: Machiya, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("一行目\n二行目\n", "utf-8")
    made = machiya("mailbox", "vacation", YOU, "--text-file", tmp_path / "text", "--json")
    assert data(made.out)["vacation"]["text"] == "一行目\n二行目"
    (tmp_path / "text").write_bytes(b"\xff")
    assert machiya("mailbox", "vacation", YOU, "--text-file", tmp_path / "text").code == 2
    assert machiya("mailbox", "vacation", YOU, "--text-file", tmp_path / "none").code == 2
    assert machiya("mailbox", "vacation", YOU, "--text", "x", "--text-file", "y").code == 2
    assert machiya("mailbox", "vacation", YOU, "--from", "tomorrow").code == 2


@pytest.mark.usefixtures("house", "with_dovecot")
def test_forwarding_warns_and_refuses(machiya: Machiya) -> None:
    assert "No forwarding" in machiya("mailbox", "forward", YOU).out
    made = machiya("mailbox", "forward", YOU, "me@out.test", "--no-keep")
    assert made.code == 0, made.err
    assert "warning: " in made.err
    assert "me@out.test" in made.out
    shown = data(machiya("mailbox", "forward", YOU, "--keep", "--json").out)
    assert shown["forwarding"] == {"targets": ["me@out.test"], "keep_copy": True, "enabled": True}
    assert [one["code"] for one in shown["warnings"]] == ["outside"]
    refused = machiya("mailbox", "forward", YOU, "hello@home.test")
    assert refused.code == 7
    assert "forward to itself" in refused.err
    assert data(machiya("mailbox", "forward", YOU, "--json").out)["forwarding"]["targets"] == ["me@out.test"]
    assert "No forwarding" in machiya("mailbox", "forward", YOU, "--remove").out


@pytest.mark.usefixtures("house", "with_dovecot")
def test_filters_are_added_moved_switched_and_removed(machiya: Machiya) -> None:
    invoice, trash = ("--if", "subject contains 請求 書"), ("--if", "sender is x@out.test", "--trash", "--name", "no")
    assert (
        "folder 仕事/請求" in machiya("mailbox", "filter", "add", YOU, *invoice, "--folder", "仕事/請求", "--read").out
    )
    assert machiya("mailbox", "filter", "add", YOU, *trash, "--at", "1", "--go-on").code == 0
    assert [one["name"] for one in listed(machiya)] == ["no", "Filter 1"]
    assert listed(machiya)[1]["conditions"] == [{"field": "subject", "comparison": "contains", "text": "請求 書"}]
    machiya("mailbox", "filter", "move", YOU, "1", "2")
    machiya("mailbox", "filter", "switch", YOU, "2", "--off")
    assert [(one["name"], one["enabled"], one["stop"]) for one in listed(machiya)] == [
        ("Filter 1", True, True),
        ("no", False, False),
    ]
    assert machiya("mailbox", "filter", "remove", YOU, "3").code == 4
    assert machiya("mailbox", "filter", "remove", YOU, "1").code == 0
    assert [one["name"] for one in listed(machiya)] == ["no"]


def listed(machiya: Machiya) -> Any:
    return data(machiya("mailbox", "filter", "list", YOU, "--json").out)["filters"]


@pytest.mark.usefixtures("house", "with_dovecot")
@pytest.mark.parametrize("condition", ["", "subject", "subject contains", "body contains x", "subject like x"])
def test_condition_that_is_none(machiya: Machiya, condition: str) -> None:
    assert machiya("mailbox", "filter", "add", YOU, "--if", condition, "--flag").code == 2


@pytest.mark.usefixtures("house")
def test_house_without_dovecot_says_so_in_one_line(machiya: Machiya) -> None:
    refused = machiya("mailbox", "vacation", YOU, "--text", "x")
    assert refused.code == 7
    assert "it has no Dovecot" in refused.err
    assert machiya("mailbox", "vacation", YOU).code == 0


@pytest.mark.usefixtures("house", "with_dovecot")
def test_days_of_a_vacation_are_said_in_words(machiya: Machiya, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    shown = machiya("mailbox", "vacation", YOU, "--text", "Away.").out
    assert "from now on, until it is turned off\n" in shown
    shown = machiya("mailbox", "vacation", YOU, "--until", "2026-08-15").out
    assert "from now on until 2026-08-15 (Asia/Tokyo)\n" in shown
    shown = machiya("mailbox", "vacation", YOU, "--from", "2026-08-10", "--until", "").out
    assert "from 2026-08-10 (Asia/Tokyo), until it is turned off\n" in shown


@pytest.mark.usefixtures("house", "with_dovecot")
def test_change_is_written_to_the_audit_log_and_showing_is_not(machiya: Machiya) -> None:
    machiya("mailbox", "forward", YOU, "me@out.test")
    machiya("mailbox", "forward", YOU)
    machiya("mailbox", "vacation", YOU)
    entries = data(machiya("audit", "list", "--target", YOU, "--json").out)["entries"]
    assert [one["action"] for one in entries if one["action"].startswith("rules.")] == ["rules.forwarding"]
