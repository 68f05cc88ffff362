import dataclasses
import fnmatch
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.sources_table import LANGUAGES, house_with_everything, table
from fakes.stacks_samples import FACTS
from machiya.backup.model import Omission
from machiya.bootstrap import House, backup_volumes
from machiya.bootstrap.backup_sources import EMBEDDED, sources_of
from machiya.stacks.model import Storage, Volume
from machiya.stacks.services import services

DOCS = Path(__file__).parents[3] / "docs"
EVERY_FACTS = [dataclasses.replace(FACTS, tunnel_provider=provider) for provider in ("stand-in", "cloudflared")]


def house(root: Path, text: str = "") -> House:
    root.mkdir(exist_ok=True)
    (root / "machiya.toml").write_text(text)
    for name in ("data/fast", "data/bulk/mail", "data/backup"):
        (root / name).mkdir(parents=True)
    return House(root)


def left_out(path: str, omitted: tuple[Omission, ...]) -> bool:
    return any(fnmatch.fnmatchcase(path, one.pattern) for one in omitted)


def all_volumes() -> Iterator[Volume]:
    for facts in EVERY_FACTS:
        for service in services(facts):
            yield from service.volumes


def test_every_volume_of_every_service_is_saved_or_left_out_for_a_reason() -> None:
    """A new one fails here: say what becomes of it in bootstrap/backup_volumes.py and docs/backup-sources.md."""
    kept = {volume.name for volume in all_volumes() if volume.storage is not Storage.RUN}
    assert len(kept) > 6
    assert sorted(kept - {*backup_volumes.SAVED, *backup_volumes.LEFT_OUT}) == []
    assert {*backup_volumes.SAVED, *backup_volumes.LEFT_OUT} <= kept | set(EMBEDDED)


def test_a_volume_that_nobody_thought_of_is_saved_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = house_with_everything(tmp_path)
    monkeypatch.setattr(
        backup_volumes, "SAVED", {name: saved for name, saved in backup_volumes.SAVED.items() if name != "redis"}
    )
    trees = {tree.name: tree for tree in sources_of(made).trees}
    assert trees["volume-fast-redis"].root == made.settings.storage.fast / "redis"
    assert trees["volume-fast-redis"].omitted == ()


def test_each_source_has_a_name_and_a_place_of_its_own(tmp_path: Path) -> None:
    trees = sources_of(house_with_everything(tmp_path)).trees
    names = [tree.name for tree in trees]
    assert len(set(names)) == len(names)
    assert all(name == name.lower() and "/" not in name for name in (*names, "databases"))
    assert len({tree.root for tree in trees}) == len(trees)
    for one in trees:
        inside = [other.root for other in trees if other is not one and other.root.is_relative_to(one.root)]
        assert all(left_out(str(path.relative_to(one.root)), one.omitted) for path in inside), one.name


def test_the_embedded_house_dumps_its_file_and_the_other_its_server(tmp_path: Path) -> None:
    embedded, docker = house(tmp_path / "one"), house_with_everything(tmp_path / "two")
    assert [type(dumper).__name__ for dumper in sources_of(embedded).dumpers] == ["SqliteDumper"]
    assert [type(dumper).__name__ for dumper in sources_of(docker).dumpers] == ["MariaDbDumper"]


def test_the_key_of_the_host_is_in_no_backup_and_the_secrets_are(tmp_path: Path) -> None:
    tree = next(tree for tree in sources_of(house(tmp_path)).trees if tree.name == "house")
    assert tree.root == tmp_path
    for name in ("host.key", "host.key.old", "restored-daily-2026-11-29"):
        assert left_out(name, tree.omitted)
    assert not [name for name in ("secrets.age", "machiya.toml", "recovery.toml") if left_out(name, tree.omitted)]


@pytest.mark.parametrize(
    "name", ["dovecot.index.lists", "dovecot.list.index", "subscriptions.lock", "dovecot-uidlist.lock"]
)
def test_a_mailbox_is_saved_whatever_it_is_called(name: str) -> None:
    for folder in (f"home.test/{name}", f"home.test/{name}/Maildir", f"home.test/{name}/Maildir/cur"):
        assert not left_out(folder, backup_volumes.MAIL.omitted)
    for inside in ("Maildir/dovecot.index.log", "Maildir/.Sent/dovecot.index.cache", "Maildir/dovecot.list.index"):
        assert left_out(f"home.test/{name}/{inside}", backup_volumes.MAIL.omitted)


