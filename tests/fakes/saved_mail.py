"""Mailboxes below a ``Yard``'s source, messages written as Dovecot has them."""

import os
from dataclasses import dataclass
from pathlib import Path

from fakes.snapshots import LONG_AGO_NS, Yard, write
from machiya.adapters.maildir.live import LiveMaildir
from machiya.backup.mail.messages import messages
from machiya.backup.mail.restore import Plan, Step, carry_out, plan
from machiya.backup.mail.selection import Destination, Wanted, where_it_was
from machiya.core.progress import SILENT

HOME = b"home.test/taro"
TESUTO = ".Archive.&MMYwuTDI-"
JAPANESE = "=?ISO-2022-JP?B?GyRCOCtAUSRON28bKEI=?="


def message(subject: str = "hello", sender: str = "a@out.test", body: str = "body\n") -> bytes:
    """A message with LF lines."""
    return f"From: {sender}\nSubject: {subject}\n\n{body}".encode()


@dataclass
class SavedMail:
    """The mailbox ``taro@home.test``."""

    yard: Yard

    @property
    def maildir(self) -> Path:
        return self.yard.source / "home.test/taro/Maildir"

    def put(
        self,
        content: bytes,
        name: str,
        folder: str = "",
        flags: str | None = "S",
        when_ns: int = LONG_AGO_NS,
    ) -> Path:
        """A message in ``cur``; ``flags`` None: in ``new``. Makes the folder."""
        place = self.maildir / folder if folder else self.maildir
        for part in ("tmp", "new", "cur"):
            (place / part).mkdir(parents=True, exist_ok=True)
        file = place / "new" / name if flags is None else place / "cur" / f"{name}:2,{flags}"
        return write(file, content, when_ns)

    def live(self) -> LiveMaildir:
        return LiveMaildir(self.yard.source, HOME, subscribes=True)

    def planned(self, wanted: Wanted = Wanted(), destination: Destination = where_it_was) -> Plan:  # noqa: B008 – frozen
        snapshot = self.yard.newest()
        return plan(snapshot, wanted.choose(messages(snapshot, HOME), snapshot.name), destination, self.live())

    def restore(
        self,
        wanted: Wanted = Wanted(),  # noqa: B008 – frozen
        destination: Destination = where_it_was,
        *,
        only_look: bool = False,
    ) -> list[Step]:
        planned = self.planned(wanted, destination)
        return list(carry_out(planned, self.yard.newest(), self.live(), SILENT, only_look=only_look))

    def all(self) -> dict[str, list[bytes]]:
        """The content of each message by folder; nothing may be left in ``tmp``."""
        found: dict[str, list[bytes]] = {}
        for path in sorted(self.maildir.rglob("*")):
            if path.is_file() and path.parent.name in {"new", "cur"}:
                found.setdefault(os.path.relpath(path.parent.parent, self.maildir), []).append(path.read_bytes())
            assert not (path.is_file() and path.parent.name == "tmp")
        return {folder: sorted(contents) for folder, contents in found.items()}
