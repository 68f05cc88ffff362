"""Who is logged in: sessions on the server, behind a random token that only the browser has."""

from dataclasses import replace
from datetime import datetime, timedelta

from machiya.access.audit import AuditNote, record
from machiya.access.ending import end_sessions
from machiya.access.fields import cleaned
from machiya.access.model import LoggedIn, Session, Who, WhoKind
from machiya.access.ports import AccessUnitOfWork, MailboxOwners, OpenWork
from machiya.access.tokens import hash_of_token, new_id, new_token, stamp_of
from machiya.core.clock import Clock
from machiya.core.errors import NotFound, Unauthorized

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
FRESH = timedelta(minutes=10)
MOST_SESSIONS = 20
_TOUCH = timedelta(minutes=1)


def is_fresh(session: Session, now: datetime) -> bool:
    """Whether the password was typed within 10 minutes: what a dangerous act asks for."""
    return now - session.authenticated_at <= FRESH


class Sessions:
    """Finds, lists and ends sessions; ``LogIn`` starts them."""

    def __init__(self, open_work: OpenWork, clock: Clock, owners: MailboxOwners) -> None:
        self._open_work = open_work
        self._clock = clock
        self._owners = owners

    def find(self, token: str) -> Session | None:
        """The session of ``token``, with the role of its administrator as it is now.

        None: unknown, ended, idle for 30 minutes, older than 12 hours, its account disabled or gone, or its password
        another since.
        """
        now = self._clock.now()
        with self._open_work(read_only=True) as work:
            session = work.sessions.find(hash_of_token(token))
            if session is None or _is_over(session, now):
                return None
            session = self._of_administrator(work, session)
        if session is None or not self._still_fits(session):
            return None
        return self._touched(session, now) if now - session.last_seen_at >= _TOUCH else session

    def is_fresh(self, session: Session) -> bool:
        """``is_fresh`` now."""
        return is_fresh(session, self._clock.now())

    def require_fresh(self, session: Session) -> None:
        """For a dangerous act.

        Raises:
            PasswordNeeded: the password was typed too long ago.
        """
        if not self.is_fresh(session):
            raise PasswordNeeded("this needs your password once more", hint="Type it, then do it again.")

    def list(self, who: Who) -> tuple[Session, ...]:
        """Those of one person that are not over, newest first."""
        now = self._clock.now()
        with self._open_work(read_only=True) as work:
            return tuple(session for session in work.sessions.of(who) if not _is_over(session, now))

    def end(self, session_id: str, *, who: Who, by: str) -> None:
        """End one session of ``who``.

        Raises:
            NotFound: ``who`` has no such session.
        """
        with self._open_work() as work:
            if session_id not in {session.id for session in work.sessions.of(who)}:
                raise NotFound("there is no such session", hint="It may be over already.")
            work.sessions.remove(session_id)
            record(work.audit, self._clock.now(), AuditNote(by, "session.end", str(who), {"session": session_id}))
            work.commit()

    def end_all(self, who: Who, *, by: str, but: Session | None = None) -> int:
        """End every session of ``who`` except ``but``; how many."""
        with self._open_work() as work:
            count = end_sessions(work, who, but)
            record(work.audit, self._clock.now(), AuditNote(by, "session.end_all", str(who), {"count": str(count)}))
            work.commit()
        return count

    def log_out(self, token: str) -> None:
        """End the session of ``token``, if there is one."""
        with self._open_work() as work:
            session = work.sessions.find(hash_of_token(token))
            if session is None:
                return
            work.sessions.remove(session.id)
            record(work.audit, self._clock.now(), AuditNote(str(session.who), "session.log_out", str(session.who)))
            work.commit()

    def start(
        self,
        work: AccessUnitOfWork,
        who: Who,
        stored_password: str,
        *,
        client_address: str,
        user_agent: str,
        previous_token: str = "",
    ) -> LoggedIn:
        """A fresh session inside ``work``; the one of ``previous_token`` ends, whoever planted it."""
        now, token = self._clock.now(), new_token()
        work.sessions.remove_ended(now - IDLE, now)
        previous = work.sessions.find(hash_of_token(previous_token))
        if previous is not None:
            work.sessions.remove(previous.id)
        for surplus in work.sessions.of(who)[MOST_SESSIONS - 1 :]:
            work.sessions.remove(surplus.id)
        session = Session(
            id=new_id(),
            who=who,
            token_hash=hash_of_token(token),
            stamp=stamp_of(who, stored_password),
            created_at=now,
            last_seen_at=now,
            authenticated_at=now,
            expires_at=now + ABSOLUTE,
            client_address=cleaned(client_address, 64),
            user_agent=cleaned(user_agent, 200),
        )
        work.sessions.save(session)
        return LoggedIn(token, self._of_administrator(work, session) or session)

    def renew(self, session: Session) -> LoggedIn:
        """The same session behind a new token, good for the password as it is now; after its owner changed it.

        Raises:
            Unauthorized: the session is over.
        """
        stored, now, token = self._stored_password(session.who), self._clock.now(), new_token()
        with self._open_work() as work:
            present = work.sessions.find(session.token_hash)
            if present is None or _is_over(present, now) or not stored:
                raise Unauthorized("the session is over", hint="Log in again.")
            renewed = replace(
                present,
                token_hash=hash_of_token(token),
                stamp=stamp_of(session.who, stored),
                authenticated_at=now,
                last_seen_at=now,
            )
            work.sessions.save(renewed)
            work.commit()
        return LoggedIn(token, replace(renewed, role=session.role))

    def _touched(self, session: Session, now: datetime) -> Session:
        """Once a minute is enough for the idle end."""
        touched = replace(session, last_seen_at=now)
        with self._open_work() as work:
            present = work.sessions.find(session.token_hash)
            if present is None:  # ended between the look and now
                return touched
            work.sessions.save(replace(present, last_seen_at=now))
            work.commit()
        return touched

    def _of_administrator(self, work: AccessUnitOfWork, session: Session) -> Session | None:
        if session.who.kind is not WhoKind.ADMINISTRATOR:
            return session
        found = work.administrators.find(session.who.name)
        if found is None or not found.enabled or stamp_of(session.who, found.password) != session.stamp:
            return None
        return replace(session, role=found.role)

    def _still_fits(self, session: Session) -> bool:
        if session.who.kind is WhoKind.ADMINISTRATOR:
            return True
        return stamp_of(session.who, self._owners.password(session.who.name)) == session.stamp

    def _stored_password(self, who: Who) -> str:
        if who.kind is WhoKind.MAILBOX:
            return self._owners.password(who.name)
        with self._open_work(read_only=True) as work:
            found = work.administrators.find(who.name)
        return found.password if found and found.enabled else ""


class PasswordNeeded(Unauthorized):
    """A dangerous act, and the password was typed too long ago."""

    code = "password_needed"


def _is_over(session: Session, now: datetime) -> bool:
    return now >= session.expires_at or now - session.last_seen_at >= IDLE
