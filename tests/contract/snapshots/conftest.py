"""These tests are about what is in the files, not about a power cut: nobody waits for the disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.snapshots import Yard


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("machiya.adapters.snapshots.draft.sync_file_system", lambda _descriptor: None)
        patch.setattr("os.fsync", lambda _descriptor: None)
        yield


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    """A source and a backup disk."""
    return Yard(tmp_path)
