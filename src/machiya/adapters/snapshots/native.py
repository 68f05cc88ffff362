"""What the system can and Python does not offer on each of them: extended attributes, syncfs, priorities, exchange."""

import ctypes
import errno
import os
import platform
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TypeVar

T = TypeVar("T")

_RENAME_EXCHANGE = 2
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
_IOPRIO_CLASS_SHIFT = 13
_IOPRIO = {"low": (2 << _IOPRIO_CLASS_SHIFT) | 7, "idle": 3 << _IOPRIO_CLASS_SHIFT}
_NO_XATTRS = {errno.ENOTSUP, errno.EPERM, errno.EACCES, errno.ENODATA}

Place = int | bytes
Xattrs = tuple[tuple[str, bytes], ...]


def xattrs_of(place: Place) -> Xattrs:
    """Names and values, by name; empty where the file system or this user has none."""
    if not hasattr(os, "listxattr"):
        return ()
    try:
        names = os.listxattr(place) if isinstance(place, int) else os.listxattr(place, follow_symlinks=False)
        return tuple((name, _value(place, name)) for name in sorted(names)) if names else ()
    except OSError as error:
        if error.errno in _NO_XATTRS:
            return ()
        raise


def _value(place: Place, name: str) -> bytes:
    return os.getxattr(place, name) if isinstance(place, int) else os.getxattr(place, name, follow_symlinks=False)


def set_xattrs(place: Place, xattrs: Xattrs) -> bool:
    """Give them to a file; False: not all were taken (the manifest has them still)."""
    taken = True
    for name, value in xattrs:
        try:
            if isinstance(place, int):
                os.setxattr(place, name, value)
            else:
                os.setxattr(place, name, value, follow_symlinks=False)
        except (OSError, AttributeError):
            taken = False
    return taken


def beside(folder: int, name: bytes) -> bytes:
    """A path to ``name`` in the open directory ``folder``, for calls that take no descriptor of a directory."""
    return b"/proc/self/fd/%d/%b" % (folder, name)


def sync_file_system(descriptor: int) -> None:
    """Everything on its file system is durable after this."""
    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        os.sync()
    elif syncfs(descriptor):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def exchange(folder: int, one: str, other: str) -> bool:
    """Let two names below an open directory change places at once; False: this system cannot."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    done: int = rename(folder, os.fsencode(one), folder, os.fsencode(other), _RENAME_EXCHANGE)
    return done == 0


def at_low_priority(work: Callable[[], T], stop: Callable[[], None], *, nice: int, io: str) -> T:
    """Do ``work`` in a thread of its own with less right to processor and disk; on Linux both belong to the thread.

    ``stop`` is called when this one is interrupted; the end of the work is waited for.
    """
    results: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        _lower(nice, io)
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 – raised again in the thread that waits
            failures.append(error)

    thread = Thread(target=run, name="backup")
    thread.start()
    try:
        thread.join()
    except BaseException:
        stop()
        thread.join()
        raise
    if failures:
        raise failures[0]
    return results[0]


def _lower(nice: int, io: str) -> None:
    """Whoever may not lower it further works on as it is."""
    if platform.system() != "Linux":
        return
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, max(nice, os.getpriority(os.PRIO_PROCESS, 0)))
    number = _IOPRIO_SET.get(platform.machine())
    if number is not None and io in _IOPRIO:
        ctypes.CDLL(None).syscall(number, 1, 0, _IOPRIO[io])
