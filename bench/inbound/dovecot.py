"""The one Dovecot everybody delivers to: 400 mailboxes, warmed once, put back to that state before each measure."""

import os
import smtplib
from pathlib import Path
from typing import Self

from tests.integration.dovecot.server import MAIL_UID, DovecotContainer, User

from bench.inbound.messages import message
from bench.inbound.plan import DOMAIN, MAILBOXES, SENDER, mailbox, peer_address
from bench.inbound.processes import BenchError, container_cpu_seconds, remove_tree, run

WARM_ROUNDS = 2
_PEERS = "peers"
# Dovecot 2.4 starts a new process for every LMTP connection (``restart_request_count = 1``), which costs several times
# what a message does. ``tuned`` lets the processes live on: nothing changes for ours, the other designs get faster.
_TUNED = """
service lmtp {
  restart_request_count = unlimited
}
"""
_CONFIGURATION = f"""
userdb peers {{
  driver = passwd-file
  passwd_file_path = /etc/dovecot/local.d/{_PEERS}
}}
"""


class BenchDovecot:
    """The test lane's container on a folder of the bench, so that both run the same configuration.

    Args:
        folder: on the disk to be measured; it holds the mail, and the warmed mailboxes as a template.
        tuned: Dovecot's LMTP processes serve any number of connections instead of one.
        peers: how many numbered recipients smtp-source may use; number n is another name of mailbox n.
    """

    def __init__(self, folder: Path, peers: int, *, tuned: bool = False) -> None:
        self._folder = folder
        self._peers = peers
        users = {mailbox(number): User() for number in range(MAILBOXES)}
        extra = _CONFIGURATION + (_TUNED if tuned else "")
        self._container = DovecotContainer(users, data_dir=folder / "dovecot", extra=extra)
        self._template = folder / "template"

    @property
    def port(self) -> int:
        """LMTP on loopback."""
        return self._container.lmtp_port

    @property
    def cpu_seconds(self) -> float:
        """CPU seconds used so far by all of Dovecot's processes."""
        return container_cpu_seconds(self._container.container)

    def __enter__(self) -> Self:
        local = self._folder / "dovecot" / "local.d"
        local.mkdir(parents=True)
        (local / _PEERS).write_text("".join(_peer_line(number) for number in range(self._peers)))
        try:
            self._container.start()
            self._warm()
        except BaseException as error:
            self._container.stop()
            if isinstance(error, AssertionError):
                raise BenchError(f"the bench needs Dovecot in Docker: {error}") from error
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._container.stop()

    def fresh(self) -> None:
        """Put every mailbox that got mail back to its warmed state, with everything written to the disk."""
        changed = [folder for folder in self._homes() if _files(folder) != WARM_ROUNDS]
        aside = self._folder / "aside"
        for part in ("new", "old"):
            (aside / part).mkdir(parents=True, exist_ok=True)
        if changed:
            templates = [str(self._template / folder.name) for folder in changed]
            run(["cp", "-a", *templates, str(aside / "new")], seconds=120)
        for folder in changed:
            folder.rename(aside / "old" / folder.name)
            (aside / "new" / folder.name).rename(folder)
        remove_tree(aside)
        os.sync()

    def delivered(self) -> int:
        """Message files that came since ``fresh``."""
        return sum(_files(folder) - WARM_ROUNDS for folder in self._homes())

    def _homes(self) -> list[Path]:
        return [self._container.maildir(mailbox(number)).parent for number in range(MAILBOXES)]

    def _warm(self) -> None:
        content = message(4096)
        with smtplib.LMTP("127.0.0.1", self.port) as lmtp:
            for number in range(WARM_ROUNDS * MAILBOXES):
                lmtp.sendmail(SENDER, [mailbox(number)], content)
        cold = [folder.name for folder in self._homes() if _files(folder) != WARM_ROUNDS]
        if cold:
            raise BenchError(f"warming: {WARM_ROUNDS} sent to each mailbox, but not there in {', '.join(cold[:5])}")
        run(["cp", "-a", str(self._container.mail_dir / DOMAIN), str(self._template)], seconds=120)


def _files(home: Path) -> int:
    return sum(sum(1 for _ in (home / "Maildir" / kind).iterdir()) for kind in ("new", "cur"))


def _peer_line(number: int) -> str:
    local = mailbox(number).partition("@")[0]
    return f"{peer_address(number)}::{MAIL_UID}:{MAIL_UID}::/srv/mail/{DOMAIN}/{local}::\n"
