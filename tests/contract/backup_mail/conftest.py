"""What is in the files counts here, not a power cut."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.saved_mail import SavedMail
from fakes.snapshots import Yard


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("machiya.adapters.snapshots.draft.sync_file_system", lambda _descriptor: None)
        patch.setattr("os.fsync", lambda _descriptor: None)
        yield


@pytest.fixture
def mail(tmp_path: Path) -> SavedMail:
    return SavedMail(Yard(tmp_path))
