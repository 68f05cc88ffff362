"""Who sits at the command line, and the note of what they do for the audit log."""

import os
import pwd
from pathlib import Path

from machiya.access.audit import AuditNote

_LOGIN_UID = Path("/proc/self/loginuid")
_NOBODY_LOGGED_IN = 2**32 - 1


def note(action: str, target: object, **details: object) -> AuditNote:
    """What this command is about to do."""
    facts = {key: str(value) for key, value in details.items() if value not in {None, ""}}
    return AuditNote(actor(), action, str(target), facts)


def actor() -> str:
    """``cli:NAME``: who logged in to this machine, also behind sudo; the user of the process where nobody did.

    Source: Linux's audit login uid, which survives su and sudo and can be set once.
    """
    return f"cli:{_name(_login_uid())}"


def _login_uid() -> int:
    try:
        uid = int(_LOGIN_UID.read_text("ascii"))
    except (OSError, ValueError):
        return os.getuid()
    return os.getuid() if uid == _NOBODY_LOGGED_IN else uid


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
