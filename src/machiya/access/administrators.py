"""Changing and removing administrators; never the last owner. How they come is in ``invitations``."""

from dataclasses import replace

from machiya.access.ending import end_sessions, withdraw_links
from machiya.access.invitations import Invitations, existing
from machiya.access.model import Administrator, Invitation, Permission, Role, allows
from machiya.access.ports import AccessUnitOfWork
from machiya.access.throttle import by_account, by_code
from machiya.core.errors import Refused


class LastOwner(Refused):
    """Without this administrator the house would have no owner who can log in."""

    code = "last_owner"


class Administrators(Invitations):
    """The administrators of the house, and their invitations; ``by`` is who does it, as the audit log names them."""

    def list(self) -> tuple[Administrator, ...]:
        """All, by name."""
        with self._open_work(read_only=True) as work:
            return work.administrators.all()

    def find(self, name: str) -> Administrator:
        """One.

        Raises:
            NotFound: there is none.
        """
        with self._open_work(read_only=True) as work:
            return existing(work, name)

    def change_role(self, name: str, role: Role, *, by: str) -> Administrator:
        """Another role, at once, also for those who are logged in.

        Who may invite no more has no open invitations: theirs end.

        Raises:
            NotFound: there is no such administrator.
            LastOwner: no owner would be left.
        """
        with self._open_work() as work:
            before = existing(work, name)
            if role is not Role.OWNER:
                _keep_an_owner(work, before)
            changed = replace(before, role=role)
            work.administrators.save(changed)
            self._note(work, by, "administrator.role", name, before=before.role, role=role)
            if not allows(role, Permission.ADMINISTRATORS):
                self._withdraw_made_by(work, changed, by, "administrator.role")
            work.commit()
        return changed

    def disable(self, name: str, *, by: str) -> Administrator:
        """Nobody can log in as that any more; sessions end, and the invitations for and by them.

        Raises:
            NotFound: there is no such administrator.
            LastOwner: no owner would be left.
        """
        with self._open_work() as work:
            before = existing(work, name)
            _keep_an_owner(work, before)
            changed = replace(before, enabled=False)
            work.administrators.save(changed)
            end_sessions(work, changed.who)
            self._note(work, by, "administrator.disable", name)
            self._withdraw_for(work, changed, by, "administrator.disable")
            self._withdraw_made_by(work, changed, by, "administrator.disable")
            work.commit()
        return changed

    def enable(self, name: str, *, by: str) -> Administrator:
        """They can log in again, with the same password; failed log-ins are forgotten.

        Raises:
            NotFound: there is no such administrator.
        """
        with self._open_work() as work:
            changed = replace(existing(work, name), enabled=True)
            work.administrators.save(changed)
            work.attempts.remove(by_account(name).key)
            work.attempts.remove(by_code(str(changed.who)).key)
            self._note(work, by, "administrator.enable", name)
            work.commit()
        return changed

    def remove(self, name: str, *, by: str) -> None:
        """Forget an administrator: password, second factor, sessions, the invitations for and by them.

        The audit log keeps the name.

        Raises:
            NotFound: there is no such administrator.
            LastOwner: no owner would be left.
        """
        with self._open_work() as work:
            before = existing(work, name)
            _keep_an_owner(work, before)
            end_sessions(work, before.who)
            work.factors.remove(before.who)
            work.administrators.remove(name)
            self._note(work, by, "administrator.remove", name, role=before.role)
            self._withdraw_for(work, before, by, "administrator.remove")
            self._withdraw_made_by(work, before, by, "administrator.remove")
            work.commit()

    def _withdraw_for(self, work: AccessUnitOfWork, invited: Administrator, by: str, reason: str) -> None:
        def is_for(one: Invitation) -> bool:
            return one.name == invited.name

        withdraw_links(work, is_for, at=self._clock.now(), by=by, reason=reason)

    def _withdraw_made_by(self, work: AccessUnitOfWork, inviter: Administrator, by: str, reason: str) -> None:
        def is_by(one: Invitation) -> bool:
            return one.invited_by == str(inviter.who)

        withdraw_links(work, is_by, at=self._clock.now(), by=by, reason=reason)


def _keep_an_owner(work: AccessUnitOfWork, leaving: Administrator) -> None:
    others = (one for one in work.administrators.all() if one.name != leaving.name)
    if leaving.role is Role.OWNER and not any(one.role is Role.OWNER and one.enabled for one in others):
        raise LastOwner(
            f"{leaving.name} is the last owner of this house", hint="Make somebody else an owner first, then try again."
        )
