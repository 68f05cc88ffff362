"""Logging in, typing the password once more, and changing it."""

from dataclasses import replace

from machiya.access.audit import AuditNote, record
from machiya.access.ending import end_sessions, withdraw_links
from machiya.access.fields import check_new_password
from machiya.access.model import LoggedIn, Session, WhoKind
from machiya.access.ports import MailboxOwners, OpenWork, PasswordHasher
from machiya.access.proof import Claim, Proof, check_fields, wrong
from machiya.access.second_factor import SecondFactors
from machiya.access.sessions import Sessions
from machiya.core.clock import Clock
from machiya.core.errors import Unauthorized


class LogIn:
    """Log-ins of administrators (by name) and of mailbox owners (by address)."""

    def __init__(
        self,
        open_work: OpenWork,
        clock: Clock,
        hasher: PasswordHasher,
        owners: MailboxOwners,
        sessions: Sessions,
        factors: SecondFactors,
    ) -> None:
        self._open_work = open_work
        self._clock = clock
        self._hasher = hasher
        self._sessions = sessions
        self._proof = Proof(open_work, clock, hasher, owners, factors)

    def log_in(
        self,
        name: str,
        password: str,
        code: str = "",
        *,
        client_address: str,
        user_agent: str = "",
        previous_token: str = "",
    ) -> LoggedIn:
        """Start a session; the one of ``previous_token`` (whatever the browser brought along) ends.

        Raises:
            InvalidInput: a field contains a control character or is too long.
            TooManyAttempts: of this account or from this address.
            WrongLogIn: name or password is wrong, or the account is disabled.
            SecondFactorNeeded: ask for the code, then call again with all three.
            WrongCode: as above, and the code was wrong.
            Unavailable: too many log in at the same moment.
        """
        claim = self._proof.claim(name, client_address, user_agent)
        check_fields(password, code)
        stored = self._proof.password(claim, password)
        if claim.who is None:  # cannot be: nothing is stored for nobody
            raise wrong()
        with self._open_work() as work:
            self._proof.second_step(work, claim, claim.who, code)
            logged_in = self._sessions.start(
                work,
                claim.who,
                stored,
                client_address=client_address,
                user_agent=user_agent,
                previous_token=previous_token,
            )
            self._proof.note(work, claim, "log_in.succeeded", {"session": logged_in.session.id})
            work.commit()
        return logged_in

    def reauthenticate(self, session: Session, password: str, code: str = "", *, client_address: str) -> LoggedIn:
        """The password once more, for a dangerous act: the session is fresh afterwards, behind a new token.

        Raises:
            As ``log_in``, and Unauthorized when the session is over.
        """
        self.prove(session, password, code, client_address=client_address)
        return self._sessions.renew(session)

    def prove(self, session: Session, password: str, code: str = "", *, client_address: str) -> None:
        """As ``reauthenticate``, but the session stays as it is.

        Raises:
            As ``log_in``.
        """
        claim = Claim(session.who.name, session.who, client_address)
        check_fields(password, code)
        self._proof.password(claim, password)
        with self._open_work() as work:
            self._proof.second_step(work, claim, session.who, code)
            self._proof.note(work, claim, "log_in.confirmed", {"session": session.id})
            work.commit()

    def change_password(
        self, session: Session, password: str, new_password: str, code: str = "", *, client_address: str
    ) -> LoggedIn:
        """Another password for the administrator of ``session``; their other sessions end, and a link for a new one.

        Raises:
            As ``log_in``, for the present password; InvalidInput for the new one; Unauthorized when the session is
            over.
        """
        check_new_password(new_password)
        self.prove(session, password, code, client_address=client_address)
        stored = self._hasher.hash(new_password)
        with self._open_work() as work:
            found = work.administrators.find(session.who.name)
            if session.who.kind is not WhoKind.ADMINISTRATOR or found is None or not found.enabled:
                raise Unauthorized("the session is over", hint="Log in again.")
            work.administrators.save(replace(found, password=stored))
            end_sessions(work, session.who, but=session)
            now, by = self._clock.now(), str(session.who)
            record(work.audit, now, AuditNote(by, "password.change", by))
            withdraw_links(work, lambda one: one.name == session.who.name, at=now, by=by, reason="password.change")
            work.commit()
        return self._sessions.renew(session)
