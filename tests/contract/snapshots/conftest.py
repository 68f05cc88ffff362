"""These tests are about what is in the files, not about a power cut: nobody waits for the disk."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("machiya.adapters.snapshots.draft.sync_file_system", lambda _descriptor: None)
        patch.setattr("os.fsync", lambda _descriptor: None)
        yield
