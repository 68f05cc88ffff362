"""The manifest: JSON lines, one an entry, streamed. The first line is the header, the last the totals with a checksum.

The bytes are described in docs/format/backup.md; a reader needs nothing but JSON and SHA-256. The checksum is over all
lines before the last and the last one as it is without its checksum. Entries come in the order
of the walk: a directory before what it holds, in it first what is no directory, both by the bytes of their names.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from machiya.backup import manifest_values as values
from machiya.backup.model import Entry, EntryType, Header, Omission, Placement, SnapshotName, Totals
from machiya.core.errors import MachiyaError

FORMAT, VERSION = "machiya-manifest", 1
_LONGEST_LINE = 1024 * 1024
_PARTS_THAT_LEAD_AWAY = frozenset({b"", b".", b".."})


class ManifestDamaged(MachiyaError):
    """A manifest is cut off, changed, or not one at all."""

    code = "manifest_damaged"


class ManifestTooNew(ManifestDamaged):
    """A newer Machiya wrote it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry and, in a manifest of the vault, where its content is; ``raw`` is the line it was read from."""

    entry: Entry
    placement: Placement | None = None
    raw: bytes = field(default=b"", compare=False, repr=False)


class ManifestWriter:
    """Writes a manifest line by line to ``write``; ``finish`` makes it whole."""

    def __init__(self, write: Callable[[bytes], object], header: Header) -> None:
        self._write, self._digest = write, hashlib.sha256()
        self._entries = self._size_bytes = self._new_bytes = 0
        self._line(_header_data(header))

    def add(self, entry: Entry, placement: Placement | None = None, *, new: bool = False) -> None:
        """The next entry; ``new``: its content was in no snapshot before."""
        self._entries += 1
        self._size_bytes += entry.size
        self._new_bytes += entry.size if new else 0
        self._put(_entry_line(entry) if placement is None else _json(_entry_data(entry, placement)))

    def repeat(self, line: Line) -> None:
        """An entry that is in this manifest as it was in the one that it was read from; its content is not new."""
        self._entries += 1
        self._size_bytes += line.entry.size
        self._put(line.raw)

    def finish(self, lost: int = 0) -> Totals:
        """The last line; without it the manifest is not accepted. ``lost``: as in ``Totals``."""
        totals = Totals(self._entries, self._size_bytes, self._new_bytes, lost)
        end = {"end": True, "entries": totals.entries, "bytes": totals.size_bytes, "new_bytes": totals.new_bytes}
        if lost:
            end["lost"] = lost
        self._digest.update(_json(end))
        self._line(end | {"sha256": self._digest.hexdigest()})
        return totals

    def _line(self, data: dict[str, Any]) -> None:
        self._put(_json(data))

    def _put(self, line: bytes) -> None:
        self._digest.update(line)
        self._write(line)


class ManifestReader:
    """Reads a manifest from its lines; ``totals`` is known once ``lines`` has come to its end.

    Raises:
        ManifestDamaged: at the line where it shows; one that was cut off at its end.
    """

    def __init__(self, source: Iterable[bytes]) -> None:
        self._source, self._digest, self._last = iter(source), hashlib.sha256(), b""
        self.totals: Totals | None = None
        self.header = _header_of(self._next())
        self._digest.update(self._last)

    def lines(self) -> Iterator[Line]:
        """Every entry, in order."""
        count = size = 0
        while True:
            data = self._next()
            if "end" in data:
                self._check_end(data, count, size)
                return
            self._digest.update(self._last)
            line = _line_of(data, self._last)
            count, size = count + 1, size + line.entry.size
            yield line

    def _next(self) -> dict[str, Any]:
        line = next(self._source, b"")
        if not line.endswith(b"\n") or len(line) > _LONGEST_LINE:
            raise ManifestDamaged("the manifest is cut off", hint="Take another snapshot; machiya backup list.")
        self._last = line
        try:
            return values.parsed(line)
        except ValueError as error:
            raise damaged() from error

    def _check_end(self, data: dict[str, Any], count: int, size: int) -> None:
        given, totals = data.pop("sha256", None), _totals(data)
        self._digest.update(_json(data))
        if (given, totals.entries, totals.size_bytes) != (self._digest.hexdigest(), count, size):
            raise damaged()
        if next(self._source, b""):
            raise damaged()
        self.totals = totals


def bounded(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; of one that is longer than any of a manifest only the beginning, so that it is refused."""
    return iter(lambda: stream.readline(_LONGEST_LINE + 1), b"")


def totals_in(line: bytes) -> Totals:
    """What the last line of a manifest counts; nothing else is checked. Raises ManifestDamaged if it is none."""
    try:
        return _totals(values.parsed(line))
    except ValueError as error:
        raise damaged() from error


def _totals(data: dict[str, Any]) -> Totals:
    try:
        entries, size, new = (values.number(data[name]) for name in ("entries", "bytes", "new_bytes"))
        return Totals(entries, size, new, values.number(data.get("lost", 0)))
    except (KeyError, ValueError) as error:
        raise damaged() from error


