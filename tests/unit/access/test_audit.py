from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.access import AccessDatabase
from machiya.access.audit import AuditNote, Entry, Head, canonical, chained, hash_of, parse_head, record
from machiya.access.verifying import verify
from machiya.core.errors import InvalidInput

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FIELDS = ("number", "at", "actor", "action", "target", "details", "previous", "hash")


def chain(length: int) -> tuple[list[Entry], Head]:
    entries: list[Entry] = []
    head = Head()
    for number in range(1, length + 1):
        note = AuditNote("cli:root", "mailbox.add", f"u{number}@home.test", {"quota": str(number)})
        entries.append(chained(note, NOON + timedelta(seconds=number), number, head.hash))
        head = Head(number, entries[-1].hash)
    return entries, head


@given(
    place=st.integers(0, 4),
    name=st.sampled_from(FIELDS),
    text=st.text(),
    number=st.integers(),
)
def test_any_other_value_in_any_field_of_any_entry_is_found(place: int, name: str, text: str, number: int) -> None:
    entries, head = chain(5)
    value = number if name == "number" else text
    changed = replace(entries[place], **{name: value})  # type: ignore[arg-type]  # whatever is drawn
    verdict = verify(sorted([*entries[:place], changed, *entries[place + 1 :]], key=lambda one: one.number), head)
    assert verdict.intact is (changed == entries[place])


@given(place=st.integers(0, 4), name=st.sampled_from(FIELDS[1:-1]), text=st.text())
def test_a_changed_entry_with_its_hash_made_anew_is_found_at_the_next(place: int, name: str, text: str) -> None:
    entries, head = chain(5)
    changed = replace(entries[place], **{name: text})  # type: ignore[arg-type]  # never the number
    changed = replace(changed, hash=hash_of(changed))
    if changed == entries[place]:
        return
    verdict = verify([*entries[:place], changed, *entries[place + 1 :]], head)
    assert verdict.bad_number in {place + 1, place + 2}


@given(st.sets(st.integers(0, 5), min_size=1))
def test_entries_that_are_missing_are_found(gone: set[int]) -> None:
    entries, head = chain(6)
    verdict = verify([entry for place, entry in enumerate(entries) if place not in gone], head)
    assert verdict.bad_number == min(gone) + 1


@given(st.permutations(range(1, 6)))
def test_entries_that_changed_places_are_found(order: list[int]) -> None:
    entries, head = chain(5)
    moved = sorted((replace(e, number=n) for e, n in zip(entries, order, strict=True)), key=lambda one: one.number)
    first = next((place for place, number in enumerate(order, 1) if place != number), None)
    assert verify(moved, head).bad_number == (None if first is None else min(first, order[first - 1]))


ENTRIES = st.builds(Entry, st.integers(0, 9), *[st.text(max_size=3)] * 6, hash=st.just(""))


@given(ENTRIES, ENTRIES)
def test_canonical_differs_when_anything_differs(one: Entry, other: Entry) -> None:
    assert (canonical(one) == canonical(other)) is (one == other)


def test_the_hash_of_an_entry_never_changes() -> None:
    """Heads that people keep elsewhere must still fit after an upgrade."""
    entry = chained(AuditNote("cli:root", "mailbox.add", "ü@例え.jp", {"quota": "2 GiB"}), NOON, 1, Head().hash)
    assert canonical(entry) == (
        b'["machiya-audit-1",1,"2026-11-23T12:00:00.000000Z","cli:root","mailbox.add",'
        b'"\\u00fc@\\u4f8b\\u3048.jp","{\\"quota\\":\\"2 GiB\\"}","' + b"0" * 64 + b'"]'
    )
    page = (Path(__file__).parents[3] / "docs/format/audit-log.md").read_text(encoding="utf-8")
    assert canonical(entry).decode() in page
    assert entry.hash in page
    assert entry.hash == "450630c6f89b518e0c1da5d965902c144ea8e3ec2853fcee9966fec6ff85bbe2"


def test_a_longer_chain_fits_a_head_kept_earlier_and_a_forged_one_does_not() -> None:
    entries, head = chain(5)
    kept = Head(3, entries[2].hash)
    assert verify(entries, head, kept).intact
    assert verify(entries, head, Head(0, kept.hash)).intact
    forged, forged_head = [entries[0]], Head(1, entries[0].hash)
    for number in range(2, 6):
        note = AuditNote("cli:root", "mailbox.add", "forged@home.test")
        forged.append(chained(note, NOON, number, forged_head.hash))
        forged_head = Head(number, forged[-1].hash)
    assert verify(forged, forged_head).intact
    assert verify(forged, forged_head, kept).bad_number == 3
    assert verify(forged, forged_head, Head(0, kept.hash)).bad_number == 6


def test_a_head_kept_elsewhere_finds_that_everything_is_gone() -> None:
    _, head = chain(5)
    assert verify([], Head()).intact
    assert verify([], Head(), head).bad_number == 5


def test_an_empty_log_is_whole() -> None:
    assert verify([], Head()).intact


def test_record_cleans_and_cuts_what_the_table_cannot_hold() -> None:
    with AccessDatabase()() as work:
        note = AuditNote("a" * 400, "b\r\nc\ud800", "t\x00", {"k\n": "v" * 2000})
        entry = record(work.audit, NOON, note)
    assert len(entry.actor) == 330
    assert entry.action == "b��c�"
    assert entry.target == "t�"
    assert dict(entry.facts) == {"k�": "v" * 1000}


def test_times_are_written_in_utc() -> None:
    tokyo = datetime(2026, 11, 23, 21, tzinfo=timezone(timedelta(hours=9)))
    entry = chained(AuditNote("a", "b"), tokyo, 1, Head().hash)
    assert (entry.at, entry.moment) == ("2026-11-23T12:00:00.000000Z", NOON)


@pytest.mark.parametrize("details", ["", "[1]", "{", "null"])
def test_an_entry_that_was_spoiled_can_still_be_shown(details: str) -> None:
    entry = replace(chained(AuditNote("a", "b"), NOON, 1, Head().hash), details=details, at="yesterday")
    assert (dict(entry.facts), entry.moment) == ({}, None)


def test_parse_head_reads_what_a_head_prints() -> None:
    _, head = chain(5)
    assert parse_head(f" {str(head).upper()}\n") == head
    assert parse_head(head.hash) == Head(0, head.hash)


@pytest.mark.parametrize("text", ["", "5:", "5:abc", "x" * 64, "-1:" + "a" * 64, "1:2:" + "a" * 64])
def test_parse_head_refuses_everything_else(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_head(text)
