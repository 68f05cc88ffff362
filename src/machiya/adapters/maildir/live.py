"""A mailbox that messages are brought back into while a mail server uses it: no lock of its is taken or broken."""

import errno
import hashlib
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO

from machiya.adapters.maildir.descriptors import descended, make_folder, new_file, open_file, open_folder
from machiya.adapters.maildir.digests import digests
from machiya.adapters.maildir.layout import MAILDIR, PARTS
from machiya.adapters.maildir.restored_name import restored_name
from machiya.adapters.maildir.subscriptions import subscribe
from machiya.backup.mail.keywords import read_keywords, write_keywords
from machiya.backup.mail.ports import ContentDamaged, Incoming

_KEYWORDS = b"dovecot-keywords"
_FOLDER_MARK = b"maildirfolder"
_CHUNK = 1024 * 1024
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK})


class LiveMaildir:
    """``backup.mail.ports.LiveMailbox`` over one Maildir below ``root``.

    Args:
        root: the folder of all mail, which must exist.
        home: ``domain/local part`` as on disk.
        subscribes: show new folders in mail programs (Dovecot's ``subscriptions``).
        token: 16 hex digits that no name has yet.
    """

    def __init__(
        self,
        root: Path,
        home: bytes,
        *,
        subscribes: bool,
        token: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._root, self._token, self._subscribes = root, token, subscribes
        self._maildir = (*home.split(b"/"), MAILDIR.encode())
        self._touched: set[bytes] = set()

    def digests(self, sizes: set[int]) -> Mapping[str, bytes]:
        """What is there of these sizes; see ``LiveMailbox``.

        Raises:
            OSError: it cannot be read.
        """
        try:
            with descended(self._root, self._maildir) as maildir:
                return digests(maildir, sizes)
        except FileNotFoundError:
            self._require_root()
            return {}

    def has_folder(self, folder: bytes) -> bool:
        """Whether it is there, as a folder."""
        try:
            with descended(self._root, (*self._place(folder), b"cur")):
                return True
        except FileNotFoundError:
            return False

    def keywords(self, folder: bytes) -> Sequence[str]:
        """What its letters mean; see ``LiveMailbox``."""
        try:
            with descended(self._root, self._place(folder)) as here, _opened(_KEYWORDS, here) as file:
                return read_keywords(file.read())
        except FileNotFoundError:
            return ()

    def make_folder(self, folder: bytes, keywords: Sequence[str]) -> None:
        """Make it, ``cur`` last: until then it is none; see ``LiveMailbox``.

        Raises:
            OSError: it could not be made.
        """
        with descended(self._root, self._maildir, make=True) as maildir, ExitStack() as opened:
            here = maildir
            if folder:
                here = make_folder(folder, maildir, like=maildir)
                opened.callback(os.close, here)
                _write(_FOLDER_MARK, b"", here)
            if any(keywords):
                _write(_KEYWORDS, write_keywords(keywords), here)
            for part in sorted(PARTS, reverse=True):
                os.close(make_folder(part.encode(), here, like=here))
            os.fsync(here)
            if folder and self._subscribes:
                subscribe(maildir, folder)

    def deliver(self, folder: bytes, message: Incoming, content: BinaryIO) -> None:
        """Into ``tmp`` of the folder, then by one link into ``cur``; see ``LiveMailbox``.

        Raises:
            ContentDamaged: nothing appeared in ``cur``.
            OSError: the same.
        """
        base = restored_name(message.base, message.size, self._token())
        with descended(self._root, self._place(folder)) as here, ExitStack() as opened:
            temporary, final = make_folder(b"tmp", here, like=here), open_folder(b"cur", here)
            opened.callback(os.close, temporary)
            opened.callback(os.close, final)
            try:
                _copy(content, base, temporary, message)
                _publish(base, temporary, f":2,{message.letters}".encode(), final)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(base, dir_fd=temporary)
        self._touched.add(folder)

    def close(self) -> None:
        """Sync the folders that something came into.

        Raises:
            OSError: the disk did not confirm it.
        """
        for folder in sorted(self._touched):
            with descended(self._root, (*self._place(folder), b"cur")) as here:
                os.fsync(here)
        self._touched.clear()

    def _place(self, folder: bytes) -> tuple[bytes, ...]:
        return (*self._maildir, *([folder] if folder else []))

    def _require_root(self) -> None:
        """A mailbox may be missing, the disk with all of them may not."""
        if not self._root.is_dir():
            raise FileNotFoundError(errno.ENOENT, "the mail folder is missing; is its disk mounted?", str(self._root))


def _opened(name: bytes, within: int) -> BinaryIO:
    return os.fdopen(open_file(name, within), "rb")


def _write(name: bytes, content: bytes, within: int) -> None:
    """A small file that nobody has made meanwhile; one that is there stays."""
    with suppress(FileExistsError), os.fdopen(new_file(name, within), "wb") as file:
        file.write(content)


def _copy(content: BinaryIO, name: bytes, within: int, message: Incoming) -> None:
    digest = hashlib.sha256()
    with os.fdopen(new_file(name, within), "wb") as file:
        while chunk := _read(content):
            digest.update(chunk)
            file.write(chunk)
        if digest.hexdigest() != message.sha256:
            raise ContentDamaged("the message is not what the manifest of the snapshot says")
        file.flush()
        os.utime(file.fileno(), ns=(message.mtime_ns, message.mtime_ns))
        os.fsync(file.fileno())


def _read(content: BinaryIO) -> bytes:
    try:
        return content.read(_CHUNK)
    except OSError as error:
        raise ContentDamaged("the backup disk does not give the message") from error


def _publish(name: bytes, temporary: int, info: bytes, final: int) -> None:
    """A hard link refuses to replace; a disk without hard links is asked first."""
    try:
        os.link(name, name + info, src_dir_fd=temporary, dst_dir_fd=final, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        with suppress(FileNotFoundError):
            os.stat(name + info, dir_fd=final, follow_symlinks=False)
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name) from error
        os.rename(name, name + info, src_dir_fd=temporary, dst_dir_fd=final)
