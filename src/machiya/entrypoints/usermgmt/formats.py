"""Times and sizes as people of either language write them."""

import re
from datetime import datetime
from typing import Any

from markupsafe import Markup

from machiya.core.clock import to_wire
from machiya.entrypoints.usermgmt.i18n.language import current_language

_MOMENTS = {"ja": "{0.year}年{0.month}月{0.day}日 {0:%H:%M}", "en": "{0.day} {0:%b} {0.year}, {0:%H:%M}"}
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_AGENT_CHARACTERS = 60
_DAYS = {"ja": "{0.year}年{0.month}月{0.day}日", "en": "{0.day} {0:%b} {0.year}"}


def moment_text(moment: datetime | None) -> Markup:
    """Date and time in this machine's time zone, as a ``<time>``; a dash for none."""
    return _time(moment, _MOMENTS)


def day_text(moment: datetime | None) -> Markup:
    """The date alone."""
    return _time(moment, _DAYS)


def _time(moment: datetime | None, forms: dict[str, str]) -> Markup:
    if moment is None:
        return Markup("–")
    text = forms[current_language()].format(moment.astimezone())
    return Markup('<time datetime="{}">{}</time>').format(to_wire(moment), text)


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux")


def program_text(user_agent: str) -> str:
    """``Firefox, Windows`` where a browser can be told; else what it says of itself, shortened."""
    browser = next((name for token, name in _BROWSERS if f"{token}/" in user_agent), "")
    system = next((name for name in _SYSTEMS if name in user_agent), "")
    return ", ".join(filter(None, (browser, system))) if browser else user_agent[:_AGENT_CHARACTERS]


def one_way(value: Any) -> Any:
    """A text without the characters by which a stranger's words would turn the writing around on a page."""
    if isinstance(value, str) and _TURNING.search(value):
        return type(value)(_TURNING.sub("", value))
    return value
