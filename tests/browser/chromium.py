"""Debian's Chromium, driven by Playwright, that talks to the house under test and nobody else."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def executable() -> str:
    """Where Chromium is.

    Raises:
        FileNotFoundError: it is not installed.
    """
    found = shutil.which("chromium")
    if found is None:
        raise FileNotFoundError("there is no chromium here: apt-get install chromium fonts-noto-cjk")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
