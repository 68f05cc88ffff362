"""The list of pages a visitor may reach."""

from dataclasses import dataclass
from enum import StrEnum

from flask import request, url_for

from machiya.access.model import Permission
from machiya.entrypoints.usermgmt.i18n.language import gettext, marked
from machiya.entrypoints.usermgmt.pages import Visitors
from machiya.entrypoints.usermgmt.visitor import Visitor


@dataclass(frozen=True, slots=True)
class Entry:
    """One link; ``here``: the visitor is on it or below it."""

    title: str
    url: str
    here: bool


_ALL: tuple[tuple[str, str, StrEnum], ...] = (
    ("overview.first", marked("Overview"), Visitors.LOGGED_IN),
    ("domains.all_", marked("Domains"), Permission.VIEW),
    ("mailboxes.all_", marked("Mailboxes"), Permission.VIEW),
    ("aliases.all_", marked("Aliases"), Permission.VIEW),
    ("quarantine.all_", marked("Quarantine"), Permission.VIEW),
    ("audit.all_", marked("Audit log"), Permission.AUDIT),
    ("administrators.all_", marked("Administrators"), Permission.ADMINISTRATORS),
    ("own_app_passwords.all_", marked("App passwords"), Visitors.OWNER),
    ("vacation.show", marked("Vacation"), Visitors.OWNER),
    ("forwarding.show", marked("Forwarding"), Visitors.OWNER),
    ("filters.all_", marked("Filters"), Visitors.OWNER),
    ("own_quarantine.all_", marked("Quarantine"), Visitors.OWNER),
    ("own_trace.search", marked("Where is my mail?"), Visitors.OWNER),
    ("account.show", marked("My account"), Visitors.LOGGED_IN),
)


def entries(visitor: Visitor | None) -> tuple[Entry, ...]:
    """What this visitor may see, in order; nothing without a session."""
    if visitor is None:
        return ()
    blueprint = request.blueprint or ""
    return tuple(
        Entry(gettext(title), url_for(endpoint), endpoint.partition(".")[0] == blueprint)
        for endpoint, title, permission in _ALL
        if visitor.may(permission)
    )
