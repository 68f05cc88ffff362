"""Chromium, and a house whose pages are really served."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser.chromium import chromium
from browser.served import Served, serving
from fakes.furnished_house import furnish
from machiya.core.clock import SystemClock


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium a worker; every visitor gets a context of their own."""
    with chromium() as made:
        yield made


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A furnished house that is only looked at."""
    root = tmp_path_factory.mktemp("shown") / "house"
    held = furnish(root)
    with serving(root, held) as served:
        yield served


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A furnished house of its own, for those who change something; its clock is the real one."""
    root = tmp_path / "house"
    held = furnish(root, SystemClock())
    with serving(root, held) as made:
        yield made
