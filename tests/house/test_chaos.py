"""kill -9 of each container, then of all at once, under a stream of messages: nothing is lost, nothing comes twice."""

import os
import signal
import time
from collections.abc import Iterable, Mapping
from datetime import datetime

import pytest

from house.clients import open_mailbox
from house.house import House
from house.stream import Stream
from house.waiting import soon

# The whole bench: make chaos MESSAGES=2000.
MESSAGES = int(os.environ.get("CHAOS_MESSAGES", "300"))  # noqa: TID251 – how long the bench is
LIMIT_SECONDS = 300.0  # from kill to healthy
DRAIN_SECONDS = 300.0 + MESSAGES / 4

pytestmark = [pytest.mark.house, pytest.mark.timeout(1800 + MESSAGES)]


def started(house: House, service: str) -> str:
    return str(house.inspect(service).get("State", {}).get("StartedAt", ""))


def kill(house: House, services: Iterable[str]) -> dict[str, float]:
    """Kill the first process of each container; how many seconds until the engine calls each healthy again."""
    services = tuple(services)
    house.wait_healthy(*services, seconds=LIMIT_SECONDS)
    before = {service: house.inspect(service)["State"] for service in services}
    processes = [int(state["Pid"]) for state in before.values()]
    # The engine says 0 of a container that is down, which for kill is every process of this test.
    assert min(processes) > 1, before
    begin, times = time.monotonic(), dict[str, float]()
    for process in processes:
        os.kill(process, signal.SIGKILL)

    def all_back() -> bool:
        for service in before.keys() - times:
            if started(house, service) != before[service]["StartedAt"] and house.healthy(service):
                times[service] = time.monotonic() - begin
        return len(times) == len(before)

    soon(all_back, "healthy again", LIMIT_SECONDS, lambda: "\n".join(map(house.tail, before.keys() - times)))
    return times


def told(times: Mapping[str, float]) -> str:
    return "\n".join(f"  {service:12} {seconds:5.1f} s" for service, seconds in sorted(times.items()))


def test_kill_of_each_container_and_of_all_loses_nothing_and_doubles_nothing(house: House) -> None:
    stream = Stream(house, open_mailbox(house, "chaos"), MESSAGES)
    services = house.services()
    share = MESSAGES // (len(services) + 2)
    times, begin = dict[str, float](), datetime.now().astimezone()
    stream.start()
    for service in services:
        stream.allow(share, share // 3, LIMIT_SECONDS)
        times |= kill(house, [service])
    stream.allow(share, share // 3, LIMIT_SECONDS)
    together = kill(house, services)
    print(f"\nfrom kill to healthy, {MESSAGES} messages, since {begin:%H:%M:%S}; one after another:\n{told(times)}")
    print(f"the whole stack at once, {max(together.values()):.1f} s:\n{told(together)}")
    stream.finish(DRAIN_SECONDS)
    wanted = lambda: len(stream.stored()) == MESSAGES and not house.held()  # noqa: E731 – short
    soon(wanted, "all messages", DRAIN_SECONDS, lambda: house.machiya("status", good=False))
    found = stream.stored()
    doubled = {number for number, count in found.items() if count > 1}
    lost = set(range(MESSAGES)) - set(found)
    print(f"lost {len(lost)}, doubled {len(doubled - stream.doubtful)}, doubtful to the sender {len(stream.doubtful)}")
    assert not lost
    assert doubled <= stream.doubtful
    assert all(count <= 2 for count in found.values())
    assert soon(house.all_healthy, "everything healthy", LIMIT_SECONDS)
