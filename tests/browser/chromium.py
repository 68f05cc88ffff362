"""Debian's Chromium, driven by Playwright, that talks to the house under test and nobody else."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Playwright, sync_playwright

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
THIS_MACHINE = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"


def executable() -> str:
    """Where Chromium is.

    Raises:
        FileNotFoundError: it is not installed.
    """
    found = shutil.which("chromium")
    if found is None:
        raise FileNotFoundError("there is no chromium here: apt-get install chromium fonts-noto-cjk")
    return found


def launch(playwright: Playwright, names: str = THIS_MACHINE, program: str = "") -> Browser:
    """A Chromium without a window; ``names`` are rules for what leads where, ``program`` starts it another way."""
    flags = [*FLAGS, f"--host-resolver-rules={names}"]
    return playwright.chromium.launch(executable_path=program or executable(), args=flags)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        try:
            yield browser
        finally:
            browser.close()
