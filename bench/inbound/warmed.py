"""The bench's 400 mailboxes on Dovecot's disk: warmed once, put back to that state before each measure."""

import os
import smtplib
from pathlib import Path

from bench.inbound.messages import message
from bench.inbound.plan import DOMAIN, MAILBOXES, SENDER, mailbox
from bench.inbound.processes import BenchError, remove_tree, run

WARM_ROUNDS = 2


class WarmedMailboxes:
    """Args: mail: Dovecot's folder of all domains; beside: a folder on the same disk for the template."""

    def __init__(self, mail: Path, beside: Path) -> None:
        self._mail, self._template, self._aside = mail, beside / "template", beside / "aside"

    def warm(self, host: str, port: int) -> None:
        """Send each mailbox its first messages over LMTP, and keep a copy of what came of it."""
        content = message(4096)
        with smtplib.LMTP(host, port) as lmtp:
            for number in range(WARM_ROUNDS * MAILBOXES):
                lmtp.sendmail(SENDER, [mailbox(number)], content)
        cold = [folder.name for folder in self._homes() if _files(folder) != WARM_ROUNDS]
        if cold:
            raise BenchError(f"warming: {WARM_ROUNDS} sent to each mailbox, but not there in {', '.join(cold[:5])}")
        run(["cp", "-a", str(self._mail / DOMAIN), str(self._template)], seconds=120)

    def fresh(self) -> None:
        """Put every mailbox that got mail back to its warmed state, with everything written to the disk."""
        changed = [folder for folder in self._homes() if _files(folder) != WARM_ROUNDS]
        for part in ("new", "old"):
            (self._aside / part).mkdir(parents=True, exist_ok=True)
        if changed:
            templates = [str(self._template / folder.name) for folder in changed]
            run(["cp", "-a", *templates, str(self._aside / "new")], seconds=120)
        for folder in changed:
            folder.rename(self._aside / "old" / folder.name)
            (self._aside / "new" / folder.name).rename(folder)
        remove_tree(self._aside)
        os.sync()

    def delivered(self) -> int:
        """Message files that came since ``fresh``."""
        return sum(_files(folder) - WARM_ROUNDS for folder in self._homes())

    def _homes(self) -> list[Path]:
        return [self._mail / DOMAIN / mailbox(number).partition("@")[0] for number in range(MAILBOXES)]


def _files(home: Path) -> int:
    """Messages in the inbox and in every folder."""
    inbox = home / "Maildir"
    return sum(sum(1 for _ in (place / kind).iterdir()) for place in _folders(inbox) for kind in ("new", "cur"))


def _folders(inbox: Path) -> list[Path]:
    return [inbox, *(place for place in inbox.glob(".*") if (place / "cur").is_dir())]
