"""The house under test: made by ``machiya init``, its mail-api a real process on SQLite, storing over LMTP."""

from collections.abc import Sequence
from pathlib import Path

from bench.inbound.plan import DOMAIN, MAILBOXES, mailbox
from bench.inbound.processes import Process, free_ports, inherited, python, run
from machiya.accounts.model import Mailbox
from machiya.bootstrap import House as MachiyaHouse
from machiya.bootstrap import open_house
from machiya.core.addresses import EmailAddress

_MACHIYA = ("-c", "from machiya.entrypoints.cli.main import run; run()")


class House:
    """One house with the bench's 400 mailboxes.

    Args:
        folder: where it is made.
        lmtp_port: Dovecot's LMTP on loopback.
    """

    def __init__(self, folder: Path, lmtp_port: int) -> None:
        self.folder = folder
        self.port, private_port = free_ports(2)
        self.environment = {
            "MACHIYA_MAIL__STORE": "lmtp",
            "MACHIYA_LMTP__PORT": str(lmtp_port),
            "MACHIYA_MAIL_API__PORT": str(self.port),
            "MACHIYA_MAIL_API__PRIVATE_PORT": str(private_port),
        }
        options = ["--house", str(folder), "--domain", DOMAIN, "--mailbox", mailbox(0), "--yes"]
        run([python(), *_MACHIYA, "init", *options], seconds=120, environment=inherited())
        house = open_house(folder)
        (self.key, *_) = house.signing_keys()
        give_mailboxes(house)
        self.process = self._mail_api([python(), *_MACHIYA], "mail-api.log")

    def _mail_api(self, program: Sequence[str], log: str) -> Process:
        argv = [*program, "mail-api", "--house", str(self.folder)]
        return Process(argv, self.folder.parent / log, self.environment)

    def start(self) -> None:
        """Start mail-api and wait for its port."""
        self.process.start(self.port)

    def stop(self) -> None:
        """Stop it."""
        self.process.stop()

    def profiled(self, output: Path) -> Process:
        """A mail-api that writes a profile of each of its threads to ``output`` when it is stopped."""
        return self._mail_api([python(), "-m", "bench.inbound.profiled", str(output)], "mail-api-profiled.log")


def give_mailboxes(house: MachiyaHouse, first: int = 1) -> None:
    """The bench's mailboxes from number ``first``; ``init`` of an embedded house makes the one before."""
    with house.accounts_uow() as work:
        for number in range(first, MAILBOXES):
            work.accounts.save_mailbox(Mailbox(EmailAddress.parse(mailbox(number)), house.clock.now()))
        work.commit()
    house.engine.dispose()
