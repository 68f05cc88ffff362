"""What a page offers, read from its HTML: forms with their fields, links, and everything the markup contains."""

from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

NOT_SENT = {"submit", "button", "reset", "image", "file"}
TICKED = {"checkbox", "radio"}


@dataclass(frozen=True)
class Field:
    """One thing a form sends. ``sent``: whether a browser would send it untouched (a box that is ticked)."""

    name: str
    kind: str
    value: str
    sent: bool = True


@dataclass(frozen=True)
class Form:
    """``fields`` in the order of the page; ``action`` is empty where the form goes to its own page."""

    action: str
    method: str
    fields: tuple[Field, ...] = ()

    def values(self, **changed: str) -> dict[str, str]:
        """What a browser would send, with some fields filled in otherwise."""
        return {item.name: item.value for item in self.fields if item.sent} | changed

    @property
    def visible(self) -> tuple[Field, ...]:
        """What a person fills in or chooses."""
        return tuple(item for item in self.fields if item.kind != "hidden")


@dataclass
class Page:
    """``elements``: every tag and its attributes; ``texts``: the words between them."""

    forms: list[Form] = field(default_factory=list)
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def links(self) -> list[str]:
        """Where one can go from here."""
        return [attributes["href"] for tag, attributes in self.elements if tag == "a" and "href" in attributes]

    @property
    def text(self) -> str:
        """The words of the page."""
        return " ".join(" ".join(self.texts).split())

    def form(self, action: str) -> Form:
        """The form that goes to ``action``."""
        [found] = [form for form in self.forms if form.action == action]
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._select = ""
        self._unread = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.page.elements.append((tag, attributes))
        self._unread = tag in {"script", "style"}
        if tag == "form":
            method = attributes.get("method", "get").upper()
            self.page.forms.append(Form(attributes.get("action", ""), method))
        elif tag in {"input", "textarea", "button"} and attributes.get("name"):
            self._add(tag, attributes)
        elif tag == "select":
            self._select = attributes.get("name", "")
        elif tag == "option" and self._select:
            self._choose(attributes)

    def handle_endtag(self, tag: str) -> None:
        self._unread = False
        if tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.page.texts.append(data)

    def _add(self, tag: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("type", "submit" if tag == "button" else "text" if tag == "input" else tag)
        value = attributes.get("value", "on" if kind in TICKED else "")
        sent = kind not in NOT_SENT and (kind not in TICKED or "checked" in attributes)
        self._append(Field(attributes["name"], kind, value, sent))

    def _choose(self, attributes: dict[str, str]) -> None:
        known = {item.name for item in self.page.forms[-1].fields}
        if self._select not in known or "selected" in attributes:
            self._append(Field(self._select, "select", attributes.get("value", "")))

    def _append(self, item: Field) -> None:
        if self.page.forms:
            form = self.page.forms[-1]
            self.page.forms[-1] = replace(form, fields=(*form.fields, item))


def read_page(html: str) -> Page:
    """The page in ``html``."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page
