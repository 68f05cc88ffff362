"""The door is stopped for a while during a stream of 500 messages; all arrive, once."""

import asyncio
import re
from collections import Counter

import pytest

from e2e.entrances import over_smtp
from e2e.processes import Whole

COUNT = 500
SENDERS = 5
WAIT_SECONDS = 400
NUMBER = re.compile(rb"^Subject: stream (\d+)\n", re.MULTILINE)


async def stream(whole: Whole, numbers: range) -> None:
    for number in numbers:
        await over_smtp(whole.smtp_port, "hello@home.test", f"Subject: stream {number}\r\n\r\nhello\r\n".encode())


async def interruption(whole: Whole) -> None:
    """Down after about a third, up when everything has been sent."""
    while len(whole.stored()) < COUNT // 3:  # noqa: ASYNC110 – another process\'s doing has no event
        await asyncio.sleep(0.02)
    await whole.door.stop()


@pytest.mark.timeout(900)
async def test_interruption_of_the_door_loses_nothing_and_doubles_nothing(whole: Whole) -> None:
    senders = [stream(whole, range(start, COUNT, SENDERS)) for start in range(SENDERS)]
    await asyncio.gather(interruption(whole), *senders)
    assert len(whole.stored()) < COUNT
    await whole.door.start(lambda: whole.answers(whole.door_port))
    async with asyncio.timeout(WAIT_SECONDS):
        while len(whole.stored()) < COUNT:  # noqa: ASYNC110 – another process\'s doing has no event
            await asyncio.sleep(0.2)
    counted = Counter(int(found[1]) for file in whole.stored() if (found := NUMBER.search(file)))
    assert counted == Counter(range(COUNT))
    assert await whole.status_of_ledger() == {"delivered": COUNT}
    assert "No message is lost." in await whole.machiya("reconcile")
