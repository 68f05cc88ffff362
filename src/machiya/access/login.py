"""Logging in: the same answer and the same work whatever was wrong, counted, and written down."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from machiya.access.audit import AuditNote, record
from machiya.access.fields import MAXIMUM_CHARACTERS, check_field, check_new_password
from machiya.access.model import LoggedIn, Session, Who, WhoKind
from machiya.access.ports import AccessUnitOfWork, MailboxOwners, OpenWork, PasswordHasher
from machiya.access.second_factor import SecondFactors
from machiya.access.sessions import Sessions
from machiya.access.throttle import Counted, admit, by_account, by_address, by_code, give_back
from machiya.core.clock import Clock
from machiya.core.errors import MachiyaError, Unauthorized

UNKNOWN = "unknown"
_PROVED = frozenset({"log_in.succeeded", "log_in.confirmed"})


class WrongLogIn(Unauthorized):
    """Name or password is wrong, or the account is disabled; which of them is not told."""

    code = "wrong_log_in"


class SecondFactorNeeded(Unauthorized):
    """The password is right; a code of the authenticator app, or a recovery code, is needed too."""

    code = "second_factor_needed"


class WrongCode(SecondFactorNeeded):
    """The password is right, the code is wrong or was used before."""

    code = "wrong_code"


@dataclass(frozen=True, slots=True)
class _Claim:
    """Who somebody says to be; ``who`` None: nobody can be called that."""

    name: str
    who: Who | None
    client_address: str
    user_agent: str = ""

    @property
    def counted(self) -> Sequence[Counted]:
        return by_account(self.name), by_address(self.client_address)


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
        self._owners = owners
        self._sessions = sessions
        self._factors = factors

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
        claim = self._claim(name, client_address, user_agent)
        _check(password, code)
        stored = self._proved(claim, password)
        if claim.who is None:  # cannot be: nothing is stored for nobody
            raise _wrong()
        with self._open_work() as work:
            self._second_step(work, claim, claim.who, code)
            logged_in = self._sessions.start(
                work,
                claim.who,
                stored,
                client_address=client_address,
                user_agent=user_agent,
                previous_token=previous_token,
            )
            self._note(work, claim, "log_in.succeeded", {"session": logged_in.session.id})
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
        claim = _Claim(session.who.name, session.who, client_address)
        _check(password, code)
        self._proved(claim, password)
        with self._open_work() as work:
            self._second_step(work, claim, session.who, code)
            self._note(work, claim, "log_in.confirmed", {"session": session.id})
            work.commit()

    def change_password(
        self, session: Session, password: str, new_password: str, code: str = "", *, client_address: str
    ) -> LoggedIn:
        """Another password for the administrator of ``session``; all other sessions of theirs end.

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
            for other in work.sessions.of(session.who):
                if other.id != session.id:
                    work.sessions.remove(other.id)
            record(work.audit, self._clock.now(), AuditNote(str(session.who), "password.change", str(session.who)))
            work.commit()
        return self._sessions.renew(session)

    def _claim(self, name: str, client_address: str, user_agent: str) -> _Claim:
        text = unicodedata.normalize("NFC", check_field(name.strip(" "), "the name"))
        if "@" not in text:
            canonical = text.lower()
            return _Claim(canonical, Who(WhoKind.ADMINISTRATOR, canonical), client_address, user_agent)
        address = self._owners.canonical(text)
        who = Who(WhoKind.MAILBOX, address) if address else None
        return _Claim(address or text, who, client_address, user_agent)

    def _proved(self, claim: _Claim, password: str) -> str:
        """The stored password, when ``password`` is the right one; counts the attempt, and gives it back then."""
        self._admit(claim, claim.counted)
        stored = self._stored(claim.who)
        try:
            right = self._hasher.verify(stored, password)
        except MachiyaError:
            self._give_back(claim)
            raise
        if not right or not stored:
            self._tell(claim, "log_in.failed", known=bool(stored))
            raise _wrong()
        self._give_back(claim)
        return stored

    def _second_step(self, work: AccessUnitOfWork, claim: _Claim, who: Who, code: str) -> None:
        factor = work.factors.find(who)
        if factor is None or not factor.confirmed:
            return
        if not code:
            raise SecondFactorNeeded("a code is needed too", hint="Type the code of your authenticator app.")
        last = admit(work.attempts, self._clock.now(), (by_code(str(who)),))
        if not self._factors.accepts(work, factor, code):
            self._note(work, claim, "log_in.wrong_code", {"waits": "yes"} if last else {})
            work.commit()
            raise WrongCode("the code is wrong or was used before", hint="Wait for the next code and type that one.")
        work.attempts.remove(by_code(str(who)).key)

    def _admit(self, claim: _Claim, counted: Sequence[Counted]) -> None:
        with self._open_work() as work:
            if admit(work.attempts, self._clock.now(), counted):
                self._note(work, claim, "log_in.too_many", {}, known=self._exists(work, claim))
            work.commit()

    def _give_back(self, claim: _Claim) -> None:
        account, address = claim.counted
        with self._open_work() as work:
            work.attempts.remove(account.key)
            give_back(work.attempts, address)
            work.commit()

    def _stored(self, who: Who | None) -> str:
        """Empty: nobody may log in as that."""
        if who is not None and who.kind is WhoKind.MAILBOX:
            return self._owners.password(who.name)
        with self._open_work(read_only=True) as work:
            found = work.administrators.find(who.name if who is not None else "")
        return found.password if found is not None and found.enabled else ""

    def _tell(self, claim: _Claim, action: str, *, known: bool) -> None:
        with self._open_work() as work:
            exists = self._exists(work, claim)  # asked in any case: the time does not tell who is known
            self._note(work, claim, action, {}, known=known or exists)
            work.commit()

    def _exists(self, work: AccessUnitOfWork, claim: _Claim) -> bool:
        if claim.who is None or claim.who.kind is WhoKind.MAILBOX:
            return False
        return work.administrators.find(claim.who.name) is not None

    def _note(
        self, work: AccessUnitOfWork, claim: _Claim, action: str, details: dict[str, str], *, known: bool = True
    ) -> None:
        """Whoever fails is nobody yet. A name that nobody has may be a password in the wrong field: it is left out."""
        who = str(claim.who) if known and claim.who is not None else UNKNOWN
        actor = who if action in _PROVED else UNKNOWN
        more = {"client_address": claim.client_address} if claim.client_address else {}
        record(work.audit, self._clock.now(), AuditNote(actor, action, who, details | more))


def _check(password: str, code: str) -> None:
    check_field(password, "the password", MAXIMUM_CHARACTERS)
    check_field(code, "the code", 64)


def _wrong() -> WrongLogIn:
    return WrongLogIn("name or password is wrong", hint="Look at the name, capitals and the keyboard, and try again.")
