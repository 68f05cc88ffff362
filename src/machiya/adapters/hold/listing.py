"""Which messages a folder of the hold has, and what in it does not belong there."""

import os
from pathlib import Path

from machiya.core.errors import InvalidInput
from machiya.core.identifiers import DeliveryId, parse_delivery_id
from machiya.mail.held import Listing

_FOREIGN_SHOWN = 20
_NAME_CHARACTERS = 100


def list_ids(folder: Path) -> Listing:
    """The ids with metadata, oldest first, and foreign names (at most 20, printable)."""
    ids: list[DeliveryId] = []
    foreign: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            delivery_id, suffix = _parse(entry.name)
            if delivery_id is None or not entry.is_file(follow_symlinks=False):
                foreign.append(ascii(entry.name)[1:-1][:_NAME_CHARACTERS])
            elif suffix == ".json":
                ids.append(delivery_id)
    return Listing(tuple(sorted(ids)), tuple(sorted(foreign)[:_FOREIGN_SHOWN]))


def list_receipts(folder: Path) -> tuple[DeliveryId, ...]:
    """The ids that have a receipt, oldest first."""
    parsed = (_id(path.name) for path in folder.iterdir())
    return tuple(sorted(delivery_id for delivery_id in parsed if delivery_id))


def _parse(name: str) -> tuple[DeliveryId | None, str]:
    stem, dot, suffix = name.rpartition(".")
    known = dot and suffix in {"eml", "json"}
    return (_id(stem) if known else None), f".{suffix}"


def _id(text: str) -> DeliveryId | None:
    try:
        return parse_delivery_id(text)
    except InvalidInput:
        return None
