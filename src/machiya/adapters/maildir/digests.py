"""What a mailbox holds, by content, while a mail server may be renaming its messages."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress

from machiya.adapters.maildir.descriptors import open_file, open_folder
from machiya.adapters.maildir.layout import READABLE_PARTS

_PASSES = 5


def folder_names(maildir: int) -> list[bytes]:
    """The INBOX (empty) and the folders of an open Maildir."""
    names = sorted(name for name in map(os.fsencode, os.listdir(maildir)) if name.startswith(b"."))
    return [b"", *(name for name in names if _is_folder(name, maildir))]


def digests(maildir: int, sizes: set[int]) -> dict[str, bytes]:
    """SHA-256 of each message that has one of these sizes, and its folder.

    A message that is renamed during a pass can be missed by it: passes are made until nothing changed during one, at
    most five, and what any of them met counts.
    """
    found: dict[str, bytes] = {}
    known: dict[tuple[int, int, int], str] = {}
    for _ in range(_PASSES):
        before = _changes(maildir)
        for folder, part in before:
            for sha256 in _of_part(maildir, folder, part, sizes, known):
                found.setdefault(sha256, folder)
        if _changes(maildir) == before:
            break
    return found


def _of_part(
    maildir: int, folder: bytes, part: str, sizes: set[int], known: dict[tuple[int, int, int], str]
) -> Iterator[str]:
    with suppress(FileNotFoundError):
        descriptor = open_folder(_path(folder, part), maildir)
        try:
            for name in _names(descriptor):
                with suppress(FileNotFoundError):
                    status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                    if status.st_size in sizes and stat.S_ISREG(status.st_mode):
                        key = status.st_dev, status.st_ino, status.st_mtime_ns
                        known[key] = known.get(key) or _digest(name, descriptor)
                        yield known[key]
        finally:
            os.close(descriptor)


def _names(folder: int) -> list[str]:
    return os.listdir(folder)


def _digest(name: str, within: int) -> str:
    with os.fdopen(open_file(name, within), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _changes(maildir: int) -> dict[tuple[bytes, str], int]:
    changes = {}
    for folder in folder_names(maildir):
        for part in READABLE_PARTS:
            with suppress(FileNotFoundError):
                changes[folder, part] = os.stat(_path(folder, part), dir_fd=maildir).st_mtime_ns
    return changes


def _path(folder: bytes, part: str) -> bytes:
    return folder + b"/" + part.encode() if folder else part.encode()


def _is_folder(name: bytes, maildir: int) -> bool:
    try:
        modes = [os.stat(one, dir_fd=maildir, follow_symlinks=False).st_mode for one in (name, name + b"/cur")]
    except OSError:
        return False
    return all(map(stat.S_ISDIR, modes))
