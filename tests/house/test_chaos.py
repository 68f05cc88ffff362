"""kill -9 of each container's process under a stream of messages: nothing is lost, nothing arrives twice."""

import os
import signal
import threading
import time
from collections import Counter
from datetime import datetime

import pytest

from house.clients import hand_in, letter, open_mailbox
from house.house import House
from house.waiting import soon

pytestmark = [pytest.mark.house, pytest.mark.timeout(1800)]

# The whole bench: MACHIYA_CHAOS_MESSAGES=2000.
MESSAGES = int(os.environ.get("MACHIYA_CHAOS_MESSAGES", "300"))  # noqa: TID251 – how long the bench is
LIMIT_SECONDS = 300.0


class Stream:
    """A stranger who sends one message after another, and each again until the front door took it."""

    def __init__(self, house: House, mailbox: str) -> None:
        self._house, self._mailbox = house, mailbox
        self.taken: list[int] = []
        self.doubtful: set[int] = set()
        self._go_on = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def finish(self, seconds: float) -> None:
        """Send what is left, as quickly as it goes."""
        self._go_on.set()
        self._thread.join(seconds)
        assert not self._thread.is_alive(), f"only {len(self.taken)} messages were taken"

    def _run(self) -> None:
        for number in range(MESSAGES):
            while not self._sent(number):
                self._go_on.wait(0.2)
            self.taken.append(number)
            self._go_on.wait(0.15)

    def _sent(self, number: int) -> bool:
        try:
            return hand_in(self._house, [self._mailbox], letter(f"chaos-{number:05}-end")).end[0] == 250
        except OSError:
            # Killed after it had the message and before it said so: whoever sends again makes a second message.
            self.doubtful.add(number)
            return False


def started(house: House, service: str) -> str:
    return str(house.inspect(service).get("State", {}).get("StartedAt", ""))


def kill(house: House, service: str) -> float:
    """Kill the first process of a container; how many seconds until the engine calls it healthy again."""
    # Never while it is down: the engine calls its first process 0 then, which for kill is every process of this test.
    soon(lambda: house.healthy(service), f"{service} healthy", LIMIT_SECONDS, lambda: house.tail(service))
    before, begin = started(house, service), time.monotonic()
    process = int(house.inspect(service)["State"]["Pid"])
    assert process > 1, house.tail(service)
    os.kill(process, signal.SIGKILL)
    soon(
        lambda: started(house, service) != before and house.healthy(service),
        f"{service} healthy again", LIMIT_SECONDS, lambda: house.tail(service),
    )  # fmt: skip
    return time.monotonic() - begin


def arrived(house: House, mailbox: str) -> Counter[int]:
    """How often each message lies in the mailbox."""
    names = (content.partition(b"\nSubject: chaos-")[2][:5] for content in house.stored(mailbox))
    return Counter(int(name) for name in names if name)


def test_kill_of_each_container_loses_nothing_and_doubles_nothing(house: House) -> None:
    mailbox = open_mailbox(house, "chaos")
    stream = Stream(house, mailbox)
    begin = datetime.now().astimezone()
    stream.start()
    times = {service: kill(house, service) for service in house.services()}
    print(f"\nfrom kill to healthy, {MESSAGES} messages, since {begin:%H:%M:%S}:")
    for service, seconds in times.items():
        print(f"  {service:12} {seconds:5.1f} s")
    stream.finish(600)
    wanted = lambda: len(arrived(house, mailbox)) == MESSAGES  # noqa: E731 – short
    soon(wanted, "all messages", 300, lambda: house.machiya("status", good=False))
    found = arrived(house, mailbox)
    doubled = {number for number, count in found.items() if count > 1}
    print(f"  lost 0, doubled {len(doubled - stream.doubtful)}, sent again by the sender {len(stream.doubtful)}")
    assert set(found) == set(range(MESSAGES))
    assert doubled <= stream.doubtful
    assert soon(house.all_healthy, "everything healthy", 300)
