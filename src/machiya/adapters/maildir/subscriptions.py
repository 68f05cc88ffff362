"""Shows a folder in mail programs: one line more in Dovecot's ``subscriptions``, under Dovecot's own lock."""

import os
from contextlib import suppress

from machiya.adapters.maildir.descriptors import new_file, open_file

FILE, LOCK = b"subscriptions", b"subscriptions.lock"
_HEADER = b"V\t2\n\n"
_ESCAPES = ((b"\1", b"\0011"), (b"\t", b"\1t"), (b"\r", b"\1r"), (b"\n", b"\1n"))


def subscribe(maildir: int, folder: bytes) -> bool:
    """Add the folder (as on disk); false where Dovecot is writing the file: a person subscribes it then.

    The lock file gets the new content and then the name of the file, as Dovecot does it (dotlock); a lock that is there
    is left alone. Source: Dovecot, subscription file version 2.
    """
    try:
        lock = new_file(LOCK, maildir)
    except FileExistsError:
        return False
    try:
        with os.fdopen(lock, "wb") as file:
            file.write(_with(_text(maildir), folder))
            file.flush()
            os.fsync(file.fileno())
        os.rename(LOCK, FILE, src_dir_fd=maildir, dst_dir_fd=maildir)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(LOCK, dir_fd=maildir)
        raise
    return True


def _text(maildir: int) -> bytes:
    try:
        with os.fdopen(open_file(FILE, maildir), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return _HEADER


def _with(text: bytes, folder: bytes) -> bytes:
    """An old file (version 1) has plain names, a new one has levels between tabs."""
    name = folder.removeprefix(b".")
    line = b"\t".join(_escaped(level) for level in name.split(b".")) if text.startswith(_HEADER) else name
    return text if line in text.splitlines() else text + line + b"\n"


def _escaped(level: bytes) -> bytes:
    for octet, escape in _ESCAPES:
        level = level.replace(octet, escape)
    return level
