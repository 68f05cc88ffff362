"""Somebody who looks at pages in both colour schemes and widths, with axe in the bag."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, StorageState

from browser.visit import Language, Looks, Visitor, visitor

AXE = "async () => (await axe.run({resultTypes: ['violations']})).violations"
INK_AND_PAPER = "() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
# Each language in both colour schemes and at both widths; all four of a page would make the lane half as long again.
LOOKS = (
    Looks("ja", "light", "phone"),
    Looks("ja", "dark", "desktop"),
    Looks("en", "light", "desktop"),
    Looks("en", "dark", "phone"),
)
KANA = re.compile(r"[\u3041-\u30ff]")


@contextmanager
def examiner(
    browser: Browser, base: str, language: Language, *, state: StorageState | None = None
) -> Iterator[Visitor]:
    """A visitor who has axe on every page; it is brought once, since that takes longer than a look."""
    with visitor(browser, base, Looks(language), state=state, scripts=True) as page:
        page.context.add_init_script(AXE_SCRIPT)
        yield page


def flaws_of(page: Visitor, language: Language) -> list[str]:
    """What is wrong with the page being shown, in both colour schemes, in one as on a phone."""
    flaws = _of_words(page.page, language)
    inks: dict[str, set[str]] = {}
    for looks in LOOKS:
        if looks.language == language:
            page.look(looks.scheme, looks.width)
            flaws += [f"{looks}: {flaw}" for flaw in [*_axe(page.page), *_too_wide(page)]]
            inks.setdefault(looks.scheme, set()).add(str(page.page.evaluate(INK_AND_PAPER)))
    if inks["light"] & inks["dark"]:
        flaws.append("the same colours in both schemes")
    return flaws


def _of_words(page: Page, language: Language) -> list[str]:
    flaws = [] if page.locator("html").get_attribute("lang") == language else ["in another language"]
    text = page.locator("body").inner_text().replace("日本語", "")
    if bool(KANA.search(text)) != (language == "ja"):
        flaws.append("its words are in another language")
    return flaws


def _axe(page: Page) -> list[str]:
    """What axe finds, each with where."""
    found = page.evaluate(AXE)
    return [f"{item['id']}: {node['target']} {node['html'][:160]}" for item in found for node in item["nodes"]]


def _too_wide(page: Visitor) -> list[str]:
    pixels = page.overflow()
    return [f"{pixels} pixels too wide"] if pixels else []
