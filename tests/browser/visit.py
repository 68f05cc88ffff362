"""A person with a browser before usermgmt, and what the browser complained about meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, StorageState

Language = Literal["ja", "en"]
Scheme = Literal["light", "dark"]
LOCALES = {"ja": "ja-JP", "en": "en-GB"}
WIDTHS = {"phone": 360, "desktop": 1280}
HEIGHT = 900


@dataclass(frozen=True)
class Looks:
    """How somebody looks at the pages."""

    language: Language = "en"
    scheme: Scheme = "light"
    width: str = "desktop"

    def __str__(self) -> str:
        """For a file name."""
        return f"{self.language}-{self.width}-{self.scheme}"


ALL_LOOKS = tuple(
    Looks(language, scheme, width) for language in ("ja", "en") for scheme in ("light", "dark") for width in WIDTHS
)


@dataclass
class Visitor:
    """``complaints``: errors on the console or in scripts, and requests to anybody but the house.

    ``posted``: the paths of forms that were sent.
    """

    context: BrowserContext
    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)
    posted: set[str] = field(default_factory=set)

    def go(self, path: str) -> int:
        """Open a page; its status."""
        response = self.page.goto(self.base + path)
        assert response is not None, path
        return response.status

    def look(self, scheme: Scheme, width: str) -> None:
        """See the same page in another light, or in a window as wide as another device."""
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_viewport_size({"width": WIDTHS[width], "height": HEIGHT})

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def heard(self, message: ConsoleMessage) -> None:
        """Something came on the console."""
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"console: {message.text}")

    def asked(self, request: Request) -> None:
        """A request went out."""
        if request.method == "POST":
            self.posted.add(unquote(urlsplit(request.url).path))
        if urlsplit(request.url).netloc != urlsplit(self.base).netloc and not request.url.startswith("data:"):
            self.complaints.append(f"external: {request.url}")


@contextmanager
def visitor(
    browser: Browser,
    base: str,
    looks: Looks = Looks(),
    *,
    state: StorageState | None = None,
    scripts: bool = False,
) -> Iterator[Visitor]:
    """Somebody with a fresh browser, without JavaScript unless ``scripts``."""
    context = browser.new_context(
        locale=LOCALES[looks.language],
        color_scheme=looks.scheme,
        viewport={"width": WIDTHS[looks.width], "height": HEIGHT},
        java_script_enabled=scripts,
        ignore_https_errors=True,
        reduced_motion="reduce",
        storage_state=state,
    )
    context.set_default_timeout(10_000)
    made = Visitor(context, context.new_page(), base)
    context.on("console", made.heard)
    context.on("request", made.asked)
    context.on("weberror", lambda error: made.complaints.append(f"script: {error.error}"))
    try:
        yield made
    finally:
        context.close()
