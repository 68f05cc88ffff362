from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.vault_house import VaultHouse
from integration.vault.seaweedfs import SeaweedFs
from machiya.adapters.vault_s3.client import Bucket
from machiya.adapters.vault_s3.store import S3Store
from machiya.core.clock import SystemClock


@pytest.fixture(scope="session")
def seaweedfs() -> Iterator[SeaweedFs]:
    with SeaweedFs() as server:
        yield server


@pytest.fixture
def bucket(seaweedfs: SeaweedFs) -> Bucket:
    return seaweedfs.new_bucket()


@pytest.fixture
def house(bucket: Bucket, tmp_path: Path) -> Iterator[VaultHouse]:
    """A house with an empty vault."""
    house = VaultHouse(S3Store(bucket), tmp_path / "house", SystemClock())
    yield house
    house.index.close()
