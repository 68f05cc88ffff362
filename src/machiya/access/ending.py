"""What ends together with something else, inside the same transaction: sessions, and links that let somebody in."""

from collections.abc import Callable
from datetime import datetime

from machiya.access.audit import AuditNote, record
from machiya.access.model import Invitation, Session, Who
from machiya.access.ports import AccessUnitOfWork


def end_sessions(work: AccessUnitOfWork, who: Who, but: Session | None = None) -> int:
    """End every session of ``who`` except ``but``, inside ``work``; how many."""
    ended = [session.id for session in work.sessions.of(who) if but is None or session.id != but.id]
    for session_id in ended:
        work.sessions.remove(session_id)
    return len(ended)


def withdraw_links(
    work: AccessUnitOfWork, fits: Callable[[Invitation], bool], *, at: datetime, by: str, reason: str
) -> None:
    """End the invitations that fit, inside ``work``, each with an entry in the audit log.

    ``reason`` is the action they end with, as in ``administrator.disable``.
    """
    for one in filter(fits, work.administrators.invitations()):
        work.administrators.remove_invitation(one.name)
        if one.expires_at > at:
            details = {"reason": reason, "invited_by": one.invited_by}
            note = AuditNote(by, "administrator.withdraw_invitation", f"administrator:{one.name}", details)
            record(work.audit, at, note)
