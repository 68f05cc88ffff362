from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.moving_clock import MovingClock
from fakes.vault_house import VaultHouse
from fakes.vault_store import FakeVaultStore


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def store(clock: MovingClock) -> FakeVaultStore:
    return FakeVaultStore(clock)


@pytest.fixture
def house(store: FakeVaultStore, clock: MovingClock, tmp_path: Path) -> Iterator[VaultHouse]:
    """A house with an empty vault in memory."""
    house = VaultHouse(store, tmp_path / "house", clock)
    yield house
    house.index.close()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A small tree whose contents fill three packs."""
    folder = tmp_path / "source"
    (folder / "mail").mkdir(parents=True)
    for number in range(12):
        (folder / "mail" / f"{number}.eml").write_bytes(f"{number}\n".encode() * 5000)
    return folder
