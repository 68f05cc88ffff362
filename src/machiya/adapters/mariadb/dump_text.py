"""What a dump says about itself: its end, its character set, its rows, and a digest that tells two databases apart."""

import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator

import zstandard

from machiya.adapters.mariadb.grants import quoted
from machiya.backup.databases import DumpDamaged, OpenDump

END = b"-- Dump completed"
SUFFIX = ".sql.zst"
_CHUNK = 1024 * 1024
_HEAD = re.compile(rb"-- Machiya: character set (\w+), collation (\w+)\n")
_NAMES = re.compile(rb"(?m)^(?:--.*\n|ALTER DATABASE `(?:[^`]|``)+` CHARACTER SET )")
_VIEW = re.compile(rb"(?m)^/\*!50001 VIEW .*$")
_DATA = re.compile(rb"(?m)^(?:/\*!40000 ALTER TABLE `((?:[^`]|``)+)` (DISABLE|ENABLE) KEYS \*/;$|INSERT INTO `)")


def head(character_set: str, collation: str) -> bytes:
    """The first line of ours, since a dump that names no database does not tell."""
    return f"-- Machiya: character set {character_set}, collation {collation}\n".encode()


def head_of(dump: OpenDump) -> tuple[str, str] | None:
    """Character set and collation of the database; None: the dump is not one of ours."""
    found = _HEAD.match(next(whole_lines(dump), b""))
    return (found[1].decode(), found[2].decode()) if found else None


def whole_lines(dump: OpenDump) -> Iterator[bytes]:
    """The text of a compressed dump, in pieces that end with a line.

    Raises:
        DumpDamaged: it cannot be unpacked, or is cut off in the middle of a line.
    """
    lines = LineEnds()
    # A frame that was cut off is no error to zstandard; the mark at the end of the text tells.
    try:
        with dump() as packed, zstandard.ZstdDecompressor().stream_reader(packed, closefd=False) as text:
            while piece := text.read(_CHUNK):
                if whole := lines.whole(piece):
                    yield whole
    except zstandard.ZstdError as error:
        raise DumpDamaged(f"the dump cannot be unpacked ({error})", hint="Take another snapshot.") from error
    if lines.rest:
        raise cut_off()


class LineEnds:
    """Cuts pieces anew, at the ends of lines."""

    def __init__(self) -> None:
        self._held = io.BytesIO()

    @property
    def rest(self) -> bytes:
        """A line that has not come to its end."""
        return self._held.getvalue()

    def whole(self, piece: bytes) -> bytes:
        """What came to its end with ``piece``; empty in a row of many megabytes."""
        end = piece.rfind(b"\n") + 1
        if not end:
            self._held.write(piece)
            return b""
        whole = self._held.getvalue() + piece[:end]
        self._held = io.BytesIO()
        self._held.write(piece[end:])
        return whole


def cut_off() -> DumpDamaged:
    """It ends somewhere, but not at its end."""
    return DumpDamaged("the dump is cut off", hint="Take another snapshot: machiya backup list.")


class DumpReader:
    """Hears the text of a dump in pieces of any size; counts its rows.

    The digest leaves out what names the database or the server, such as comments. Rows count only where a table's data
    is: a routine may have lines that look the same.

    Args:
        database: the name in the dump.
    """

    def __init__(self, database: str = "") -> None:
        self._database = database
        self._rows: Counter[str] = Counter()
        self._digest = hashlib.sha256()
        self._table = ""
        self._last = b""
        self._lines = LineEnds()

    def take(self, some: bytes) -> None:
        """The next piece."""
        if not (piece := self._lines.whole(some)):
            return
        self._digest.update(_NAMES.sub(b"", with_views_of(piece, self._database, "") if self._database else piece))
        self._last = (self._last + piece)[-len(END) - 1 :] if len(piece) <= len(END) else piece[-len(END) - 1 :]
        for found in _DATA.finditer(piece):
            if found[2] is None:
                if self._table:
                    self._rows[self._table] += 1
            else:
                self._table = _name(found[1]) if found[2] == b"DISABLE" else ""
                self._rows.update({self._table: 0} if self._table else {})

    def finish(self) -> tuple[dict[str, int], str]:
        """Rows by table, and the digest.

        Raises:
            DumpDamaged: it was cut off.
        """
        if self._lines.rest or not self._last.endswith(END + b"\n"):
            raise cut_off()
        return dict(self._rows), self._digest.hexdigest()


def with_views_of(piece: bytes, database: str, other: str) -> bytes:
    """Views name the database before their columns (MariaDB 11.8, once they were loaded): name ``other`` there.

    Empty: none.
    """
    name, target = (f"{quoted(one)}.".encode() if one else b"" for one in (database, other))
    return _VIEW.sub(lambda line: line[0].replace(name, target), piece)


def read_dump(dump: OpenDump, database: str = "") -> tuple[dict[str, int], str]:
    """Rows by table and the digest of a compressed dump of ``database``.

    Raises:
        DumpDamaged: it is not whole.
    """
    reader = DumpReader(database)
    for piece in whole_lines(dump):
        reader.take(piece)
    return reader.finish()


def _name(quoted: bytes) -> str:
    return quoted.replace(b"``", b"`").decode()
