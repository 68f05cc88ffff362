from dataclasses import replace

from fakes.access_room import Place
from machiya.access.audit import AuditNote, Head


def test_entries_are_paged_newest_first(place: Place) -> None:
    for number in range(5):
        place.access.audit.record(AuditNote("cli:root", "act", f"t{number}"))
    page = place.access.audit.entries(2)
    assert [one.target for one in page] == ["t4", "t3"]
    assert [one.target for one in place.access.audit.entries(2, before=page[-1].number)] == ["t2", "t1"]
    assert [one.target for one in place.access.audit.entries(actor="cli:root", target="t0")] == ["t0"]


def test_verify_follows_the_chain_and_a_head_kept_elsewhere(place: Place) -> None:
    kept = place.access.audit.head()
    place.access.audit.record(AuditNote("cli:root", "act"))
    assert place.access.audit.verify().intact
    assert place.access.audit.verify(kept).intact
    assert place.access.audit.verify(Head(kept.number, "f" * 64)).bad_number == kept.number
    rows = place.database.rows
    rows.entries[1] = replace(rows.entries[1], actor="cli:nobody")
    assert place.access.audit.verify().bad_number == 1
