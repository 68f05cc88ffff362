"""The roles in words."""

from collections.abc import Iterable

from machiya.access.model import Role
from machiya.entrypoints.usermgmt.i18n.language import gettext, marked

_WORDS = {
    Role.OWNER: marked("Owner: everything, other administrators too"),
    Role.ADMINISTRATOR: marked("Administrator: everything but other administrators"),
    Role.OPERATOR: marked("Operator: looks, releases from the quarantine, turns mailboxes on and off"),
    Role.VIEWER: marked("Viewer: looks only"),
}
_SHORT = {
    Role.OWNER: marked("Owner"),
    Role.ADMINISTRATOR: marked("Administrator"),
    Role.OPERATOR: marked("Operator"),
    Role.VIEWER: marked("Viewer"),
}


def role_choices(roles: Iterable[Role]) -> list[tuple[str, str]]:
    """Value and words, for a form."""
    return [(str(role), gettext(_WORDS[role])) for role in roles]


def role_word(role: Role) -> str:
    """One word."""
    return gettext(_SHORT[role])
