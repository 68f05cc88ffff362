"""One house for the whole lane; what an earlier run left behind is removed first."""

import fcntl
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from house.house import House, raise_house
from house.yard import PROJECT, STREET_NETWORK, VPN_NETWORK, HousePlace, remove_everything, remove_folder


@pytest.fixture(scope="session")
def yard() -> Iterator[Path]:
    """An empty folder; one run of this lane at a time on a machine."""
    base = Path(tempfile.gettempdir())
    with (base / f"machiya-{PROJECT}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = base / f"machiya-{PROJECT}"
        remove_everything()
        remove_folder(folder)
        folder.mkdir(mode=0o755)
        yield folder
        remove_everything()
        remove_folder(folder)


@pytest.fixture(scope="session")
def vpn(yard: Path) -> Iterator[HousePlace]:
    del yard
    place = HousePlace("vpn", VPN_NETWORK)
    place.open()
    yield place
    place.close()


@pytest.fixture(scope="session")
def street(yard: Path) -> Iterator[HousePlace]:
    del yard
    place = HousePlace("street", STREET_NETWORK)
    place.open()
    yield place
    place.close()


@pytest.fixture(scope="session")
def house(yard: Path, vpn: HousePlace, street: HousePlace) -> Iterator[House]:
    made = raise_house(yard / "house", vpn, street)
    yield made
    if made.relay:
        made.relay.stop()
    made.machiya("down", good=False)


_LAST = ("test_chaos", "test_reboot", "test_disk")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What shakes the house comes last."""
    ranks = {name: rank for rank, name in enumerate(_LAST, start=1)}
    items.sort(key=lambda item: ranks.get(item.path.stem, 0))
