"""The messages of one mail folder by their base names: a mail server renames a message for each of its flags."""

import os
from contextlib import suppress

from machiya.adapters.snapshots.comparing import stat_in
from machiya.adapters.snapshots.folders import names_in, open_folder
from machiya.backup.order import message_name

PARTS = (b"cur", b"new")


class Messages:
    """Of one mail folder, in ``cur`` and ``new``.

    Args:
        folder: descriptor of the mail folder; stays the caller's. -1: there is none.
    """

    def __init__(self, folder: int) -> None:
        self._folder = folder
        self._found: dict[bytes, tuple[bytes, bytes]] | None = None

    def find(self, part: bytes, name: bytes) -> tuple[bytes, bytes] | None:
        """Where the message is that a snapshot has as ``name`` in ``part``: ``cur`` or ``new``, and its name there.

        What was renamed since we looked is looked for again.
        """
        base = message_name(part, name)
        if self._found is None:
            self._found = self._look()
        found = self._found.get(base)
        if found is not None and not self._is_there(*found):
            self._found = self._look()
            found = self._found.get(base)
        return found

    def _look(self) -> dict[bytes, tuple[bytes, bytes]]:
        found: dict[bytes, tuple[bytes, bytes]] = {}
        for part in PARTS if self._folder >= 0 else ():
            with suppress(FileNotFoundError, NotADirectoryError):
                folder = open_folder(part, self._folder)
                try:
                    for name in names_in(folder)[0]:
                        found.setdefault(message_name(part, name), (part, name))
                finally:
                    os.close(folder)
        return found

    def _is_there(self, part: bytes, name: bytes) -> bool:
        return stat_in(self._folder, part + b"/" + name) is not None
