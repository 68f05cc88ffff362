"""machiya admin and machiya audit, as a person and a script see them."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from machiya.access.model import Role
from machiya.bootstrap import House, open_house
from machiya.entrypoints.cli.audited import actor

pytestmark = pytest.mark.usefixtures("house")

LINK = re.compile(r"  (https?://[^/\s]+)/invitation/([\w-]{43})\n")
PASSWORD = "correct horse battery"


def accept(house: Path, out: str) -> House:
    found = LINK.search(out)
    assert found
    opened = open_house(house)
    opened.access.administrators.accept(found[2], PASSWORD)
    return opened


@pytest.fixture
def alice(house: Path, machiya: Any) -> House:
    return accept(house, machiya("admin", "invite", "alice", "--role", "owner").out)


def log_in(house: House) -> str:
    made = house.access.log_in("alice", PASSWORD, client_address="10.0.0.1", user_agent="Firefox")
    return made.session.id


def test_the_first_owner_comes_in_by_a_link_that_works_once(house: Path, machiya: Any) -> None:
    assert "machiya admin invite NAME --role owner" in machiya("admin", "list").err
    invited = machiya("admin", "invite", "alice", "--role", "owner")
    assert invited.out.startswith("alice (owner) chooses a password here, once, until ")
    assert "shown only now" in invited.err
    assert re.search(r"alice +owner +invited until \d{4}-\d\d-\d\d \d\d:\d\d +– +–\n", machiya("admin", "list").out)
    opened = accept(house, invited.out)
    assert log_in(opened)
    assert re.search(r"alice +owner +enabled +off +\d{4}-\d\d-\d\d\n", machiya("admin", "list").out)
    [known] = json.loads(machiya("admin", "list", "--json").out)["administrators"]
    assert (known["name"], known["role"], known["enabled"], known["two_step"]) == ("alice", "owner", True, False)
    assert "password" not in known
    with pytest.raises(Exception, match="no more"):
        accept(house, invited.out)


@pytest.mark.usefixtures("alice")
def test_invite_wants_a_role_or_again(machiya: Any) -> None:
    assert machiya("admin", "invite", "bob").code == 2
    assert machiya("admin", "invite", "bob", "--role", "king").code == 2
    assert machiya("admin", "invite", "bob", "--role", "viewer", "--again").code == 2
    assert machiya("admin", "invite", "Bob", "--role", "viewer").code == 2
    assert machiya("admin", "invite", "alice", "--role", "viewer").code == 5
    assert machiya("admin", "invite", "bob", "--again").code == 4
    assert LINK.search(machiya("admin", "invite", "alice", "--again").out)


@pytest.mark.usefixtures("alice")
def test_the_last_owner_cannot_be_lost(machiya: Any) -> None:
    for command in (("disable", "alice"), ("remove", "alice", "--yes"), ("role", "alice", "viewer")):
        refused = machiya("admin", *command)
        assert (refused.code, "last owner" in refused.err) == (7, True)


def test_role_disable_enable_and_remove(alice: House, house: Path, machiya: Any, type_in: Any) -> None:
    accept(house, machiya("admin", "invite", "bob", "--role", "viewer").out)
    assert machiya("admin", "role", "bob", "operator").out == "bob is operator now.\n"
    assert machiya("admin", "disable", "bob").out.startswith("bob is logged out")
    assert alice.access.administrators.find("bob").enabled is False
    assert machiya("admin", "enable", "bob").out == "bob can log in.\n"
    bob = alice.access.administrators.find("bob")
    assert (bob.enabled, bob.role) == (True, Role.OPERATOR)
    assert machiya("admin", "remove", "bob").code == 7
    type_in("y")
    assert machiya("admin", "remove", "bob").out == "bob is removed.\n"
    assert machiya("admin", "remove", "bob").code == 4


def test_sessions_are_listed_and_ended(alice: House, machiya: Any) -> None:
    assert machiya("admin", "sessions", "alice").err == "alice is logged in nowhere.\n"
    first, second = log_in(alice), log_in(alice)
    shown = machiya("admin", "sessions", "alice").out
    assert first in shown
    assert "10.0.0.1" in shown
    assert "Firefox" in shown
    assert machiya("admin", "end-sessions", "alice", "--session", first).code == 0
    [left] = json.loads(machiya("admin", "sessions", "alice", "--json").out)["sessions"]
    assert left["id"] == second
    assert machiya("admin", "end-sessions", "alice", "--session", first).code == 4
    assert machiya("admin", "end-sessions", "alice").out == "alice is logged out (1 session).\n"
    assert machiya("admin", "end-sessions", "you@home.test").out == "you@home.test is logged out (0 sessions).\n"
    assert machiya("admin", "sessions", "nobody").code == 4


def test_reset_totp_turns_the_second_factor_off(alice: House, machiya: Any) -> None:
    who = alice.access.administrators.find("alice").who
    begun = alice.access.second_factors.begin(who)
    from pyotp import TOTP  # noqa: PLC0415 – the phone of this test

    alice.access.second_factors.confirm(who, TOTP(begun.secret).now(), by=str(who))
    assert re.search(r"alice +owner +enabled +on ", machiya("admin", "list").out)
    assert machiya("admin", "reset-totp", "alice").code == 7
    assert machiya("admin", "reset-totp", "alice", "--yes").out == "Two-step log-in of alice is off.\n"
    assert machiya("admin", "reset-totp", "alice", "--yes").out == "Two-step log-in of alice was off already.\n"
    assert log_in(alice)


def test_commands_that_change_something_are_recorded(machiya: Any) -> None:
    for command in (
        "domain add shop.test",
        "mailbox add taro@shop.test --generate-password --quota 1GiB",
        "mailbox change taro@shop.test --disable --generate-password",
        "alias add a@shop.test taro@shop.test",
        "alias change a@shop.test you@home.test taro@shop.test",
        "alias remove a@shop.test --yes",
        "domain change shop.test --catch-all taro@shop.test",
        "domain change shop.test --no-catch-all",
        "mailbox remove taro@shop.test --yes",
        "domain remove shop.test --yes",
        "admin invite alice --role owner",
    ):
        assert machiya(*command.split()).code == 0, command
    found = json.loads(machiya("audit", "list", "--json").out)["entries"]
    assert [(one["action"], one["target"]) for one in reversed(found)] == [
        ("domain.add", "home.test"),
        ("mailbox.add", "you@home.test"),
        ("alias.add", "hello@home.test"),
        ("domain.add", "shop.test"),
        ("mailbox.add", "taro@shop.test"),
        ("mailbox.change", "taro@shop.test"),
        ("alias.add", "a@shop.test"),
        ("alias.change", "a@shop.test"),
        ("alias.remove", "a@shop.test"),
        ("domain.change", "shop.test"),
        ("domain.change", "shop.test"),
        ("mailbox.remove", "taro@shop.test"),
        ("domain.remove", "shop.test"),
        ("administrator.invite", "administrator:alice"),
    ]
    assert {one["actor"] for one in found} == {actor()}
    assert found[8]["details"] == {"password": "new", "state": "disabled"}
    assert [one["details"] for one in found[3:5]] == [{"catch_all": "none"}, {"catch_all": "taro@shop.test"}]


def test_what_is_refused_or_only_read_is_not_recorded(machiya: Any) -> None:
    before = machiya("audit", "list", "--json").out
    for command in ("domain add home.test", "mailbox remove nobody@home.test --yes", "domain list", "admin list"):
        machiya(*command.split())
    assert machiya("audit", "list", "--json").out == before


def test_audit_list_shows_who_did_what(machiya: Any) -> None:
    machiya("domain", "add", "shop.test")
    lines = machiya("audit", "list", "--limit", "2").out.splitlines()
    assert lines[0].split() == ["number", "when", "who", "did", "to", "details"]
    assert re.fullmatch(rf"4 +[\d-]+ [\d:]+ +{re.escape(actor())} +domain.add +shop.test", lines[1])
    assert len(lines) == 3
    assert len(machiya("audit", "list", "--target", "you@home.test").out.splitlines()) == 2
    assert machiya("audit", "list", "--who", "cli:nobody").err == "Nothing has been recorded yet.\n"


def meddle(house: Path, *statements: str) -> None:
    with closing(sqlite3.connect(house / "data" / "fast" / "machiya.sqlite3")) as connection:
        for trigger in ("update", "delete"):
            connection.execute(f"DROP TRIGGER audit_log_no_{trigger}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_audit_verify_prints_the_head_and_names_the_first_bad_entry(house: Path, machiya: Any) -> None:
    whole = machiya("audit", "verify")
    assert whole.code == 0
    head = re.fullmatch(r"The audit log is whole: 3 entries\.\nHead: (3:[0-9a-f]{64})\n", whole.out)
    assert head
    machiya("domain", "add", "shop.test")
    assert "is in it" in machiya("audit", "verify", "--expect", head[1]).out
    meddle(house, "UPDATE audit_log SET target = 'other.test' WHERE number = 2")
    found = machiya("audit", "verify")
    assert (found.code, found.out) == (10, "")
    assert "first bad entry is 2: it was changed" in found.err
    as_json = machiya("audit", "verify", "--json")
    assert as_json.code == 10
    assert (json.loads(as_json.out)["intact"], json.loads(as_json.out)["bad_number"]) == (False, 2)


def test_audit_verify_with_a_head_kept_elsewhere_finds_a_log_written_anew(house: Path, machiya: Any) -> None:
    head = json.loads(machiya("audit", "verify", "--json").out)["head"]
    meddle(house, "DELETE FROM audit_log", "DELETE FROM audit_head")
    machiya("domain", "add", "shop.test")
    assert machiya("audit", "verify").code == 0
    assert machiya("audit", "verify", "--expect", head).code == 10
    assert machiya("audit", "verify", "--expect", "nonsense").code == 2


def test_a_house_without_its_totp_key_says_what_to_do(alice: House, house: Path, machiya: Any) -> None:
    open_house(house).secrets.change({"totp_key": ""})
    with pytest.raises(Exception, match="totp_key"):
        open_house(house).access.second_factors.begin(alice.access.administrators.find("alice").who)
    machiya("init")
    open_house(house).access.second_factors.begin(alice.access.administrators.find("alice").who)
