"""The mail behind a mailbox as files: how much, how many, and moved aside when the mailbox goes."""

import itertools
import re
from datetime import UTC, datetime
from pathlib import Path, PurePath

from machiya.adapters.maildir.layout import encoded, home_of, maildir_of
from machiya.adapters.maildir.usage import message_sizes
from machiya.adapters.maildir.writer import sync_folder
from machiya.core.addresses import EmailAddress
from machiya.core.clock import Clock
from machiya.core.errors import Refused, Unavailable

_NAME_OCTETS = 200
_MISSING = "Is its disk mounted? Mount it, then try again; machiya up makes the folder where there never was one."


class MaildirFiles:
    """``accounts.ports.MailboxFiles`` over Maildirs below ``root``; retired mail goes to ``removed/`` beside it."""

    def __init__(self, root: Path, clock: Clock) -> None:
        self._root = root
        self._removed = root.parent / "removed"
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
        """Mail can be moved from here while its disk is there.

        Raises:
            Refused: it is away, and who gets the address next would find the old mail when it is back.
        """
        if not self._root.is_dir():
            raise Refused(f"the mail folder {self._root} is missing", hint=_MISSING)

    def retire(self, address: EmailAddress) -> PurePath | None:
        """Move everything of the mailbox aside in one step, durably; where it is now, or None if there was nothing.

        Raises:
            Unavailable: it could not be moved; it is where it was.
        """
        if not self._root.is_dir():
            raise Unavailable(f"the mail folder {self._root} is missing", hint=_MISSING)
        home = home_of(self._root, address)
        if not home.exists():
            return None
        try:
            return self._move(home, address)
        except OSError as error:
            hint = "Check the rights and the disk of that folder, then try again."
            raise Unavailable(f"cannot move {home} aside: {error.strerror}", hint=hint) from error

    def retired_since(self, address: EmailAddress, since: datetime) -> tuple[PurePath, ...]:
        """Where mail of ``address`` lies that was moved aside at ``since`` or later (to the second), oldest first.

        Raises:
            Unavailable: the folder of retired mail cannot be read.
        """
        name = re.compile(rf"{re.escape(_retired_name(address))}-(\d{{8}}T\d{{6}}Z)(?:-(\d+))?")
        try:
            found = [(name.fullmatch(path.name), path) for path in self._removed.iterdir()]
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise Unavailable(f"cannot read {self._removed}: {error.strerror}", hint="Check its rights.") from error
        places = [((made[1], int(made[2] or 1)), path) for made, path in found if made]
        return tuple(path for (when, _), path in sorted(places) if when >= _stamp(since))

    def _sizes(self, address: EmailAddress) -> list[int]:
        maildir = maildir_of(self._root, address)
        try:
            return list(message_sizes(maildir))
        except OSError as error:
            raise Unavailable(f"cannot read {maildir}: {error.strerror}", hint="Check its rights.") from error

    def _move(self, home: Path, address: EmailAddress) -> Path:
        self._removed.mkdir(mode=0o700, exist_ok=True)
        target = _free(self._removed, f"{_retired_name(address)}-{_stamp(self._clock.now())}")
        home.rename(target)
        for folder in (self._removed, home.parent, self._root.parent):
            sync_folder(folder)
        return target


def _retired_name(address: EmailAddress) -> str:
    return f"{encoded(address.local)}@{encoded(address.domain.name)}"[:_NAME_OCTETS]


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _free(folder: Path, name: str) -> Path:
    """A name that nobody has: renaming onto an empty folder would succeed."""
    suffixes = itertools.chain([""], (f"-{number}" for number in itertools.count(2)))
    return next(path for path in (folder / f"{name}{suffix}" for suffix in suffixes) if not path.exists())
