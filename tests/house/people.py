"""People with browsers: one in the street before webmail, one on the VPN before usermgmt."""

import shlex
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from browser.chromium import executable, launch
from browser.hands import is_in, log_in
from browser.visit import Language, Looks, Visitor, visitor
from house import webmail
from house.cloudflare import https_end
from house.house import HOSTNAME, PASSWORD, House
from house.webmail_hands import Webmail, entered

USERMGMT = f"https://{HOSTNAME}:8443"
WEBMAIL = f"https://{webmail.HOSTNAME}"
PATIENCE_MS = 120_000.0


@dataclass
class People:
    """Two browsers, each where its person is."""

    street: Browser
    vpn: Browser

    @contextmanager
    def at_webmail(self, address: str, language: Language, password: str = PASSWORD) -> Iterator[Webmail]:
        """Somebody in the street who has just logged in to webmail."""
        with visitor(self.street, WEBMAIL, Looks(language), scripts=True) as page:
            page.context.set_default_timeout(PATIENCE_MS)
            yield entered(page, address, password)

    @contextmanager
    def at_usermgmt(self, address: str, language: Language) -> Iterator[Visitor]:
        """Somebody on the VPN, without JavaScript, who has just logged in to usermgmt."""
        with visitor(self.vpn, USERMGMT, Looks(language)) as page:
            page.context.set_default_timeout(PATIENCE_MS)
            log_in(page, address, PASSWORD)
            assert is_in(page), page.page.content()
            assert page.page.locator("html").get_attribute("lang") == language
            yield page
            assert page.complaints == []


@contextmanager
def people(house: House) -> Iterator[People]:
    """Both browsers; neither finds anything but its own page."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = stack.enter_context(https_end(_context(house, folder), house.stand_in_port))
        playwright = stack.enter_context(sync_playwright())
        street = launch(playwright, f"MAP {webmail.HOSTNAME}:443 127.0.0.1:{port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
        stack.callback(street.close)
        names = f"MAP {HOSTNAME} {house.vpn.machine}, MAP * ~NOTFOUND, EXCLUDE {house.vpn.machine}"
        vpn = launch(playwright, names, str(_program(house, folder)))
        stack.callback(vpn.close)
        yield People(street, vpn)


def _context(house: House, folder: Path) -> ssl.SSLContext:
    pair = folder / "webmail.pem"
    pair.write_bytes(b"".join(house.authority.issue(webmail.HOSTNAME)))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair)
    return context


def _program(house: House, folder: Path) -> Path:
    """Starts Chromium on the VPN."""
    program = folder / "chromium-on-the-vpn"
    words = ["ip", "netns", "exec", house.vpn.namespace, executable()]
    program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
    program.chmod(0o755)
    return program
