"""What a backup of the whole house takes: every folder accounted for, databases that come back while it runs."""

import fnmatch
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.snapshot import FolderSnapshot
from house.clients import letter, open_mailbox, read, send
from house.house import House
from machiya.backup.ports import FileTree, Sources
from machiya.bootstrap import House as Opened
from machiya.bootstrap import open_house
from machiya.core.progress import SILENT

pytestmark = [pytest.mark.house, pytest.mark.timeout(900)]

TARGET = "machiya_restored_20261129"


@pytest.fixture
def opened(house: House) -> Opened:
    return open_house(house.root)


@pytest.fixture
def snapshot(opened: Opened, tmp_path: Path) -> Iterator[FolderSnapshot]:
    """Dumps of a house in which mail goes in and out."""
    (tmp_path / "databases").mkdir()
    for dumper in opened.backup_sources().dumpers:
        dumper.dump(tmp_path / "databases", SILENT)
    yield FolderSnapshot(tmp_path)
    shutil.rmtree(opened.settings.storage.backup / "replaced", ignore_errors=True)


def test_every_folder_of_a_running_house_is_saved_or_left_out_for_a_reason(house: House, opened: Opened) -> None:
    mailbox = open_mailbox(house, "saved")
    send(house, mailbox, letter("to-be-saved", to=mailbox))
    house.arrives(mailbox, "to-be-saved")
    read(house, mailbox, "to-be-saved")
    sources = opened.backup_sources()
    storage = opened.settings.storage
    found = [child for place in (storage.fast, storage.bulk, house.root / "data") for child in place.iterdir()]
    own = {storage.fast, storage.bulk, storage.backup}
    assert [str(child) for child in found if child not in own and not _accounted(sources, child)] == []
    saved = {path for tree in sources.trees for path in _saved(tree)}
    inbox = house.folder_of(mailbox)
    assert inbox / "dovecot-uidlist" in saved
    assert not [path for path in saved if "dovecot.index" in path.name or path.is_socket() or path.name == "host.key"]
    assert [path for path in saved if path.is_relative_to(inbox) and b"to-be-saved" in path.read_bytes()]
    assert {path.name for path in saved} >= {"machiya.toml", "secrets.age", "ca.crt", "mail.log", "main.cf"}
    assert [path for path in saved if path.parent.name == "appendonlydir"], "what rspamd learned"


def test_databases_of_a_running_house_come_back_beside_it(
    house: House, opened: Opened, snapshot: FolderSnapshot
) -> None:
    restorer = opened.database_restorer()
    assert restorer.databases(snapshot) == ("machiya", "roundcube")
    plan = restorer.plan(snapshot, "machiya")
    assert plan.rows["mailboxes"] >= 1
    done = restorer.apply(plan)
    assert (done.target, done.loaded.identical) == (TARGET, True)
    second = restorer.plan(snapshot, "roundcube", name="machiya_again")
    assert restorer.apply(second).loaded.identical
    from machiya.adapters.mariadb.server import ServerAddress, talking  # noqa: PLC0415 – only here

    with talking(ServerAddress(socket=opened.settings.database_socket)) as cursor:
        for name in (TARGET, "machiya_again"):
            cursor.execute(f"DROP DATABASE {name}")
    assert house.all_healthy()


def test_the_database_of_a_running_house_is_replaced_and_mail_goes_on(house: House, opened: Opened) -> None:
    mailbox = open_mailbox(house, "kept")
    send(house, mailbox, letter("before-replace", to=mailbox))
    house.arrives(mailbox, "before-replace")
    folder = house.root.parent / "snapshot"
    (folder / "databases").mkdir(parents=True)
    for dumper in opened.backup_sources().dumpers:
        dumper.dump(folder / "databases", SILENT)
    later = open_mailbox(house, "later")
    restorer = opened.database_restorer()
    done = restorer.apply(restorer.plan(FolderSnapshot(folder), "machiya", replace=True))
    assert done.loaded.identical
    assert done.kept is not None
    house.machiya("restart")
    assert later not in house.machiya("mailbox", "list")
    send(house, mailbox, letter("after-replace", to=mailbox))
    house.arrives(mailbox, "after-replace")
    read(house, mailbox, "after-replace")
    shutil.rmtree(folder)


def _accounted(sources: Sources, path: Path) -> bool:
    roots = [tree.root for tree in sources.trees if tree.name != "house"]
    if any(root == path or root.is_relative_to(path) for root in roots):
        return True
    return any(fnmatch.fnmatchcase(str(path), one.pattern) for one in sources.omitted)


def _saved(tree: FileTree) -> Iterator[Path]:
    for path in tree.root.rglob("*"):
        name = str(path.relative_to(tree.root))
        if path.is_file() and not any(fnmatch.fnmatchcase(name, one.pattern) for one in tree.omitted):
            yield path
