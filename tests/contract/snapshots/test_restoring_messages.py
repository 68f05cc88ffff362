"""A message has another name for each of its flags, and leaves ``new`` for ``cur``: it is not brought back twice."""

import os
from pathlib import Path

import pytest

from fakes.snapshots import LONG_AGO_NS, Yard, facts, write
from machiya.adapters.snapshots.restoring import Manner
from machiya.backup.restore import Done, Step

MAILDIR = "home.test/you/Maildir"
SEEN = "1700000000.a.machiya,S=6:2,S"
ANSWERED = "1700000000.a.machiya,S=6:2,RS"
FRESH = "1700000001.b.machiya,S=6"


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    yard = Yard(tmp_path)
    write(yard.source / MAILDIR / "cur" / SEEN)
    write(yard.source / MAILDIR / "new" / FRESH)
    write(yard.source / MAILDIR / ".Old/cur" / SEEN)
    yard.take()
    return yard


def made(found: list[Done]) -> list[tuple[Step, bytes]]:
    return [(one.step, one.name) for one in found if one.step is not Step.SAME]


def manners(*, only_look: bool = False) -> list[Manner]:
    return [Manner(b"mail", replace, only_look) for replace in (False, True)]


@pytest.mark.parametrize("manner", manners() + manners(only_look=True))
def test_a_message_that_is_there_is_the_same_whatever_its_flags(yard: Yard, manner: Manner) -> None:
    maildir = yard.source / MAILDIR
    (maildir / "cur" / SEEN).rename(maildir / "cur" / ANSWERED)
    (maildir / "new" / FRESH).rename(maildir / "cur" / f"{FRESH}:2,F")
    before = facts(yard.source)
    assert made(yard.restore(yard.newest(), yard.source, manner=manner)) == []
    assert facts(yard.source) == before


@pytest.mark.parametrize("manner", manners())
def test_a_message_that_is_in_another_mail_folder_only_comes_back(yard: Yard, manner: Manner) -> None:
    maildir = yard.source / MAILDIR
    (maildir / "cur" / SEEN).unlink()
    found = yard.restore(yard.newest(), yard.source, manner=manner)
    assert made(found) == [(Step.MAKE, f"mail/{MAILDIR}/cur/{SEEN}".encode())]
    assert (maildir / "cur" / SEEN).read_bytes() == b"hello\n"


def test_replace_mends_a_message_under_the_name_that_it_has_now(yard: Yard) -> None:
    maildir = yard.source / MAILDIR
    (maildir / "cur" / SEEN).unlink()
    write(maildir / "cur" / ANSWERED, b"HELLO\n")
    (maildir / "new" / FRESH).unlink()
    write(maildir / "cur" / f"{FRESH}:2,", b"HE")
    found = yard.restore(yard.newest(), yard.source, manner=Manner(b"mail", replace=True))
    assert sorted(made(found)) == [
        (Step.REPLACE, f"mail/{MAILDIR}/cur/{ANSWERED}".encode()),
        (Step.REPLACE, f"mail/{MAILDIR}/cur/{FRESH}:2,".encode()),
    ]
    assert {path.name: path.read_bytes() for path in (maildir / "cur").iterdir()} == {
        ANSWERED: b"hello\n",
        f"{FRESH}:2,": b"hello\n",
    }
    assert list((maildir / "new").iterdir()) == []


def test_a_message_that_is_renamed_meanwhile_is_found_again(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    cur = yard.source / MAILDIR / "cur"
    write(cur / "1600000000.z:2,")
    yard.take(1)
    (cur / "1600000000.z:2,").unlink()
    (cur / SEEN).rename(cur / ANSWERED)
    link = os.link

    def rename_then_link(*args: object, **kwargs: object) -> None:
        if (cur / ANSWERED).exists():
            (cur / ANSWERED).rename(cur / f"{SEEN}T")
        link(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "link", rename_then_link)
    yard.restore(yard.snapshot(1), yard.source, manner=Manner(b"mail"))
    assert sorted(path.name for path in cur.iterdir()) == ["1600000000.z:2,", f"{SEEN}T"]


def test_into_a_folder_of_its_own_each_name_comes_as_it_was(yard: Yard, tmp_path: Path) -> None:
    write(yard.source / MAILDIR / "cur" / ANSWERED, when_ns=LONG_AGO_NS)
    write(yard.source / MAILDIR / "new" / "1700000000.a.machiya,S=6", when_ns=LONG_AGO_NS)
    yard.take(1)
    yard.restore(yard.snapshot(1), tmp_path / "to")
    assert facts(tmp_path / "to/mail") == facts(yard.source)
