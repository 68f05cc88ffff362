"""The one Dovecot everybody delivers to: 400 mailboxes, warmed once, put back to that state before each measure."""

from pathlib import Path
from typing import Self

from bench.inbound.cgroups import Cgroup
from bench.inbound.plan import DOMAIN, MAILBOXES, mailbox, peer_address
from bench.inbound.processes import BenchError
from bench.inbound.warmed import WarmedMailboxes
from integration.dovecot.server import MAIL_UID, DovecotContainer, User

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
        mail = WarmedMailboxes(self._container.mail_dir, folder)
        self._warm, self.fresh, self.delivered = mail.warm, mail.fresh, mail.delivered

    @property
    def port(self) -> int:
        """LMTP on loopback."""
        return self._container.lmtp_port

    def cpu(self) -> dict[str, float]:
        """CPU seconds used so far by all of Dovecot's processes."""
        return {"dovecot": Cgroup(self._container.container).cpu_seconds}

    def __enter__(self) -> Self:
        local = self._folder / "dovecot" / "local.d"
        local.mkdir(parents=True)
        (local / _PEERS).write_text("".join(_peer_line(number) for number in range(self._peers)))
        try:
            self._container.start()
            self._warm("127.0.0.1", self.port)
        except BaseException as error:
            self._container.stop()
            if isinstance(error, AssertionError):
                raise BenchError(f"the bench needs Dovecot in Docker: {error}") from error
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._container.stop()


def _peer_line(number: int) -> str:
    local = mailbox(number).partition("@")[0]
    return f"{peer_address(number)}::{MAIL_UID}:{MAIL_UID}::/srv/mail/{DOMAIN}/{local}::\n"
