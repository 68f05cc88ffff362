"""What the access room may rely on, whoever keeps its rows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fakes.access import ALICE, YOU
from machiya.access.audit import AuditNote, Entry, Head, chained, record
from machiya.access.model import Administrator, Attempts, Factor, Invitation, Role, Session, Who
from machiya.access.ports import OpenWork
from machiya.access.verifying import verify
from machiya.core.errors import Conflict

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


def session(identity: str, who: Who = ALICE, **changes: object) -> Session:
    made = Session(
        identity, who, f"hash-{identity}", "stamp", NOON, NOON, NOON, NOON + 12 * HOUR, "10.0.0.1", "Firefox"
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_nothing_is_there_at_first(open_access: OpenWork) -> None:
    with open_access() as work:
        assert work.administrators.all() == ()
        assert work.administrators.find("alice") is None
        assert work.administrators.invitations() == ()
        assert work.administrators.invitation("") is None
        assert work.sessions.find("") is None
        assert work.factors.find(ALICE) is None
        assert work.attempts.find("x") is None
        assert (work.audit.head(), work.audit.last_number(), list(work.audit.every())) == (Head(), 0, [])


def test_administrators_come_back_by_name_and_change(open_access: OpenWork) -> None:
    bob, alice = Administrator("bob", Role.VIEWER, NOON), Administrator("alice", Role.OWNER, NOON, "{ARGON2ID}x")
    with open_access() as work:
        work.administrators.save(bob)
        work.administrators.save(alice)
        work.commit()
    changed = replace(bob, role=Role.OPERATOR, enabled=False, password="{ARGON2ID}y")
    with open_access() as work:
        assert work.administrators.all() == (alice, bob)
        work.administrators.save(changed)
        work.administrators.remove("alice")
        work.commit()
    with open_access(read_only=True) as work:
        assert work.administrators.all() == (changed,)
        assert work.administrators.find("bob") == changed


def test_an_administrator_tells_whether_the_second_factor_is_confirmed(open_access: OpenWork) -> None:
    with open_access() as work:
        work.administrators.save(Administrator("alice", Role.OWNER, NOON))
        for confirmed in (False, True):
            work.factors.save(Factor(ALICE, "sealed", confirmed=confirmed, last_step=1, created_at=NOON))
            found = work.administrators.find("alice")
            assert found is not None
            assert found.totp is confirmed


def test_an_invitation_replaces_the_one_before(open_access: OpenWork) -> None:
    first = Invitation("alice", Role.OWNER, "hash-1", NOON, NOON + HOUR, "cli:root")
    second = replace(first, token_hash="hash-2", role=Role.VIEWER)
    with open_access() as work:
        work.administrators.save_invitation(first)
        work.administrators.save_invitation(second)
        work.commit()
    with open_access() as work:
        assert work.administrators.invitation("hash-1") is None
        assert work.administrators.invitation("hash-2") == second
        assert work.administrators.invitations() == (second,)
        work.administrators.remove_invitation("alice")
        assert work.administrators.invitation("hash-2") is None


def test_sessions_are_found_by_token_and_listed_newest_first(open_access: OpenWork) -> None:
    older, newer, other = session("a"), session("b", created_at=NOON + HOUR), session("c", YOU)
    with open_access() as work:
        for one in (older, newer, other):
            work.sessions.save(one)
        work.commit()
    with open_access() as work:
        assert work.sessions.of(ALICE) == (newer, older)
        assert work.sessions.find("hash-c") == other
        renewed = replace(older, token_hash="hash-new", last_seen_at=NOON + HOUR, stamp="other")
        work.sessions.save(renewed)
        work.sessions.remove("b")
        assert work.sessions.of(ALICE) == (renewed,)
        assert work.sessions.find("hash-a") is None


def test_sessions_that_are_over_can_be_removed(open_access: OpenWork) -> None:
    with open_access() as work:
        work.sessions.save(session("idle", last_seen_at=NOON - HOUR / 2))
        work.sessions.save(session("old", expires_at=NOON))
        work.sessions.save(session("good"))
        work.sessions.remove_ended(NOON - HOUR / 2, NOON)
        assert [one.id for one in work.sessions.of(ALICE)] == ["good"]


def test_factors_and_recovery_codes_belong_to_one_person(open_access: OpenWork) -> None:
    factor = Factor(ALICE, "sealed", confirmed=True, last_step=60_000_000, created_at=NOON)
    with open_access() as work:
        work.factors.save(factor)
        work.factors.save_recovery_codes(ALICE, frozenset({"one", "two"}))
        work.factors.save_recovery_codes(YOU, frozenset({"one"}))
        work.commit()
    with open_access() as work:
        assert work.factors.find(ALICE) == factor
        assert work.factors.find(Who(YOU.kind, "alice")) is None
        assert work.factors.use_recovery_code(ALICE, "one")
        assert not work.factors.use_recovery_code(ALICE, "one")
        assert work.factors.recovery_codes(ALICE) == {"two"}
        assert work.factors.recovery_codes(YOU) == {"one"}
        work.factors.save_recovery_codes(ALICE, frozenset({"three"}))
        assert work.factors.recovery_codes(ALICE) == {"three"}
        work.factors.remove(ALICE)
        assert work.factors.find(ALICE) is None
        assert work.factors.recovery_codes(ALICE) == frozenset()


def test_attempts_are_forgotten_in_time_and_bounded(open_access: OpenWork) -> None:
    rows = [Attempts(f"k{hours}", hours, 0, NOON + hours * HOUR, NOON if hours else None) for hours in range(5)]
    with open_access() as work:
        for row in rows:
            work.attempts.save(row)
        work.commit()
    with open_access() as work:
        assert work.attempts.find("k3") == rows[3]
        work.attempts.prune(NOON, 2)
        assert [work.attempts.find(row.key) for row in rows] == [None, None, None, rows[3], rows[4]]
        work.attempts.remove("k4")
        assert work.attempts.find("k4") is None


def test_audit_entries_come_back_as_they_were_written_and_verify(open_access: OpenWork) -> None:
    notes = [
        AuditNote("cli:root", "mailbox.add", "ü@例え.jp", {"quota": "2 GiB", "b": "日本語 😀"}),
        AuditNote("administrator:alice\r\nx", "a" * 80, "\x00" + "t" * 400),
    ]
    with open_access() as work:
        written = [record(work.audit, NOON, note) for note in notes]
        work.commit()
    with open_access(read_only=True) as work:
        assert list(work.audit.every()) == written
        assert (work.audit.head(), work.audit.last_number()) == (Head(2, written[1].hash), 2)
        assert verify(work.audit.every(), work.audit.head()).intact
    assert written[0].facts == {"quota": "2 GiB", "b": "日本語 😀"}
    assert "\n" not in written[1].actor
    assert (len(written[1].action), len(written[1].target)) == (64, 330)


def test_audit_entries_are_listed_newest_first_and_by_actor_or_target(open_access: OpenWork) -> None:
    with open_access() as work:
        for number in range(6):
            record(work.audit, NOON, AuditNote(f"a{number % 2}", "act", f"t{number % 3}"))
        work.commit()

    def numbers(limit: int, before: int | None = None, actor: str = "", target: str = "") -> list[int]:
        with open_access(read_only=True) as work:
            return [e.number for e in work.audit.newest(limit, before=before, actor=actor, target=target)]

    assert numbers(10) == [6, 5, 4, 3, 2, 1]
    assert numbers(2, before=4) == [3, 2]
    assert numbers(10, actor="a1") == [6, 4, 2]
    assert numbers(10, target="t0") == [4, 1]
    assert numbers(10, actor="a1", target="t0") == [4]


def test_an_audit_number_is_given_once(open_access: OpenWork) -> None:
    with open_access() as work:
        entry = record(work.audit, NOON, AuditNote("a", "act"))
        with pytest.raises(Conflict):
            work.audit.append(chained(AuditNote("b", "act"), NOON, entry.number, entry.hash))


def test_what_is_not_committed_never_was(open_access: OpenWork) -> None:
    with open_access() as work:
        work.administrators.save(Administrator("alice", Role.OWNER, NOON))
        record(work.audit, NOON, AuditNote("a", "act"))
    with open_access(read_only=True) as work:
        assert work.administrators.all() == ()
        assert work.audit.head() == Head()


def test_reading_cannot_commit_and_outside_of_the_block_is_nothing(open_access: OpenWork) -> None:
    with pytest.raises(RuntimeError), open_access(read_only=True) as work:
        work.commit()
    with pytest.raises(RuntimeError):
        _ = open_access().audit


def test_many_entries_are_read_in_order(open_access: OpenWork) -> None:
    with open_access() as work:
        head = Head()
        for number in range(1, 2002):
            entry = chained(AuditNote("a", "act"), NOON, number, head.hash)
            work.audit.append(entry)
            head = Head(number, entry.hash)
        work.audit.save_head(head)
        verdict = verify(work.audit.every(), work.audit.head())
        found: list[Entry] = list(work.audit.every())
    assert (verdict.intact, verdict.entries) == (True, 2001)
    assert [entry.number for entry in found] == list(range(1, 2002))
