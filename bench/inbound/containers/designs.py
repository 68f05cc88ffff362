"""The two ways in that are compared, and the store behind both."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

from bench.inbound.cgroups import Cgroup
from bench.inbound.containers.house import ContainerHouse
from bench.inbound.containers.peer import NAME, PORT, PostfixPeer
from bench.inbound.containers.smtp_generator import smtp_requests
from bench.inbound.designs import Design, HttpDesign, Raw
from bench.inbound.generator import write_requests
from bench.inbound.measuring import WARM_UP_MESSAGES
from bench.inbound.messages import Requests, signed_uniques, unique_messages
from bench.inbound.plan import SIZES, Case, recipients
from bench.inbound.processes import BenchError, python, run
from bench.inbound.warmed import WarmedMailboxes

PEER_POSTFIX = "peer's Postfix"
_TAKEN_SECONDS = 120.0


def through_the_house(house: ContainerHouse, folder: Path) -> Design:
    """Signed PUT → tunnel's stand-in → nginx → mail-api → (rspamd) → Dovecot."""
    host, port = house.door

    def requests(content: bytes, to: list[str], _: int) -> Requests:
        contents = unique_messages(len(content), len(to))
        return signed_uniques(contents, to, key=house.key, now=datetime.now(UTC))

    return HttpDesign(None, port, folder, requests, host)


class PeerDesign:
    """SMTP → Postfix → (rspamd) → Dovecot, until its queue is empty."""

    def __init__(self, peer: PostfixPeer, folder: Path) -> None:
        self._peer, self._folder = peer, folder
        folder.mkdir(parents=True, exist_ok=True)

    def prepare(self, case: Case, messages: int) -> None:
        """Write the messages."""
        contents = unique_messages(SIZES[case.size], messages)
        write_requests(self._folder, smtp_requests(contents, recipients(messages)))

    def go(self, case: Case, messages: int) -> Raw:  # noqa: ARG002 – the messages are laid out already
        """Run the generator; the clock is its own."""
        argv = [python(), "-m", "bench.inbound.containers.smtp_generator", self._peer.host, str(PORT)]
        told = json.loads(run([*argv, str(case.connections), str(self._folder), str(self._peer.queue)], seconds=600))
        self._peer.require_empty()
        return Raw(told["seconds"], statuses=told["statuses"], cpu={"client": told["cpu_seconds"]})


class HouseStore:
    """The house's Dovecot as the store; the work of every container is counted."""

    def __init__(self, house: ContainerHouse, mail: WarmedMailboxes) -> None:
        containers = house.containers() | {PEER_POSTFIX: NAME}
        self.cgroups = {service: Cgroup(container) for service, container in sorted(containers.items())}
        self.fresh, self.delivered = mail.fresh, mail.delivered

    def cpu(self) -> dict[str, float]:
        """CPU seconds of every container."""
        return {service: cgroup.cpu_seconds for service, cgroup in self.cgroups.items()}


def until_taken(design: Design) -> None:
    """Messages that are not counted, until all of them are taken: the house knows its mailboxes, the scanner is well.

    Raises:
        BenchError: not within two minutes.
    """
    deadline, case = time.monotonic() + _TAKEN_SECONDS, Case("4kB", 16)
    while True:
        design.prepare(case, WARM_UP_MESSAGES)
        statuses = design.go(case, WARM_UP_MESSAGES).statuses
        if all(code.startswith("2") for code in statuses):
            return
        if time.monotonic() > deadline:
            raise BenchError(f"mail is not taken after {_TAKEN_SECONDS:.0f} s: answers {statuses}")
        time.sleep(1.0)  # noqa: TID251 – waits for other programs
