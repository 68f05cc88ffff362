"""The pages of a house, served as machiya up serves them, over HTTPS; and everybody logged in."""

import ssl
import subprocess  # noqa: TID251 – a test lane starts its server itself
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException, HTTPSConnection
from pathlib import Path

from playwright.sync_api import Browser, StorageState
from sqlalchemy import update

from browser.hands import is_in, log_in
from browser.visit import visitor
from contract.usermgmt_walk.people import PEOPLE, Person
from fakes.certificates import TestAuthority
from fakes.furnished_house import Held
from integration.ports import free_ports
from machiya.access.sessions import FRESH
from machiya.adapters.shell.detached import machiya_command
from machiya.adapters.sql.tables.access import access_sessions
from machiya.bootstrap import House
from machiya.entrypoints.usermgmt.app import create_app

PATIENCE_SECONDS = 240.0


@dataclass
class Served:
    """``base``: the address without a slash at the end; ``states``: what the browser of each person keeps."""

    root: Path
    base: str
    held: Held
    states: dict[Person, StorageState] = field(default_factory=dict)

    def let_in(self, browser: Browser, *people: Person) -> None:
        """Log in as each of these, once."""
        for person in people:
            with visitor(browser, self.base) as page:
                log_in(page, PEOPLE[person].name)
                assert is_in(page), person
                self.states[person] = page.context.storage_state()

    def elsewhere(self, person: Person, times: int) -> None:
        """The same person is logged in with other browsers, too."""
        house = House(self.root)
        app = create_app(house)
        for _ in range(times):
            PEOPLE[person].log_in(app)
        house.engine.dispose()

    def after_a_while(self) -> None:
        """As if everybody had typed the password longer ago than ten minutes."""
        house = House(self.root)
        with house.engine.begin() as connection:
            connection.execute(update(access_sessions).values(authenticated_at=house.clock.now() - 2 * FRESH))
        house.engine.dispose()


@contextmanager
def serving(root: Path, held: Held) -> Iterator[Served]:
    """Run usermgmt of the house in ``root``."""
    [port] = free_ports(1)
    _settle(root, port)
    log = root.with_name("usermgmt.log")
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 – fixed argv
            machiya_command("--house", str(root), "usermgmt"), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _answers(port):
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
            assert process.returncode is None, log.read_text("utf-8", "replace")
            assert time.monotonic() < deadline, log.read_text("utf-8", "replace")
        yield Served(root, f"https://localhost:{port}", held)
    finally:
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 0, log.read_text("utf-8", "replace")


def _settle(root: Path, port: int) -> None:
    """Its port and a certificate into machiya.toml."""
    certificate, key = TestAuthority().issue("localhost")
    (root / "certificate.pem").write_bytes(certificate + key)
    path = root / "machiya.toml"
    lines = f'[usermgmt]\nport = {port}\ncertificate = "certificate.pem"\n'
    path.write_text(path.read_text("utf-8").replace("[usermgmt]\n", lines, 1), "utf-8")


def _answers(port: int) -> bool:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    connection = HTTPSConnection("localhost", port, timeout=5, context=trusting)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