def whole(lines: Iterable[bytes]) -> Totals:
    """What a manifest counts, once its checksum was found right; its entries are not looked at.

    Raises:
        ManifestDamaged: it is cut off or was changed.
    """
    digest, last = hashlib.sha256(), b""
    for line in lines:
        digest.update(last)
        last = line
    totals = totals_in(last)
    end = values.parsed(last)
    given = end.pop("sha256", None)
    digest.update(_json(end))
    if given != digest.hexdigest():
        raise damaged()
    return totals


_TYPES = {str(one): one for one in EntryType}
_quoted = json.encoder.encode_basestring_ascii
_encoded = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def _json(data: dict[str, Any]) -> bytes:
    return _encoded(data).encode() + b"\n"


def damaged() -> ManifestDamaged:
    """The manifest says something that it cannot say."""
    return ManifestDamaged(
        "the manifest was changed or is none of Machiya's", hint="Take another snapshot, or the copy in the vault."
    )


def _header_data(header: Header) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "snapshot": str(header.snapshot),
        "house": header.house,
        "taken_at": header.taken_at.isoformat(),
        "sources": list(header.sources),
        "omitted": [[one.pattern, *one.reason] for one in header.omitted],
        "program": header.program,
    }


def _header_of(data: dict[str, Any]) -> Header:
    if data.get("format") != FORMAT:
        raise damaged()
    if data.get("version") != VERSION:
        raise ManifestTooNew(
            f"the manifest has version {data.get('version')}, this Machiya reads {VERSION}", hint="Use a newer Machiya."
        )
    try:
        return Header(
            snapshot=SnapshotName.parse(data["snapshot"]),
            house=values.text(data["house"]),
            taken_at=values.moment(data["taken_at"]),
            sources=tuple(map(values.text, data["sources"])),
            omitted=tuple(
                Omission(values.text(pattern), (values.text(en), values.text(ja)))
                for pattern, en, ja in data["omitted"]
            ),
            program=values.text(data.get("program", "")),
        )
    except (AttributeError, KeyError, TypeError, ValueError, MachiyaError) as error:
        raise damaged() from error


def _entry_data(entry: Entry, placement: Placement | None) -> dict[str, Any]:
    data: dict[str, Any] = {
        **values.named("path", entry.path),
        "type": str(entry.type),
        "mode": entry.mode,
        "uid": entry.uid,
        "gid": entry.gid,
        "mtime_ns": entry.mtime_ns,
    }
    if entry.type is EntryType.FILE:
        data |= {"size": entry.size, "sha256": entry.sha256}
    if entry.link:
        data |= values.named("link", entry.link)
    if entry.xattrs:
        data["xattrs"] = {name: base64.b64encode(value).decode() for name, value in entry.xattrs}
    if entry.sparse:
        data["sparse"] = True
    if placement is not None:
        data |= {"pack": placement.pack, "pack_version": placement.version, "offset": placement.offset}
    return data


def _entry_line(entry: Entry) -> bytes:
    """As ``_json(_entry_data(entry, None))``; nearly all entries are plain files, and there may be a million."""
    if entry.type is not EntryType.FILE or entry.link or entry.xattrs or entry.sparse:
        return _json(_entry_data(entry, None))
    try:
        path = _quoted(entry.path.decode("utf-8"))
    except UnicodeDecodeError:
        return _json(_entry_data(entry, None))
    return (
        f'{{"path":{path},"type":"file","mode":{entry.mode},"uid":{entry.uid},"gid":{entry.gid},'
        f'"mtime_ns":{entry.mtime_ns},"size":{entry.size},"sha256":"{entry.sha256}"}}\n'
    ).encode()


def _line_of(data: dict[str, Any], raw: bytes) -> Line:
    try:
        kind = _TYPES[data["type"]]
        mode, uid, gid, mtime_ns = values.attributes(data)
        is_file = kind is EntryType.FILE
        entry = Entry(
            path=values.octets(data, "path"),
            type=kind,
            mode=mode,
            uid=uid,
            gid=gid,
            mtime_ns=mtime_ns,
            size=values.number(data["size"]) if is_file else 0,
            sha256=values.sha256(data["sha256"]) if is_file else "",
            link=values.octets(data, "link") if "link" in data or "link_base64" in data else b"",
            xattrs=tuple((values.name(name), base64.b64decode(value)) for name, value in data["xattrs"].items())
            if "xattrs" in data
            else (),
            sparse=bool(data.get("sparse", False)),
        )
        placed = _placed(data) if "pack" in data else None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise damaged() from error
    require_inside(entry.path)
    if entry.type is EntryType.HARD_LINK:
        require_inside(entry.link)
    if entry.type is EntryType.SYMLINK and (not entry.link or b"\0" in entry.link):
        raise damaged()
    return Line(entry, placed, raw)


def _placed(data: dict[str, Any]) -> Placement:
    return Placement(values.pack(data["pack"]), values.version(data["pack_version"]), values.number(data["offset"]))


def require_inside(path: bytes) -> None:
    """A path that a restore would follow out of its folder is refused.

    Raises:
        ManifestDamaged: it is absolute, empty, or has an empty part, ``.``, ``..`` or a null in it.
    """
    if b"\0" in path or not _PARTS_THAT_LEAD_AWAY.isdisjoint(path.split(b"/")):
        raise damaged()
