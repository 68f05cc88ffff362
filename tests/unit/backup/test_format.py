"""docs/format/backup.md shows what the program writes."""

import re
from datetime import datetime
from pathlib import Path

from machiya.backup.manifest import ManifestReader, ManifestWriter
from machiya.backup.model import Entry, EntryType, Header, Omission, SnapshotName

PAGE = Path(__file__).parents[3] / "docs" / "format" / "backup.md"
HEADER = Header(
    snapshot=SnapshotName.parse("daily/2026-11-29"),
    house="mail.example.jp",
    taken_at=datetime.fromisoformat("2026-11-28T18:00:00+00:00"),
    sources=("mail",),
    omitted=(Omission("*/tmp/*", ("not delivered yet", "配送の途中のもの")),),
    program="0.1.0",
)
FILE = Entry(
    b"mail/hello.txt",
    EntryType.FILE,
    0o600,
    5000,
    5000,
    -1_500_000_000,
    6,
    "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03",
)


def test_the_example_of_the_page_is_what_is_written() -> None:
    written: list[bytes] = []
    writer = ManifestWriter(written.append, HEADER)
    writer.add(Entry(b"mail", EntryType.DIRECTORY, 0o700, 5000, 5000, 1_764_352_800_000_000_000))
    writer.add(FILE, new=True)
    writer.finish()
    shown = re.search(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert shown
    assert shown[1].encode() == b"".join(written)
    assert len(list(ManifestReader(shown[1].encode().splitlines(keepends=True)).lines())) == 2
