"""Proving who one is: the password, then the code; each attempt is counted first and written down."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from machiya.access.audit import AuditNote, record
from machiya.access.fields import MAXIMUM_CHARACTERS, check_field
from machiya.access.model import Who, WhoKind
from machiya.access.ports import AccessUnitOfWork, MailboxOwners, OpenWork, PasswordHasher
from machiya.access.second_factor import SecondFactors
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
class Claim:
    """Who somebody says to be; ``who`` None: nobody can be called that."""

    name: str
    who: Who | None
    client_address: str
    user_agent: str = ""

    @property
    def counted(self) -> Sequence[Counted]:
        """Its account and its address."""
        return by_account(self.name), by_address(self.client_address)


class Proof:
    """The same answer and the same work whatever was wrong."""

    def __init__(
        self,
        open_work: OpenWork,
        clock: Clock,
        hasher: PasswordHasher,
        owners: MailboxOwners,
        factors: SecondFactors,
    ) -> None:
        self._open_work = open_work
        self._clock = clock
        self._hasher = hasher
        self._owners = owners
        self._factors = factors

    def claim(self, name: str, client_address: str, user_agent: str) -> Claim:
        """What was typed as a name, in any case.

        Raises:
            InvalidInput: it contains a control character or is too long.
        """
        text = unicodedata.normalize("NFC", check_field(name.strip(" "), "the name"))
        if "@" not in text:
            canonical = text.lower()
            return Claim(canonical, Who(WhoKind.ADMINISTRATOR, canonical), client_address, user_agent)
        address = self._owners.canonical(text)
        who = Who(WhoKind.MAILBOX, address) if address else None
        return Claim(address or text, who, client_address, user_agent)

    def password(self, claim: Claim, password: str) -> str:
        """The stored password, when ``password`` is the right one.

        Raises:
            TooManyAttempts: of this account or from this address.
            WrongLogIn: it is not, or nobody may log in as that.
            Unavailable: it could not be looked at; the attempt is not counted then.
        """
        self._admit(claim, claim.counted)
        stored = self._stored(claim.who)
        try:
            right = self._hasher.verify(stored, password)
        except MachiyaError:
            self._give_back(claim)
            raise
        if not right or not stored:
            self._tell(claim, "log_in.failed", known=bool(stored))
            raise wrong()
        self._forgive(claim)
        return stored

    def second_step(self, work: AccessUnitOfWork, claim: Claim, who: Who, code: str) -> None:
        """The code, where the second factor is on, inside ``work``; a wrong one is counted, committed too.

        Raises:
            SecondFactorNeeded: there is no code.
            WrongCode: it is wrong or was used before.
            TooManyAttempts: of codes for this account.
        """
        factor = work.factors.find(who)
        if factor is None or not factor.confirmed:
            return
        if not code:
            raise SecondFactorNeeded("a code is needed too", hint="Type the code of your authenticator app.")
        last = admit(work.attempts, self._clock.now(), (by_code(str(who)),))
        if not self._factors.accepts(work, factor, code):
            self.note(work, claim, "log_in.wrong_code", {"waits": "yes"} if last else {})
            work.commit()
            raise WrongCode("the code is wrong or was used before", hint="Wait for the next code and type that one.")
        work.attempts.remove(by_code(str(who)).key)

    def _admit(self, claim: Claim, counted: Sequence[Counted]) -> None:
        with self._open_work() as work:
            if admit(work.attempts, self._clock.now(), counted):
                self.note(work, claim, "log_in.too_many", {}, known=self._exists(work, claim))
            work.commit()

    def _give_back(self, claim: Claim) -> None:
        """Only this attempt: whoever can keep the house busy must not be able to wipe out what was counted."""
        with self._open_work() as work:
            for counted in claim.counted:
                give_back(work.attempts, counted)
            work.commit()

    def _forgive(self, claim: Claim) -> None:
        """The account's failures are forgotten, those from the address are not: they may be for other accounts."""
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

    def _tell(self, claim: Claim, action: str, *, known: bool) -> None:
        with self._open_work() as work:
            exists = self._exists(work, claim)  # asked in any case: the time does not tell who is known
            self.note(work, claim, action, {}, known=known or exists)
            work.commit()

    def _exists(self, work: AccessUnitOfWork, claim: Claim) -> bool:
        if claim.who is None or claim.who.kind is WhoKind.MAILBOX:
            return False
        return work.administrators.find(claim.who.name) is not None

    def note(
        self, work: AccessUnitOfWork, claim: Claim, action: str, details: dict[str, str], *, known: bool = True
    ) -> None:
        """Whoever fails is nobody yet. A name that nobody has may be a password in the wrong field: it is left out."""
        who = str(claim.who) if known and claim.who is not None else UNKNOWN
        actor = who if action in _PROVED else UNKNOWN
        more = {"client_address": claim.client_address} if claim.client_address else {}
        record(work.audit, self._clock.now(), AuditNote(actor, action, who, details | more))


def check_fields(password: str, code: str) -> None:
    """Before anything else, and before anything is counted.

    Raises:
        InvalidInput: a control character, or absurdly long.
    """
    check_field(password, "the password", MAXIMUM_CHARACTERS)
    check_field(code, "the code", 64)


def wrong() -> WrongLogIn:
    """Whatever it was."""
    return WrongLogIn("name or password is wrong", hint="Look at the name, capitals and the keyboard, and try again.")
