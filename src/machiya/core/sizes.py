"""Sizes in bytes, read and written the way people do (IEC units)."""

import re
from decimal import Decimal

from machiya.core.errors import InvalidInput

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

_UNITS = {
    "": 1,
    "b": 1,
    "k": KIB,
    "kib": KIB,
    "m": MIB,
    "mib": MIB,
    "g": GIB,
    "gib": GIB,
    "t": 1024 * GIB,
    "tib": 1024 * GIB,
}
_SIZE = re.compile(r"\s*([0-9]{1,18}(?:\.[0-9]{1,9})?)\s*([A-Za-z]*)\s*")


def parse_size(text: str) -> int:
    """``"25 MiB"``, ``"1.5G"`` or ``"1024"`` in bytes.

    Raises:
        InvalidInput: not a size, or a decimal unit (``MB``), which would be guessed wrong.
    """
    found = _SIZE.fullmatch(text)
    if not found or found[2].lower() not in _UNITS:
        raise InvalidInput(f"not a size: {text!r}", hint="Write it like 500 MiB, 2 GiB or 1048576 (bytes).")
    return int(Decimal(found[1]) * _UNITS[found[2].lower()])


def format_size(size_bytes: int) -> str:
    """The shortest honest form: ``0 B``, ``1.5 KiB``, ``25 MiB``."""
    value, unit = float(size_bytes), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if round(abs(value), 1) < KIB or unit == "TiB":
            break
        value /= KIB
    return f"{value:.1f}".rstrip("0").rstrip(".") + f" {unit}"


def exact_size(size_bytes: int) -> str:
    """As short as ``parse_size`` reads the same number of bytes from it: ``1.5 KiB``, ``1025 MiB``, ``50000 B``."""
    short = format_size(size_bytes)
    if parse_size(short) == size_bytes:
        return short
    units = (("GiB", GIB), ("MiB", MIB), ("KiB", KIB), ("B", 1))
    unit, factor = next((unit, factor) for unit, factor in units if size_bytes % factor == 0)
    return f"{size_bytes // factor} {unit}"
