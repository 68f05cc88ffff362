import errno
import io
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from machiya.accounts.mailboxes import list_mailboxes
from machiya.bootstrap import House, open_house, rescue_confirmed
from machiya.settings import load

RECOVERY = re.compile(r"^    (AGE-SECRET-KEY-1[0-9A-Z]+)$", re.MULTILINE)
PASSWORD = re.compile(r"password +([a-z0-9]{5}(?:-[a-z0-9]{5}){3})   \(shown only now\)")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def contents(house: Path) -> dict[str, bytes]:
    """Everything but the database's own journal."""
    files = [path for path in house.rglob("*") if path.is_file() and "sqlite" not in path.name]
    return {str(path.relative_to(house)): path.read_bytes() for path in files}


def addresses(house: Path) -> list[str]:
    with open_house(house).accounts_uow(read_only=True) as work:
        return [
            *(str(box.address) for box in work.accounts.mailboxes()),
            *(str(a.address) for a in work.accounts.aliases()),
        ]


def verifies(house: Path, password: str) -> bool:
    opened = open_house(house)
    (box,) = list_mailboxes(opened.accounts_uow(read_only=True))
    return opened.password_hasher().verify(box.password, password)


def test_init_sample_makes_a_whole_house(machiya: Any, tmp_path: Path) -> None:
    outcome = machiya("init", "--sample")
    house = tmp_path / "house"
    assert outcome.code == 0
    assert addresses(house) == ["you@home.test", "hello@home.test"]
    assert {entry.name for entry in house.iterdir()} >= {
        "machiya.toml",
        "secrets.age",
        "host.key",
        "recovery.toml",
        "data",
    }
    assert [mode(house / name) for name in (".", "machiya.toml", "secrets.age", "host.key", "data")] == [
        0o700, 0o600, 0o600, 0o400, 0o700,
    ]  # fmt: skip
    assert "Next: machiya up" in outcome.out


def test_init_shows_password_and_recovery_key_once_and_stores_neither(machiya: Any, tmp_path: Path) -> None:
    first, second = machiya("init", "--sample"), machiya("init", "--sample")
    (password,), (key,) = PASSWORD.findall(first.out), RECOVERY.findall(first.out)
    stored = b"".join(path.read_bytes() for path in (tmp_path / "house").rglob("*") if path.is_file())
    assert password.encode() not in stored
    assert key.encode() not in stored
    assert verifies(tmp_path / "house", password)
    assert (PASSWORD.findall(second.out), RECOVERY.findall(second.out)) == ([], [])


