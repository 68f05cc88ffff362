"""The second factor: codes of an authenticator app, each good once, and recovery codes for the day it is lost."""

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime

from machiya.access.audit import AuditNote, record
from machiya.access.ending import end_sessions
from machiya.access.model import Factor, Session, Who
from machiya.access.ports import AccessUnitOfWork, OneTimeCodes, OpenWork, Sealer
from machiya.core.clock import Clock
from machiya.core.errors import AlreadyExists, InvalidInput, NotFound

RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_CHARACTERS = 4, 4  # 79 bits: no slow hash is needed
_DIGITS = re.compile(r"[0-9]{6}")
_SEPARATORS = re.compile(r"[\s-]+")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A secret that is not in use yet; shown once. ``uri`` is what the QR code says."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FactorState:
    """Whether it is on, and how many recovery codes are left."""

    on: bool
    recovery_codes_left: int


class SecondFactors:
    """Turns it on and off; ``LogIn`` asks ``accepts``.

    Turning it on ends the other sessions: the password alone opened them, perhaps a thief's. Turning it off and new
    recovery codes end none: those sessions proved no less than a log-in would now, and the person who is helped would
    be thrown out. Whoever fears a thief ends them as well: ``Sessions.end_all``, a button and a command.

    Source: OWASP ASVS 5.0, V7.4.3: the option to end other sessions after a factor was changed or removed.

    Args:
        issuer: the name of the house, for the app.
    """

    def __init__(self, open_work: OpenWork, clock: Clock, codes: OneTimeCodes, sealer: Sealer, issuer: str) -> None:
        self._open_work = open_work
        self._clock = clock
        self._codes = codes
        self._sealer = sealer
        self._issuer = issuer

    def state(self, who: Who) -> FactorState:
        """As it is now."""
        with self._open_work(read_only=True) as work:
            factor = work.factors.find(who)
            return FactorState(factor is not None and factor.confirmed, len(work.factors.recovery_codes(who)))

    def begin(self, who: Who) -> Enrolment:
        """Make a secret, to be confirmed by a code; one begun before is forgotten.

        Raises:
            AlreadyExists: it is on; turn it off first.
        """
        secret, now = self._codes.new_secret(), self._clock.now()
        sealed = self._sealer.seal(secret, str(who))
        with self._open_work() as work:
            before = work.factors.find(who)
            if before is not None and before.confirmed:
                raise AlreadyExists("two-step log-in is on already", hint="Turn it off first.")
            work.factors.save(Factor(who, sealed, confirmed=False, last_step=0, created_at=now))
            work.commit()
        return Enrolment(secret, self._codes.uri(secret, who.name, self._issuer))

    def confirm(self, who: Who, code: str, *, by: str, but: Session | None = None) -> tuple[str, ...]:
        """Turn it on; the recovery codes, shown once. All sessions of ``who`` except ``but`` end.

        Raises:
            NotFound: nothing was begun.
            InvalidInput: the code is wrong.
        """
        codes = tuple(_new_recovery_code() for _ in range(RECOVERY_CODES))
        with self._open_work() as work:
            factor = work.factors.find(who)
            if factor is None or factor.confirmed:
                raise NotFound("nothing is to be confirmed", hint="Begin again.")
            step = self._step(factor, code, self._clock.now())
            if step is None:
                raise InvalidInput("the code is wrong", hint="Is the clock of the phone right? Take the next code.")
            work.factors.save(replace(factor, confirmed=True, last_step=step))
            self._save_recovery_codes(work, who, codes)
            ended = {"sessions_ended": str(end_sessions(work, who, but))}
            record(work.audit, self._clock.now(), AuditNote(by, "second_factor.on", str(who), ended))
            work.commit()
        return codes

    def new_recovery_codes(self, who: Who, *, by: str) -> tuple[str, ...]:
        """Ten new ones, shown once; the old are good for nothing.

        Raises:
            NotFound: the second factor is off.
        """
        codes = tuple(_new_recovery_code() for _ in range(RECOVERY_CODES))
        with self._open_work() as work:
            factor = work.factors.find(who)
            if factor is None or not factor.confirmed:
                raise NotFound("two-step log-in is off", hint="Turn it on first.")
            self._save_recovery_codes(work, who, codes)
            record(work.audit, self._clock.now(), AuditNote(by, "second_factor.new_recovery_codes", str(who)))
            work.commit()
        return codes

    def turn_off(self, who: Who, *, by: str) -> bool:
        """Forget secret and recovery codes; whether it was on."""
        with self._open_work() as work:
            factor = work.factors.find(who)
            work.factors.remove(who)
            on = factor is not None and factor.confirmed
            if on:
                record(work.audit, self._clock.now(), AuditNote(by, "second_factor.off", str(who)))
            work.commit()
        return on

    def accepts(self, work: AccessUnitOfWork, factor: Factor, code: str) -> bool:
        """Whether ``code`` is good now, inside ``work``; it is good never again."""
        step = self._step(factor, code, self._clock.now())
        if step is not None:
            work.factors.save(replace(factor, last_step=step))
            return True
        if not work.factors.use_recovery_code(factor.who, _hash_of_code(factor.who, code)):
            return False
        left = {"left": str(len(work.factors.recovery_codes(factor.who)))}
        note = AuditNote(str(factor.who), "second_factor.recovery_code_used", str(factor.who), left)
        record(work.audit, self._clock.now(), note)
        return True

    def _step(self, factor: Factor, code: str, now: datetime) -> int | None:
        """The time step of a code that was not used before.

        Source: RFC 6238 §5.2: a code is accepted once.
        """
        plain = _plain(code)
        if not _DIGITS.fullmatch(plain):
            return None
        step = self._codes.step(self._sealer.unseal(factor.sealed, str(factor.who)), plain, now)
        return step if step is not None and step > factor.last_step else None

    @staticmethod
    def _save_recovery_codes(work: AccessUnitOfWork, who: Who, codes: tuple[str, ...]) -> None:
        work.factors.save_recovery_codes(who, frozenset(_hash_of_code(who, code) for code in codes))


def _new_recovery_code() -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_CHARACTERS)) for _ in range(_GROUPS))
    return "-".join(groups)


def _hash_of_code(who: Who, code: str) -> str:
    return hashlib.sha256(f"machiya-recovery\0{who}\0{_plain(code)}".encode("utf-8", "replace")).hexdigest()


def _plain(code: str) -> str:
    """As it is typed: with blanks and dashes, in capitals, on a Japanese keyboard in wide characters."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", code)).lower()
