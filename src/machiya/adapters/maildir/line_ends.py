"""CRLF to LF in one pass over chunks; a lone CR and a bare LF stay as they are."""

from collections.abc import Iterable, Iterator

CHUNK_BYTES = 256 * 1024

Octets = bytes | bytearray | memoryview


def chunks(content: Octets, size: int = CHUNK_BYTES) -> Iterator[memoryview]:
    """Views of ``content``, at most ``size`` bytes each; nothing is copied."""
    view = memoryview(content)
    for start in range(0, len(view), size):
        yield view[start : start + size]


def unix_lines(parts: Iterable[Octets]) -> Iterator[bytes]:
    """The bytes of ``parts`` with every CRLF turned into LF, also one that two parts share."""
    held = b""
    for part in parts:
        piece = held + bytes(part)
        held = b"\r" if piece.endswith(b"\r") else b""
        yield piece[: len(piece) - len(held)].replace(b"\r\n", b"\n")
    if held:
        yield held


class SizeCount:
    """Counts the ``S=`` (bytes as stored) and ``W=`` (bytes if every line ended with CRLF) of what passes by."""

    def __init__(self) -> None:
        self.size = 0
        self._bare_line_feeds = 0
        self._after_cr = False

    def add(self, piece: bytes) -> None:
        """Count one piece."""
        if not piece:
            return
        self.size += len(piece)
        joined = self._after_cr and piece.startswith(b"\n")
        self._bare_line_feeds += piece.count(b"\n") - piece.count(b"\r\n") - joined
        self._after_cr = piece.endswith(b"\r")

    @property
    def virtual_size(self) -> int:
        """The ``W=`` figure."""
        return self.size + self._bare_line_feeds
