"""Chromium, and a house whose pages are really served."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser.chromium import chromium
from browser.served import Served, serving
from contract.usermgmt_walk.people import PEOPLE
from fakes.furnished_house import Held, copy_house, furnish
from machiya.core.clock import SystemClock


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium a worker; every visitor gets a context of their own."""
    with chromium() as made:
        yield made


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Held]:
    """The furnished house, to be copied."""
    root = tmp_path_factory.mktemp("model") / "house"
    return root, furnish(root, SystemClock())


@pytest.fixture(scope="session")
def shown(browser: Browser, model: tuple[Path, Held], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A furnished house that is only looked at, everybody logged in."""
    root = copy_house(model[0], tmp_path_factory.mktemp("shown") / "house")
    with serving(root, model[1]) as made:
        made.let_in(browser, *PEOPLE)
        yield made


@pytest.fixture
def served(model: tuple[Path, Held], tmp_path: Path) -> Iterator[Served]:
    """A furnished house of its own, for those who change something."""
    with serving(copy_house(model[0], tmp_path / "house"), model[1]) as made:
        yield made
