"""The pages of a house behind a real server, and everybody logged in."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, StorageState
from werkzeug.serving import make_server

from browser.hands import is_in, log_in
from browser.visit import visitor
from contract.usermgmt_walk.people import PEOPLE, Person
from fakes.furnished_house import Held
from machiya.bootstrap import House
from machiya.entrypoints.usermgmt.app import create_app


@dataclass
class Served:
    """``base``: the address without a slash at the end; ``states``: what the browser of each person keeps."""

    root: Path
    base: str
    held: Held
    states: dict[Person, StorageState] = field(default_factory=dict)

    def let_everybody_in(self, browser: Browser) -> None:
        """Log in as every person, once."""
        for person, who in PEOPLE.items():
            with visitor(browser, self.base) as page:
                log_in(page, who.name)
                assert is_in(page), person
                self.states[person] = page.context.storage_state()


@contextmanager
def serving(root: Path, held: Held) -> Iterator[Served]:
    """Serve the house in ``root``."""
    house = House(root)
    server = make_server("127.0.0.1", 0, create_app(house), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Served(root, f"http://127.0.0.1:{server.server_port}", held)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        house.engine.dispose()
