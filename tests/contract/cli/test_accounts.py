"""domain, mailbox and alias, as a person sees them."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from machiya.bootstrap import open_house
from machiya.core.addresses import EmailAddress

pytestmark = pytest.mark.usefixtures("house")

PASSWORD = re.compile(r"Password \(shown only now\): ([a-z0-9-]{23})\n")
KNOWS = "The edge knows within 5 seconds, while the house is up."


def stored_password(house: Path, address: str, password: str) -> bool:
    opened = open_house(house)
    with opened.accounts_uow(read_only=True) as work:
        box = work.accounts.mailbox(EmailAddress.parse(address))
    assert box is not None
    return opened.password_hasher().verify(box.password, password)


def put_mail(house: Path, address: str, content: bytes) -> None:
    local, _, domain = address.partition("@")
    new = open_house(house).mail_folder / domain / local / "Maildir" / "new"
    new.mkdir(parents=True)
    (new / f"1.x.machiya,S={len(content)}").write_bytes(content)


def test_domain_add_takes_unicode_and_says_what_comes_next(machiya: Any) -> None:
    outcome = machiya("domain", "add", "例え.jp")
    assert outcome.out == ("例え.jp is a domain of this house. Next: machiya mailbox add NAME@xn--r8jz45g.jp\n")
    assert machiya("domain", "add", "EXAMPLE.jp.").code == 0
    assert machiya("domain", "add", "example.jp").code == 5


def test_domain_list_and_show(machiya: Any) -> None:
    machiya("domain", "add", "例え.jp")
    assert [line.split() for line in machiya("domain", "list").out.splitlines()] == [
        ["domain", "mailboxes", "aliases", "catch-all"],
        ["home.test", "1", "1", "–"],
        ["例え.jp", "0", "0", "–"],
    ]
    assert "in DNS     xn--r8jz45g.jp\n" in machiya("domain", "show", "例え.jp").out
    listed = json.loads(machiya("domain", "list", "--json").out)["domains"]
    shown = json.loads(machiya("domain", "show", "home.test", "--json").out)
    assert shown in listed
    assert (shown["name"], shown["mailboxes"], shown["catch_all"]) == ("home.test", 1, None)
    assert machiya("domain", "show", "nosuch.jp").code == 4


def test_domain_change_sets_and_ends_the_catch_all(machiya: Any) -> None:
    outcome = machiya("domain", "change", "home.test", "--catch-all", "you@home.test")
    assert outcome.out == f"home.test: catch-all you@home.test. {KNOWS}\n"
    assert json.loads(machiya("domain", "show", "home.test", "--json").out)["catch_all"] == "you@home.test"
    assert "catch-all of   home.test\n" in machiya("mailbox", "show", "you@home.test").out
    assert machiya("domain", "change", "home.test", "--no-catch-all").code == 0
    assert json.loads(machiya("domain", "show", "home.test", "--json").out)["catch_all"] is None


@pytest.mark.parametrize("flags", [(), ("--catch-all", "you@home.test", "--no-catch-all")])
def test_domain_change_wants_one_change(machiya: Any, flags: tuple[str, ...]) -> None:
    assert machiya("domain", "change", "home.test", *flags).code == 2


def test_domain_remove_of_an_empty_domain_wants_a_yes(machiya: Any, type_in: Any) -> None:
    machiya("domain", "add", "example.jp")
    assert machiya("domain", "remove", "example.jp").code == 7
    type_in("y")
    assert machiya("domain", "remove", "example.jp").code == 0
    assert machiya("domain", "show", "example.jp").code == 4


def test_domain_remove_with_mailboxes_wants_force_and_puts_mail_aside(machiya: Any, house: Path) -> None:
    put_mail(house, "you@home.test", b"hello")
    refused = machiya("domain", "remove", "home.test", "--yes")
    assert refused.code == 7
    assert "--force" in refused.err
    outcome = machiya("domain", "remove", "home.test", "--force", "--yes")
    assert outcome.code == 0
    assert "mailboxes: you@home.test" in outcome.out
    assert "their mail (1 message, 5 B) is put aside, not deleted" in outcome.out
    assert "the owner of this house" in outcome.err
    (place,) = re.findall(r"Its mail is in (.+)", outcome.out)
    assert [path.read_bytes() for path in Path(place).rglob("*machiya*")] == [b"hello"]


def test_mailbox_add_generates_a_password_and_says_when_the_edge_knows(machiya: Any, house: Path) -> None:
    outcome = machiya("mailbox", "add", "Taro@home.test", "--generate-password", "--quota", "1.5 GiB")
    assert outcome.out.startswith(f"The mailbox taro@home.test is made. {KNOWS}\n")
    (password,) = PASSWORD.findall(outcome.out)
    assert stored_password(house, "taro@home.test", password)
    assert json.loads(machiya("mailbox", "show", "taro@home.test", "--json").out)["quota_bytes"] == 1_610_612_736


def test_mailbox_add_reads_the_password_from_standard_input(
    machiya: Any, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(" pass word of taro \nnext line"))
    outcome = machiya("mailbox", "add", "taro@home.test", "--password-stdin")
    assert outcome.code == 0
    assert "pass word" not in outcome.out + outcome.err
    assert stored_password(house, "taro@home.test", " pass word of taro ")


def test_mailbox_add_asks_for_the_password(machiya: Any, house: Path, type_in: Any) -> None:
    type_in("correct horse battery")
    assert machiya("mailbox", "add", "taro@home.test").code == 0
    assert stored_password(house, "taro@home.test", "correct horse battery")


def test_mailbox_add_takes_the_default_quota(machiya: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MACHIYA_MAIL__DEFAULT_QUOTA", "1 GiB")
    machiya("mailbox", "add", "taro@home.test", "--generate-password")
    assert "quota          1 GiB\n" in machiya("mailbox", "show", "taro@home.test").out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("taro@home.test",), 2, "--generate-password or --password-stdin"),
        (("taro", "--generate-password"), 2, "not an e-mail address"),
        (("taro@nosuch.jp", "--generate-password"), 4, "machiya domain add nosuch.jp"),
        (("you@home.test", "--generate-password"), 5, "is a mailbox already"),
        (("taro@home.test", "--generate-password", "--quota", "1 GB"), 2, "not a size"),
    ],
)
def test_mailbox_add_refuses_clearly(machiya: Any, arguments: tuple[str, ...], code: int, told: str) -> None:
    outcome = machiya("mailbox", "add", *arguments)
    assert outcome.code == code
    assert told in outcome.err
    assert outcome.out == ""


def test_mailbox_list_of_all_and_of_one_domain(machiya: Any) -> None:
    machiya("domain", "add", "example.jp")
    assert machiya("mailbox", "list").out == "mailbox        state    quota\nyou@home.test  enabled  none\n"
    assert machiya("mailbox", "list", "example.jp").err == "No mailbox yet. Add one: machiya mailbox add NAME@DOMAIN\n"
    assert json.loads(machiya("mailbox", "list", "example.jp", "--json").out) == {"mailboxes": []}
    assert machiya("mailbox", "list", "nosuch.jp").code == 4


def test_mailbox_show_tells_what_leads_there_and_what_it_holds(machiya: Any, house: Path) -> None:
    put_mail(house, "you@home.test", b"x" * 1536)
    shown = json.loads(machiya("mailbox", "show", "you@home.test", "--json").out)
    assert shown["aliases"] == ["hello@home.test"]
    assert (shown["message_count"], shown["usage_bytes"], shown["has_password"]) == (1, 1536, True)
    assert "password" not in shown
    assert "holds          1 message, 1.5 KiB\n" in machiya("mailbox", "show", "you@home.test").out


def test_mailbox_change_changes_only_what_is_named(machiya: Any, house: Path) -> None:
    before = json.loads(machiya("mailbox", "show", "you@home.test", "--json").out)
    outcome = machiya("mailbox", "change", "you@home.test", "--disable")
    assert outcome.out == f"you@home.test: disabled, quota none.\n{KNOWS}\n"
    machiya("mailbox", "change", "you@home.test", "--enable", "--quota", "2 GiB")
    after = json.loads(machiya("mailbox", "show", "you@home.test", "--json").out)
    assert after == before | {"quota_bytes": 2 << 30}
    (password,) = PASSWORD.findall(machiya("mailbox", "change", "you@home.test", "--generate-password").out)
    assert stored_password(house, "you@home.test", password)


def test_mailbox_change_asks_for_a_new_password(machiya: Any, house: Path, type_in: Any) -> None:
    type_in("correct horse battery")
    outcome = machiya("mailbox", "change", "you@home.test", "--password")
    assert "horse" not in outcome.out + outcome.err
    assert stored_password(house, "you@home.test", "correct horse battery")


def test_mailbox_change_wants_something_to_change(machiya: Any) -> None:
    assert machiya("mailbox", "change", "you@home.test").code == 2


def test_mailbox_remove_says_what_happens_and_does_it_after_a_yes(machiya: Any, house: Path, type_in: Any) -> None:
    put_mail(house, "you@home.test", b"hello")
    refused = machiya("mailbox", "remove", "you@home.test")
    assert refused.code == 7
    assert "its mail (1 message, 5 B) is put aside, not deleted" in refused.out
    assert "aliases removed, nothing left to point to: hello@home.test" in refused.out
    assert "is the owner of this house" in refused.err
    type_in("n")
    assert machiya("mailbox", "remove", "you@home.test").code == 7
    assert machiya("mailbox", "show", "you@home.test").code == 0
    done = machiya("mailbox", "remove", "you@home.test", "--yes")
    assert done.code == 0
    assert "Its mail is in " in done.out
    assert machiya("mailbox", "show", "you@home.test").code == 4
    assert machiya("alias", "show", "hello@home.test").code == 4


def test_a_mailbox_or_domain_whose_mail_disk_is_away_stays(machiya: Any, house: Path) -> None:
    put_mail(house, "you@home.test", b"hello")
    disk = open_house(house).settings.storage.bulk
    disk.rename(disk.with_name("away"))
    for words in (("mailbox", "remove", "you@home.test"), ("domain", "remove", "home.test", "--force")):
        refused = machiya(*words, "--yes")
        assert refused.code == 7
        assert "is missing" in refused.err
        assert "Is its disk mounted?" in refused.err
    shown = json.loads(machiya("mailbox", "show", "you@home.test", "--json").out)
    assert shown["enabled"]


def test_alias_add_list_show_change_remove(machiya: Any) -> None:
    machiya("mailbox", "add", "taro@home.test", "--generate-password")
    added = machiya("alias", "add", "sales@home.test", "taro@home.test", "hello@home.test")
    assert added.out == f"sales@home.test → taro@home.test, hello@home.test. {KNOWS}\n"
    shown = json.loads(machiya("alias", "show", "sales@home.test", "--json").out)
    assert shown["targets"] == ["taro@home.test", "hello@home.test"]
    assert shown["mailboxes"] == ["taro@home.test", "you@home.test"]
    assert "reaches     taro@home.test, you@home.test\n" in machiya("alias", "show", "sales@home.test").out
    assert machiya("alias", "change", "sales@home.test", "taro@home.test").code == 0
    listed = json.loads(machiya("alias", "list", "home.test", "--json").out)["aliases"]
    assert [(alias["address"], alias["targets"]) for alias in listed] == [
        ("hello@home.test", ["you@home.test"]),
        ("sales@home.test", ["taro@home.test"]),
    ]
    assert "sales@home.test  taro@home.test\n" in machiya("alias", "list").out
    assert machiya("alias", "remove", "sales@home.test").code == 7
    assert machiya("alias", "remove", "sales@home.test", "--yes").code == 0
    assert machiya("alias", "show", "sales@home.test").code == 4


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("x@home.test", "you@elsewhere.jp"), 2, "outside of this house"),
        (("x@home.test", "nobody@home.test"), 4, "neither a mailbox nor an alias"),
        (("you@home.test", "hello@home.test"), 5, "is a mailbox already"),
        (("x@home.test",), 2, "machiya alias add --help"),
    ],
)
def test_alias_add_refuses_clearly(machiya: Any, arguments: tuple[str, ...], code: int, told: str) -> None:
    outcome = machiya("alias", "add", *arguments)
    assert outcome.code == code
    assert told in outcome.err
