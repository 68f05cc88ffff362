"""Where a mailbox is on disk, and how a delivery's file is named.

::

    <root>/<domain>/<local part>/Maildir/{tmp,new,cur}          INBOX
    <root>/<domain>/<local part>/Maildir/.Folder.Sub/{tmp,new,cur}

A file is ``<accepted seconds>.<delivery id without dashes>.machiya,S=<bytes>,W=<bytes with CRLF lines>``; a reader
adds ``:2,<flags>`` and may move it anywhere inside the Maildir. Source: Maildir (D. J. Bernstein), Maildir++ (S=, W=).
"""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

from machiya.core.addresses import EmailAddress
from machiya.core.identifiers import DeliveryId

MAILDIR = "Maildir"
JUNK = ".Junk"
PARTS = ("tmp", "new", "cur")
READABLE_PARTS = ("new", "cur")

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789._+=~-")
_SIZE = re.compile(r",S=(\d+)")


def encoded(text: str) -> str:
    """``text`` as one path component: ``[a-z0-9._+=~-]`` as it is, any other octet and a leading dot as ``%XX``."""
    octets = "".join(chr(octet) if octet in _PLAIN else f"%{octet:02X}" for octet in text.encode())
    return "%2E" + octets[1:] if octets.startswith(".") else octets


def decoded(name: str) -> str:
    """The other way round; a name that nobody encoded comes back as it is."""
    return unquote(name, errors="backslashreplace")


def home_of(root: Path, address: EmailAddress) -> Path:
    """The folder that holds everything of one mailbox; always two levels below ``root``."""
    return root / encoded(address.domain.name) / encoded(address.local)


def maildir_of(root: Path, address: EmailAddress) -> Path:
    """The mailbox's Maildir."""
    return home_of(root, address) / MAILDIR


def junk_of(maildir: Path) -> Path:
    """The folder for what the scanner takes for junk (Maildir++; special use ``Junk``, RFC 6154)."""
    return maildir / JUNK


def base_name(delivery_id: DeliveryId, accepted_at: datetime) -> str:
    """The part of the file name that only depends on the delivery."""
    return f"{int(accepted_at.timestamp())}{id_mark(delivery_id)}"


def id_mark(delivery_id: DeliveryId) -> str:
    """What the name of every file of this delivery contains."""
    return f".{delivery_id.replace('-', '')}.machiya"


def named_size(name: str) -> int | None:
    """The ``S=`` of a file name, in bytes."""
    found = _SIZE.search(name)
    return int(found[1]) if found else None


def folders(maildir: Path) -> Iterator[Path]:
    """The INBOX and every Maildir++ folder, in the order of their names; nothing if there is no Maildir."""
    if not maildir.is_dir():
        return
    yield maildir
    for child in sorted(maildir.iterdir()):
        if child.name.startswith(".") and (child / "cur").is_dir():
            yield child