@pytest.mark.parametrize("storage", ["", '[storage]\nfast = "a/fast"\nbulk = "a/bulk"\nbackup = "second"\n'])
def test_the_folder_of_the_house_does_not_hold_what_has_a_name_of_its_own(tmp_path: Path, storage: str) -> None:
    made = house(tmp_path, storage)
    tree = sources_of(made).trees[0]
    places = made.settings.storage
    for path in (places.fast, places.bulk, places.backup, tmp_path / "data"):
        name = str(path.relative_to(tmp_path))
        assert left_out(name, tree.omitted)
        assert left_out(f"{name}/deep/er", tree.omitted)


def test_mail_that_is_not_there_stays_a_source(tmp_path: Path) -> None:
    """A disk that is not mounted must be an error of the backup, not a backup without mail."""
    made = house(tmp_path)
    (tmp_path / "data/bulk/mail").rmdir()
    assert [tree.name for tree in sources_of(made).trees] == ["house", "mail"]
    assert not (tmp_path / "data/bulk/mail").exists()
    (tmp_path / "data/bulk/removed").mkdir()
    assert {tree.name: tree.maildirs for tree in sources_of(made).trees} == {
        "house": False,
        "mail": True,
        "removed": True,
    }


@pytest.mark.parametrize(
    ("path", "saved"),
    [
        ("home.test/you/Maildir/cur/1.a.machiya,S=1:2,S", True),
        ("home.test/you/Maildir/new/1.a.machiya,S=1", True),
        ("home.test/you/Maildir/tmp", True),
        ("home.test/you/Maildir/tmp/1.a.machiya", False),
        ("home.test/you/Maildir/.Junk/tmp/1.a", False),
        ("home.test/you/Maildir/.tmp/cur/1.a", True),
        ("home.test/tmp/Maildir/cur/1.a", True),
        ("home.test/you/Maildir/dovecot-uidlist", True),
        ("home.test/you/Maildir/.Sent/dovecot-uidlist", True),
        ("home.test/you/Maildir/dovecot-keywords", True),
        ("home.test/you/Maildir/dovecot-uidvalidity.6abc", True),
        ("home.test/you/Maildir/subscriptions", True),
        ("home.test/you/Maildir/dovecot.index.cache", False),
        ("home.test/you/Maildir/.Sent/dovecot.index.log", False),
        ("home.test/you/Maildir/dovecot.list.index", False),
        ("home.test/you/Maildir/dovecot-uidlist.lock", False),
        ("home.test/you/sieve/mine.sieve", True),
        ("home.test/you/sieve/tmp/mine.sieve", False),
        ("home.test/you/.dovecot.sieve", True),
        (".temporary/abc", False),
    ],
)
def test_what_is_saved_of_a_mailbox(tmp_path: Path, path: str, saved: bool) -> None:  # noqa: FBT001 – a table
    tree = next(tree for tree in sources_of(house(tmp_path)).trees if tree.name == "mail")
    assert left_out(path, tree.omitted) is not saved


def test_a_file_of_the_owner_outside_of_the_house_is_named(tmp_path: Path) -> None:
    made = house(tmp_path / "house", '[tls]\nsource = "files"\ncertificate = "/etc/pki/a.pem"\nkey = "inside.key"\n')
    (tmp_path / "house" / "inside.key").touch()
    assert {"/etc/pki/a.pem"} == {
        one.pattern for one in sources_of(made).omitted if one.reason == backup_volumes.OWNERS_FILES
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_the_documents_is_that_of_the_program(tmp_path: Path, language: str) -> None:
    """``PYTHONPATH=tests python -m fakes.sources_table en`` (or ja) prints it."""
    suffix = "" if language == "en" else f".{language}"
    assert table(house_with_everything(tmp_path), language) in (DOCS / f"backup-sources{suffix}.md").read_text()
