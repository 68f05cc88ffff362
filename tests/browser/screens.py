"""Pictures of every page in every look, to be looked at: ``python -m browser.screens FOLDER``."""

import sys
import tempfile
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser

from browser.answers import ANSWERS
from browser.chromium import chromium
from browser.served import Served, serving
from browser.visit import ALL_LOOKS, Looks, Visitor, visitor
from contract.usermgmt_walk.expected import pages_of
from contract.usermgmt_walk.people import Person
from fakes.furnished_house import copy_house, furnish
from machiya.core.clock import SystemClock

LOGGED_IN = (Person.MAILBOX, Person.OWNER)


def main(folder: Path) -> None:
    """Fill ``folder``: a picture for each page, person and look."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        held = furnish(Path(temporary) / "model", SystemClock())
        for looks, person in product(ALL_LOOKS, Person):
            root = copy_house(Path(temporary) / "model", Path(temporary) / f"{looks}-{person}" / "house")
            with chromium() as browser, serving(root, held) as served:
                take(browser, served, person, looks, folder)


def take(browser: Browser, served: Served, person: Person, looks: Looks, folder: Path) -> None:
    """All pages of one person, and what forms answer."""
    if person is not Person.STRANGER:
        served.let_in(browser, person)
        served.elsewhere(person, times=2)
    with visitor(browser, served.base, looks, state=served.states.get(person)) as page:
        for number, path in enumerate(pages_of(person, served.held)):
            page.go(path)
            save(page, folder, person, looks, f"{number:02}-{name_of(path)}")
        for name, answer in ANSWERS.items():
            if person in answer.people:
                answer.ask(page, served.held)
                save(page, folder, person, looks, f"answer-{name}")


def name_of(path: str) -> str:
    """A path fit for a file name, without ids and tokens."""
    parts = [part if len(part) < 30 else "id" for part in path.strip("/").split("/")]
    return "-".join(parts).replace("@", "-at-") or "first"


def save(page: Visitor, folder: Path, person: Person, looks: Looks, name: str) -> None:
    """The whole page, however long."""
    page.page.screenshot(path=folder / f"{person}-{name}-{looks}.png", full_page=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
