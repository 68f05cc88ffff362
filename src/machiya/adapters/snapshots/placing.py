"""Puts one restored file into its place: whole or not at all, never over something that is to stay."""

import errno
import os
import secrets
from collections.abc import Callable
from contextlib import ExitStack, suppress

from machiya.adapters.snapshots.attributes import give_attributes, make_symlink
from machiya.adapters.snapshots.content import CannotRead, copy_large
from machiya.adapters.snapshots.folders import open_file, open_folder
from machiya.backup.model import Entry

UNFINISHED = b".machiya-restoring-"
OUT_OF_HANDLES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS}


class Damaged(Exception):
    """The content in the snapshot is not what its manifest says, or cannot be read."""


def place_file(
    source: int, name: bytes, target: int, final: bytes, entry: Entry, tell: Callable[[int], None], *, over: bool
) -> bool:
    """Copy ``name`` to ``final``, its hash checked on the way; False: without its owner or all of its attributes.

    Raises:
        Damaged: nothing was put there.
        FileExistsError: something is there, and ``over`` is not wanted.
    """
    temporary = UNFINISHED + secrets.token_hex(8).encode()
    try:
        given = _copy(source, name, target, temporary, entry, tell)
        _name(temporary, target, final, over=over)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=target)
    return given


def _copy(source: int, name: bytes, target: int, temporary: bytes, entry: Entry, tell: Callable[[int], None]) -> bool:
    with ExitStack() as opened:
        original = _original(name, source)
        opened.callback(os.close, original)
        copy = os.open(temporary, _NEW, 0o600, dir_fd=target)
        opened.callback(os.close, copy)
        try:
            read = copy_large(original, copy, tell)
        except CannotRead as error:
            raise Damaged(f"it cannot be read in the snapshot: {error.strerror}") from error
        if entry.sha256 and (read.sha256, read.size) != (entry.sha256, entry.size):
            raise Damaged("its content in the snapshot is not what was saved")
        return give_attributes(copy, entry)


def _original(name: bytes, source: int) -> int:
    try:
        return open_file(name, source)
    except OSError as error:
        if error.errno in OUT_OF_HANDLES:
            raise
        raise Damaged(f"it cannot be read in the snapshot: {error.strerror}") from error


def _name(temporary: bytes, target: int, final: bytes, *, over: bool) -> None:
    """A hard link refuses to replace; a disk without hard links is asked first."""
    if over:
        os.rename(temporary, final, src_dir_fd=target, dst_dir_fd=target)
        return
    try:
        os.link(temporary, final, src_dir_fd=target, dst_dir_fd=target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        with suppress(FileNotFoundError):
            os.stat(final, dir_fd=target, follow_symlinks=False)
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), final) from error
        os.rename(temporary, final, src_dir_fd=target, dst_dir_fd=target)


def place_symlink(target: int, entry: Entry, final: bytes, *, over: bool) -> bool:
    """A symlink as it was, only written, never followed; False: without its owner."""
    if not over:
        return make_symlink(final, target, entry)
    temporary = UNFINISHED + secrets.token_hex(8).encode()
    given = make_symlink(temporary, target, entry)
    os.rename(temporary, final, src_dir_fd=target, dst_dir_fd=target)
    return given


def link_to_first(root: int, first: bytes, target: int, final: bytes, entry: Entry, *, over: bool) -> bool:
    """Make ``final`` another name of ``first`` (a path below ``root``); False: that was not restored."""
    *folders, name = first.split(b"/")
    with ExitStack() as opened:
        here = root
        try:
            for folder in folders:
                here = open_folder(folder, here)
                opened.callback(os.close, here)
            there = os.stat(name, dir_fd=here, follow_symlinks=False)
            if (there.st_size, there.st_mtime_ns) != (entry.size, entry.mtime_ns):
                return False
            temporary = UNFINISHED + secrets.token_hex(8).encode()
            os.link(name, temporary, src_dir_fd=here, dst_dir_fd=target, follow_symlinks=False)
        except OSError:
            return False
        try:
            _name(temporary, target, final, over=over)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=target)
    return True
