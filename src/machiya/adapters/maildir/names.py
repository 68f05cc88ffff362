"""Mailboxes and folders between how people write them and how they are named on disk."""

import os
import unicodedata

from machiya.adapters.maildir.layout import decoded, encoded
from machiya.adapters.maildir.modified_utf7 import decode_modified_utf7, encode_modified_utf7
from machiya.core.addresses import EmailAddress
from machiya.core.errors import InvalidInput

INBOX = "INBOX"
_LONGEST = 200


def home_name(address: EmailAddress) -> bytes:
    """``domain/local part`` below the folder of all mail."""
    return f"{encoded(address.domain.name)}/{encoded(address.local)}".encode()


def address_text(home: bytes) -> str:
    """The address of a mailbox by its folder."""
    domain, _, local = home.decode("utf-8", "backslashreplace").partition("/")
    return f"{decoded(local)}@{decoded(domain)}"


def folder_text(folder: bytes) -> str:
    """``.Archive.&MMYwuTDI-`` → ``Archive/テスト``; empty: ``INBOX``."""
    if not folder:
        return INBOX
    name = os.fsdecode(folder.removeprefix(b"."))
    text = "/".join(decode_modified_utf7(level) for level in name.split("."))
    return text.encode("utf-8", "backslashreplace").decode()


def folder_name(text: str) -> bytes:
    """The other way round.

    Raises:
        InvalidInput: no folder can have this name.
    """
    name = unicodedata.normalize("NFC", text.strip().strip("/"))
    if name.upper() == INBOX:
        return b""
    levels = name.split("/")
    if not all(_is_usable(level) for level in levels):
        raise InvalidInput(
            f"no folder can be called {text!r}", hint="Without dots and control characters, levels with /: Work/2026."
        )
    on_disk = "".join(f".{encode_modified_utf7(level)}" for level in levels).encode()
    if len(on_disk) > _LONGEST:
        raise InvalidInput(f"the name of the folder is too long: {text!r}", hint="Choose a shorter one.")
    return on_disk


def _is_usable(level: str) -> bool:
    wrong = any(unicodedata.category(one) in {"Cc", "Cs"} for one in level)
    return (
        bool(level.strip()) and level == level.strip() and "." not in level and not level.startswith("~") and not wrong
    )
