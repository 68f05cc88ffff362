"""The list of pages a visitor may reach."""

from dataclasses import dataclass

from flask import request, url_for

from machiya.entrypoints.usermgmt.i18n.language import gettext
from machiya.entrypoints.usermgmt.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Entry:
    """One link; ``here``: the visitor is on it or below it."""

    title: str
    url: str
    here: bool


_ALL: tuple[tuple[str, str], ...] = ()


def entries(visitor: Visitor | None) -> tuple[Entry, ...]:
    """What this visitor may see, in order; nothing without a session."""
    if visitor is None:
        return ()
    blueprint = request.blueprint or ""
    return tuple(
        Entry(gettext(title), url_for(endpoint), endpoint.partition(".")[0] == blueprint) for endpoint, title in _ALL
    )
