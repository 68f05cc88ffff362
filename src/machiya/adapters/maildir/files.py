"""The mail behind a mailbox as files: how much, how many, and moved aside when the mailbox goes."""

import itertools
from pathlib import Path, PurePath

from machiya.adapters.maildir.layout import encoded, home_of, maildir_of
from machiya.adapters.maildir.usage import message_sizes
from machiya.adapters.maildir.writer import sync_folder
from machiya.core.addresses import EmailAddress
from machiya.core.clock import Clock
from machiya.core.errors import Unavailable

_NAME_OCTETS = 200


class MaildirFiles:
    """``accounts.ports.MailboxFiles`` over Maildirs below ``root``; retired mail goes to ``removed/`` beside it."""

    def __init__(self, root: Path, clock: Clock) -> None:
        self._root = root
        self._clock = clock

    def usage_bytes(self, address: EmailAddress) -> int:
        """What its messages take.

        Raises:
            Unavailable: its folder cannot be read.
        """
        return sum(self._sizes(address))

    def message_count(self, address: EmailAddress) -> int:
        """How many messages it holds, all folders.

        Raises:
            Unavailable: its folder cannot be read.
        """
        return len(self._sizes(address))

    def require_movable(self) -> None:
        """Mail can be moved from here."""

    def retire(self, address: EmailAddress) -> PurePath | None:
        """Move everything of the mailbox aside in one step, durably; where it is now, or None if there was nothing.

        Raises:
            Unavailable: it could not be moved; it is where it was.
        """
        home = home_of(self._root, address)
        if not home.exists():
            return None
        try:
            return self._move(home, address)
        except OSError as error:
            hint = "Check the rights and the disk of that folder, then try again."
            raise Unavailable(f"cannot move {home} aside: {error.strerror}", hint=hint) from error

    def _sizes(self, address: EmailAddress) -> list[int]:
        maildir = maildir_of(self._root, address)
        try:
            return list(message_sizes(maildir))
        except OSError as error:
            raise Unavailable(f"cannot read {maildir}: {error.strerror}", hint="Check its rights.") from error

    def _move(self, home: Path, address: EmailAddress) -> Path:
        removed = self._root.parent / "removed"
        removed.mkdir(mode=0o700, exist_ok=True)
        name = f"{encoded(address.local)}@{encoded(address.domain.name)}"[:_NAME_OCTETS]
        target = _free(removed, f"{name}-{self._clock.now():%Y%m%dT%H%M%SZ}")
        home.rename(target)
        for folder in (removed, home.parent, self._root.parent):
            sync_folder(folder)
        return target


def _free(folder: Path, name: str) -> Path:
    """A name that nobody has: renaming onto an empty folder would succeed."""
    suffixes = itertools.chain([""], (f"-{number}" for number in itertools.count(2)))
    return next(path for path in (folder / f"{name}{suffix}" for suffix in suffixes) if not path.exists())
