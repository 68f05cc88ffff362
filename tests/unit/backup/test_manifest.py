from collections.abc import Iterable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.backup.manifest import Line, ManifestDamaged, ManifestReader, ManifestWriter, require_inside
from machiya.backup.model import Entry, EntryType, Header, Omission, Placement, Rota, SnapshotName, Totals
from machiya.core.errors import InvalidInput

NAME = SnapshotName(date(2026, 11, 29), Rota.DAILY)
HEADER = Header(
    NAME,
    "machiya.home.test",
    datetime(2026, 11, 29, 3, tzinfo=UTC),
    ("mail",),
    (Omission("tmp/*", ("not delivered yet", "配送の途中のもの")),),
    "0.1.0",
)
DIGEST = "ab" * 32


def written(lines: Iterable[Line]) -> list[bytes]:
    out: list[bytes] = []
    writer = ManifestWriter(out.append, HEADER)
    for line in lines:
        writer.add(line.entry, line.placement, new=line.entry.size == 7)
    writer.finish()
    return out


def file(path: bytes, size: int = 7) -> Entry:
    return Entry(path, EntryType.FILE, 0o600, 5000, 5000, -1_500_000_000, size, DIGEST)


SAMPLE = (
    Line(Entry(b"mail", EntryType.DIRECTORY, 0o700, 0, 0, 1)),
    Line(file(b"mail/\x83e\x83X\x83g.txt"), Placement(f"packs/{DIGEST}.tar.zst", "v1", 512)),
    Line(file("mail/日本語".encode(), 9)),
    Line(Entry(b"mail/link", EntryType.SYMLINK, 0o777, 0, 0, 1, link=b"\xff/..")),
    Line(Entry(b"mail/twin", EntryType.HARD_LINK, 0o600, 0, 0, 1, link=b"mail/link")),
    Line(Entry(b"mail/x", EntryType.FILE, 0o600, 0, 0, 1, 3, DIGEST, xattrs=(("user.a", b"\0\xff"),), sparse=True)),
)


def test_manifest_is_read_as_it_was_written() -> None:
    reader = ManifestReader(written(SAMPLE))
    assert tuple(reader.lines()) == SAMPLE
    assert (reader.header, reader.totals) == (HEADER, Totals(6, 19, 7))


def test_manifest_keeps_a_name_of_an_attribute_that_is_no_text() -> None:
    line = Line(Entry(b"x", EntryType.SYMLINK, 0o777, 0, 0, 1, link=b"y", xattrs=(("user.\udcff", b"1"),)))
    assert list(ManifestReader(written([line])).lines()) == [line]


paths = st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=4).map(b"/".join)


@given(paths, st.binary(max_size=60), st.integers(-(2**62), 2**62), st.integers(0, 2**50))
def test_manifest_keeps_every_name_that_a_file_system_can_have(path: bytes, link: bytes, mtime: int, size: int) -> None:
    entry = Entry(path, EntryType.FILE, 0o7777, 1, 2, mtime, size, DIGEST, link)
    try:
        require_inside(path)
    except ManifestDamaged:
        with pytest.raises(ManifestDamaged):
            list(ManifestReader(written([Line(entry)])).lines())
    else:
        assert list(ManifestReader(written([Line(entry)])).lines()) == [Line(entry)]


@pytest.mark.parametrize("cut", range(len(SAMPLE) + 2))
def test_manifest_that_is_cut_off_is_refused(cut: int) -> None:
    lines = written(SAMPLE)
    for damaged in (lines[:cut], [*lines[:cut], lines[cut][:-1]]):
        with pytest.raises(ManifestDamaged):
            list(ManifestReader(damaged).lines())


def test_manifest_with_one_bit_changed_is_refused() -> None:
    whole = b"".join(written(SAMPLE))
    for place in range(0, len(whole), 3):
        changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        with pytest.raises(ManifestDamaged):
            list(ManifestReader(changed.splitlines(keepends=True)).lines())


@pytest.mark.parametrize("extra", [[b"{}\n"], [b"x"], written(SAMPLE)])
def test_manifest_that_goes_on_after_its_end_is_refused(extra: list[bytes]) -> None:
    with pytest.raises(ManifestDamaged):
        list(ManifestReader([*written(SAMPLE), *extra]).lines())


@pytest.mark.parametrize("path", [b"", b"/etc", b"a//b", b"a/../b", b"..", b".", b"a/", b"a\0b"])
def test_require_inside_refuses_what_leads_elsewhere(path: bytes) -> None:
    with pytest.raises(ManifestDamaged):
        require_inside(path)


def test_manifest_of_a_later_version_says_so() -> None:
    lines = written(SAMPLE)
    with pytest.raises(ManifestDamaged, match="version 2"):
        ManifestReader([lines[0].replace(b'"version":1', b'"version":2'), *lines[1:]])


def test_snapshot_name_is_its_folder() -> None:
    assert SnapshotName.parse("weekly/2026-11-29/") == SnapshotName(date(2026, 11, 29), Rota.WEEKLY)
    assert str(NAME) == "daily/2026-11-29"


@pytest.mark.parametrize(
    "text", ["", "daily", "daily/2026-02-30", "hourly/2026-11-29", "../daily/2026-11-29", "daily/x"]
)
def test_snapshot_name_is_nothing_else(text: str) -> None:
    with pytest.raises(InvalidInput):
        SnapshotName.parse(text)
