"""A forged manifest writes nothing outside of the folder that is restored into, with Machiya or with the script."""

import subprocess  # noqa: TID251 – the script runs as a person would run it
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from fakes.forged_manifest import day_of, entry, forged, key_of, store_forged
from fakes.moving_clock import MovingClock
from fakes.trees import tree
from fakes.vault_house import VaultHouse
from fakes.vault_store import FakeVaultStore
from machiya.adapters.packs.tree import FolderTarget
from machiya.backup.model import Entry, EntryType, SnapshotName
from machiya.backup.vault import leaflet
from machiya.backup.vault.errors import ContentDamaged
from machiya.core.errors import MachiyaError

SCRIPT = Path(leaflet.__file__).with_name("standalone") / "restore.py"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    (folder / "cron.d").mkdir(parents=True)
    (folder / "shadow").write_text("secret")
    return folder


def lies(outside: Path) -> dict[str, list[dict[str, Any]]]:
    through = [entry("a", "symlink", link=str(outside)), entry("a/cron.d/x", "symlink", link="payload")]
    return {
        "symlink": through,
        "folder": [entry("a", "symlink", link=str(outside)), entry("a/new/x", "symlink", link="payload")],
        "absolute": [entry("copy", "hard_link", link=str(outside / "shadow"))],
        "upwards": [entry("copy", "hard_link", link="../outside/shadow")],
    }


LIES = sorted(lies(Path()))


@pytest.mark.parametrize("lie", LIES)
def test_nothing_is_written_outside(
    house: VaultHouse, store: FakeVaultStore, clock: MovingClock, tmp_path: Path, outside: Path, lie: str
) -> None:
    before = tree(outside)
    name = day_of(clock.now())
    store_forged(store, name, forged(name, lies(outside)[lie]))
    with suppress(MachiyaError):  # refused whole, or entry by entry
        assert house.restore(SnapshotName.parse(name), tmp_path / "back").failed
    assert tree(outside) == before
    assert (outside / "shadow").stat().st_nlink == 1


@pytest.mark.parametrize("lie", LIES)
def test_the_script_writes_nothing_outside(clock: MovingClock, tmp_path: Path, outside: Path, lie: str) -> None:
    before = tree(outside)
    name = day_of(clock.now())
    data = forged(name, lies(outside)[lie])
    path = tmp_path / "vault" / key_of(name, data)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    words = ["--folder", str(tmp_path / "vault"), "restore", key_of(name, data), "-", str(tmp_path / "back")]
    done = subprocess.run([sys.executable, "-I", str(SCRIPT), *words], capture_output=True, check=False)  # noqa: S603 – fixed argv
    assert done.returncode == 1, done.stderr
    assert tree(outside) == before
    assert (outside / "shadow").stat().st_nlink == 1


def test_a_folder_that_became_a_symlink_meanwhile_is_not_followed(tmp_path: Path, outside: Path) -> None:
    target = FolderTarget(tmp_path / "back")
    (tmp_path / "back" / "mail").symlink_to(outside)
    with pytest.raises(ContentDamaged):
        target.file(Entry(b"mail/x", EntryType.FILE, 0o600, 0, 0, 0, 1), [b"x"])
    with pytest.raises(ContentDamaged):
        target.settle(Entry(b"mail", EntryType.DIRECTORY, 0o777, 0, 0, 0))
    assert not (outside / "x").exists()
