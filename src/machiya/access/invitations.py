"""One-time links by which administrators come in, and come in again."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from machiya.access.audit import AuditNote, record
from machiya.access.ending import end_sessions
from machiya.access.fields import check_administrator_name, check_new_password
from machiya.access.model import Administrator, Invitation, Permission, Role, WhoKind, allows
from machiya.access.ports import AccessUnitOfWork, OpenWork, PasswordHasher
from machiya.access.tokens import hash_of_token, new_token
from machiya.core.clock import Clock
from machiya.core.errors import AlreadyExists, NotFound, Unauthorized

INVITATION_LASTS = timedelta(hours=24)
_COMMAND_LINE = "cli"


class InvitationOver(Unauthorized):
    """The link was used, has ended, or never was; or whoever made it may invite no more."""

    code = "invitation_over"


@dataclass(frozen=True, slots=True)
class Invited:
    """An open invitation; ``token`` is known here only, for the link."""

    invitation: Invitation
    token: str = field(repr=False)


class Invitations:
    """The invitations of the house; ``by`` is who does it, as the audit log names them."""

    def __init__(self, open_work: OpenWork, clock: Clock, hasher: PasswordHasher) -> None:
        self._open_work = open_work
        self._clock = clock
        self._hasher = hasher

    def invitations(self) -> tuple[Invitation, ...]:
        """Those that can still be opened, by name."""
        now = self._clock.now()
        with self._open_work(read_only=True) as work:
            return tuple(one for one in work.administrators.invitations() if _is_open(work, one, now))

    def invite(self, name: str, role: Role, *, by: str) -> Invited:
        """A one-time link for somebody new, good for 24 hours; one made before for the same name ends.

        Raises:
            InvalidInput: nobody can be called that.
            AlreadyExists: there is such an administrator; ``invite_again`` lets them choose a new password.
        """
        check_administrator_name(name)
        with self._open_work() as work:
            if work.administrators.find(name) is not None:
                raise AlreadyExists(
                    f"there is an administrator {name} already",
                    hint=f"For a new password: machiya admin invite {name} --again.",
                )
            invited = self._invited(work, name, role, by)
            work.commit()
        return invited

    def invite_again(self, name: str, *, by: str) -> Invited:
        """A one-time link by which an administrator chooses a new password.

        Raises:
            NotFound: there is no such administrator.
        """
        with self._open_work() as work:
            invited = self._invited(work, name, existing(work, name).role, by)
            work.commit()
        return invited

    def withdraw(self, name: str, *, by: str) -> None:
        """End an invitation.

        Raises:
            NotFound: there is none.
        """
        with self._open_work() as work:
            if name not in {one.name for one in work.administrators.invitations()}:
                raise NotFound(f"there is no invitation for {name}", hint="It may have been used or have ended.")
            work.administrators.remove_invitation(name)
            self._note(work, by, "administrator.withdraw_invitation", name)
            work.commit()

    def invitation(self, token: str) -> Invitation:
        """What a link is for; looking changes nothing.

        Raises:
            InvitationOver: it was used, has ended, or never was; or its inviter may invite no more.
        """
        with self._open_work(read_only=True) as work:
            return self._open_invitation(work, token)

    def accept(self, token: str, password: str) -> Administrator:
        """Choose the password; the link is good for nothing afterwards, and sessions of before are over.

        Raises:
            InvalidInput: the password cannot be used; the link stays good.
            InvitationOver: as ``invitation``.
        """
        check_new_password(password)
        self.invitation(token)  # before the slow hash, so that a stranger cannot make the house work
        stored, now = self._hasher.hash(password), self._clock.now()
        with self._open_work() as work:
            invitation = self._open_invitation(work, token)
            found = work.administrators.find(invitation.name)
            fresh = Administrator(invitation.name, invitation.role, now, stored)
            accepted = replace(found, password=stored) if found is not None else fresh
            work.administrators.save(accepted)
            work.administrators.remove_invitation(invitation.name)
            end_sessions(work, accepted.who)
            self._note(work, str(accepted.who), "administrator.accept", accepted.name, role=accepted.role)
            work.commit()
        return accepted

    def _invited(self, work: AccessUnitOfWork, name: str, role: Role, by: str) -> Invited:
        now, token = self._clock.now(), new_token()
        self._forget_ended_invitations(work, now)
        invitation = Invitation(name, role, hash_of_token(token), now, now + INVITATION_LASTS, by)
        work.administrators.save_invitation(invitation)
        self._note(work, by, "administrator.invite", name, role=role)
        return Invited(invitation, token)

    @staticmethod
    def _forget_ended_invitations(work: AccessUnitOfWork, now: datetime) -> None:
        for one in work.administrators.invitations():
            if one.expires_at <= now:
                work.administrators.remove_invitation(one.name)

    def _open_invitation(self, work: AccessUnitOfWork, token: str) -> Invitation:
        found = work.administrators.invitation(hash_of_token(token))
        if found is None or not _is_open(work, found, self._clock.now()):
            raise InvitationOver("this link is good no more", hint="Ask whoever invited you for a new one.")
        return found

    def _note(self, work: AccessUnitOfWork, by: str, action: str, name: str, **details: str) -> None:
        facts = {key: str(value) for key, value in details.items()}
        record(work.audit, self._clock.now(), AuditNote(by, action, f"administrator:{name}", facts))


def _is_open(work: AccessUnitOfWork, invitation: Invitation, now: datetime) -> bool:
    return invitation.expires_at > now and _may_invite(work, invitation.invited_by)


def _may_invite(work: AccessUnitOfWork, inviter: str) -> bool:
    """Whoever has a shell of the house may; an administrator as long as the role allows it; nobody else."""
    kind, _, name = inviter.partition(":")
    found = work.administrators.find(name) if kind == WhoKind.ADMINISTRATOR else None
    permitted = found is not None and found.enabled and allows(found.role, Permission.ADMINISTRATORS)
    return permitted or kind == _COMMAND_LINE


def existing(work: AccessUnitOfWork, name: str) -> Administrator:
    """One, inside ``work``.

    Raises:
        NotFound: there is none.
    """
    found = work.administrators.find(name)
    if found is None:
        raise NotFound(f"there is no administrator {name!r}", hint="machiya admin list shows all.")
    return found