def test_init_writes_a_configuration_that_names_its_owner(machiya: Any, tmp_path: Path) -> None:
    machiya("init", "--sample", "--lang", "ja")
    text = (tmp_path / "house" / "machiya.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["house"] == {"hostname": "machiya.home.test", "owner": "you@home.test"}
    assert "この家が名乗る名前です。" in text


def test_init_generates_the_keys_of_the_edge(machiya: Any, tmp_path: Path) -> None:
    machiya("init", "--sample")
    secrets = load(tmp_path / "house", {}).secrets
    keys = {secrets.edge_signing_key.get_secret_value(), secrets.edge_recipient_key.get_secret_value()}
    assert {len(key) for key in keys} == {43}
    assert len(keys) == 2
    assert secrets.edge_signing_key_next.get_secret_value() == ""


def test_init_again_changes_nothing(machiya: Any, house: Path) -> None:
    before = contents(house)
    outcome = machiya("init", "--sample")
    assert outcome.code == 0
    assert contents(house) == before
    assert "made" not in outcome.out
    assert "Nothing was missing." in outcome.err


def test_init_again_asks_nothing_in_a_house_where_people_live(machiya: Any, house: Path) -> None:
    before = contents(house)
    assert machiya("init").code == 0
    assert contents(house) == before


def test_init_completes_what_is_missing(machiya: Any, house: Path) -> None:
    (house / "recovery.toml").unlink()
    keys = House(house).secrets.read()
    outcome = machiya("init")
    assert outcome.code == 0
    assert RECOVERY.findall(outcome.out)
    assert House(house).secrets.read() == keys
    assert rescue_confirmed(house) is False


def test_init_completes_a_house_that_lost_its_accounts(machiya: Any, house: Path) -> None:
    for path in (house / "data").rglob("*.sqlite3*"):
        path.unlink()
    outcome = machiya("init", "--domain", "example.jp", "--mailbox", "taro", "--generate-password")
    assert outcome.code == 0
    assert addresses(house) == ["taro@example.jp"]
    assert PASSWORD.search(outcome.out)


def test_init_adds_to_a_house_what_is_named(machiya: Any, house: Path) -> None:
    outcome = machiya("init", "--mailbox", "hana@example.jp", "--alias", "info", "--yes")
    assert outcome.code == 0
    assert addresses(house) == ["hana@example.jp", "you@home.test", "hello@home.test", "info@example.jp"]


def test_init_takes_flags_for_everything(machiya: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    outcome = machiya(
        "--house", "minka", "init", "--domain", "例え.jp", "--mailbox", "taro", "--hostname", "mail.example.jp",
        "--password-stdin",
    )  # fmt: skip
    house = tmp_path / "minka"
    assert outcome.code == 0
    assert addresses(house) == ["taro@xn--r8jz45g.jp"]
    assert load(house, {}).house.hostname == "mail.example.jp"
    assert verifies(house, "correct horse battery")
    assert "horse" not in outcome.out + outcome.err


def test_init_asks_at_a_terminal(machiya: Any, tmp_path: Path, type_in: Any) -> None:
    type_in("example.jp", "", "correct horse battery")
    outcome = machiya("init")
    assert outcome.code == 0
    assert addresses(tmp_path / "house") == ["you@example.jp"]
    assert verifies(tmp_path / "house", "correct horse battery")


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ((), "Mail domain: nobody is here to answer"),
        (("--domain", "example.jp"), "First mailbox: nobody is here to answer"),
        (("--mailbox", "a@example.jp"), "a password is needed and nobody is here to type it"),
        (("--mailbox", "a@example.jp", "--password-stdin"), "standard input holds no password"),
        (("--mailbox", "a@example.jp", "--password-stdin", "--generate-password"), "exclude one another"),
        (("--domain", "a b", "--yes"), "not a domain name"),
        (("--domain", "example.jp", "--mailbox", "a@example.com", "--yes"), "a@example.com is not in example.jp"),
        (("--domain", "example.jp", "--alias", "a@example.com", "--yes"), "a@example.com is not in example.jp"),
        (("--yes", "--hostname", "a b"), "not a domain name"),
        (("--yes", "--lang", "fr"), "there is no text in 'fr'"),
    ],
)
def test_init_refuses_before_anything_is_made(machiya: Any, tmp_path: Path, flags: tuple[str, ...], told: str) -> None:
    outcome = machiya("init", *flags)
    assert outcome.code == 2
    assert told in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_init_refuses_a_weak_password_before_anything_is_made(
    machiya: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    outcome = machiya("init", "--mailbox", "taro@example.jp", "--password-stdin")
    assert outcome.code == 2
    assert "the password is too short" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_init_refuses_a_folder_that_holds_something_else(machiya: Any, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("dear", encoding="ascii")
    outcome = machiya("--house", tmp_path, "init", "--sample")
    assert outcome.code == 7
    assert "is not empty and is no house (it holds thesis.txt)" in outcome.err
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_init_in_a_read_only_folder_says_what_to_do(machiya: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "mkdir", refuse)
    outcome = machiya("init", "--sample")
    assert outcome.code == 7
    assert "Read-only file system" in outcome.err
    assert "choose another with --house" in outcome.err


@pytest.mark.parametrize("working_writes", range(4))
def test_init_on_a_full_disk_says_so_and_goes_on_when_there_is_room(
    machiya: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, working_writes: int
) -> None:
    left, fdopen = [working_writes], os.fchmod

    def fchmod(descriptor: int, rights: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fdopen(descriptor, rights)

    monkeypatch.setattr(os, "fchmod", fchmod)
    full = machiya("init", "--sample")
    assert full.code == 9
    assert "no room left on the disk" in full.err
    assert "Free some room and run the same command again." in full.err
    assert not list((tmp_path / "house").glob(".tmp-*"))
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    again = machiya("init", "--sample")
    assert again.code == 0
    assert addresses(tmp_path / "house") == ["you@home.test", "hello@home.test"]
    assert len(RECOVERY.findall(full.out + again.out)) == 1


def test_init_does_not_touch_a_configuration_that_is_there(machiya: Any, house: Path) -> None:
    (house / "machiya.toml").write_text("# mine\n", encoding="utf-8")
    outcome = machiya("init", "--hostname", "other.example.jp")
    assert outcome.code == 0
    assert (house / "machiya.toml").read_text(encoding="utf-8") == "# mine\n"
    assert "change house.hostname in it yourself" in outcome.err


def test_init_with_a_broken_configuration_lists_its_mistakes(machiya: Any, house: Path) -> None:
    (house / "machiya.toml").write_text("[mail]\nx = 1\n", encoding="utf-8")
    outcome = machiya("init", "--sample")
    assert outcome.code == 3
    assert "mail.x: there is no such setting" in outcome.err


def test_init_tightens_what_others_could_read(machiya: Any, house: Path) -> None:
    (house / "secrets.age").chmod(0o644)
    outcome = machiya("init")
    assert "private again secrets.age" in " ".join(outcome.out.split())
    assert mode(house / "secrets.age") == 0o600


def test_init_makes_no_key_for_secrets_that_it_could_not_open(machiya: Any, house: Path) -> None:
    (house / "host.key").unlink()
    outcome = machiya("init", "--sample")
    assert outcome.code == 8
    assert "machiya secret recover" in outcome.err
    assert not (house / "host.key").exists()


def test_init_waits_for_nobody_who_is_at_it_already(machiya: Any, house: Path) -> None:
    with House(house).folder.lock():
        outcome = machiya("init")
    assert outcome.code == 6
    assert f"(process {os.getpid()})" in outcome.err


def test_init_of_a_house_in_containers_leaves_the_mailbox_for_when_its_database_runs(
    machiya: Any, tmp_path: Path
) -> None:
    outcome = machiya("init", "--engine", "docker", "--sample")
    assert outcome.code == 0
    assert load(tmp_path / "house").house.engine == "docker"
    assert load(tmp_path / "house").secrets.database_password.get_secret_value()
    assert "machiya images build" in outcome.out
    assert "mailbox" not in outcome.out.partition("Next:")[0]
    again = machiya("init", "--engine", "docker", "--sample")
    assert "made" not in again.out


def test_init_knows_its_engines(machiya: Any) -> None:
    outcome = machiya("init", "--engine", "podman", "--sample")
    assert outcome.code == 2
    assert "embedded or docker" in outcome.err
