"""Changing and removing administrators; never the last owner. How they come is in ``invitations``."""

from dataclasses import replace

from machiya.access.invitations import Invitations, existing
from machiya.access.model import Administrator, Role
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
            work.commit()
        return changed

    def disable(self, name: str, *, by: str) -> Administrator:
        """Nobody can log in as that any more; sessions and invitation end.

        Raises:
            NotFound: there is no such administrator.
            LastOwner: no owner would be left.
        """
        with self._open_work() as work:
            before = existing(work, name)
            _keep_an_owner(work, before)
            changed = replace(before, enabled=False)
            work.administrators.save(changed)
            work.administrators.remove_invitation(name)
            self._forget_sessions(work, changed)
            self._note(work, by, "administrator.disable", name)
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
        """Forget an administrator: password, second factor, sessions, invitation. The audit log keeps the name.

        Raises:
            NotFound: there is no such administrator.
            LastOwner: no owner would be left.
        """
        with self._open_work() as work:
            before = existing(work, name)
            _keep_an_owner(work, before)
            self._forget_sessions(work, before)
            work.factors.remove(before.who)
            work.administrators.remove_invitation(name)
            work.administrators.remove(name)
            self._note(work, by, "administrator.remove", name, role=before.role)
            work.commit()


def _keep_an_owner(work: AccessUnitOfWork, leaving: Administrator) -> None:
    others = (one for one in work.administrators.all() if one.name != leaving.name)
    if leaving.role is Role.OWNER and not any(one.role is Role.OWNER and one.enabled for one in others):
        raise LastOwner(
            f"{leaving.name} is the last owner of this house", hint="Make somebody else an owner first, then try again."
        )
