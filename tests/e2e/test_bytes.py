"""Every message of the corpus through every entrance: our header lines, then exactly what was sent."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import httpx
import pytest

from corpus.messages import CORPUS, expected_maildir
from e2e.entrances import over_api, over_smtp, over_worker
from e2e.processes import Whole
from machiya.bootstrap import open_house

PREFIX = re.compile(
    rb"Return-Path: <stranger@street\.example>\n"
    rb"Delivered-To: you@home\.test\n"
    rb"Received: from the edge by machiya\.home\.test \(Machiya\) with HTTPS\n"
    rb"\tid [0-9a-f-]{36}\n"
    rb"\tfor <you\+(?P<number>\d+)@home\.test>;\n"
    rb"\t[^\n]+\n"
    rb"X-Machiya-Delivery: [0-9a-f-]{36}\n"
    rb"X-Machiya-Verdict: not scanned[^\n]*\n(?:\t[^\n]+\n)*"
)
WAIT_SECONDS = 300


def recipient(number: int) -> str:
    return f"you+{number}@home.test"


async def everything_stored(whole: Whole, count: int) -> dict[int, bytes]:
    """Number → what follows our header lines, once ``count`` messages are there."""
    async with asyncio.timeout(WAIT_SECONDS):
        while len(stored := whole.stored()) < count:  # noqa: ASYNC110 – another process\'s doing has no event
            await asyncio.sleep(0.2)
    found: dict[int, bytes] = {}
    for file in stored:
        prefix = PREFIX.match(file)
        assert prefix, file[:400]
        found[int(prefix["number"])] = file[prefix.end() :]
    assert len(found) == len(stored) == count
    return found


def compare(sent: dict[int, bytes], stored: dict[int, bytes]) -> None:
    wrong = [CORPUS[number].name for number in sent if stored[number] != expected_maildir(sent[number])]
    assert wrong == []


async def through_front_door(whole: Whole) -> dict[int, bytes]:
    return {n: await over_smtp(whole.smtp_port, recipient(n), sample.content) for n, sample in enumerate(CORPUS)}


async def through_api(whole: Whole) -> dict[int, bytes]:
    key = open_house(whole.root).signing_keys()[0]
    async with httpx.AsyncClient(timeout=120, trust_env=False) as client:
        return {n: await over_api(client, whole, key, recipient(n), s.content) for n, s in enumerate(CORPUS)}


async def through_worker(whole: Whole) -> dict[int, bytes]:
    house = open_house(whole.root)
    worker = whole.worker(house.signing_keys()[0], house.recipient_key())
    await worker.start(lambda: whole.answers(whole.worker_port))
    try:
        async with httpx.AsyncClient(timeout=120, trust_env=False) as client:
            sent = {n: await over_worker(client, whole, recipient(n), s.content) for n, s in enumerate(CORPUS)}
            await swept_until_empty(client, whole)
            return sent
    finally:
        await worker.stop()


async def swept_until_empty(client: httpx.AsyncClient, whole: Whole) -> None:
    base = f"http://127.0.0.1:{whole.worker_port}"
    for _ in range(len(CORPUS)):
        swept = await client.post(f"{base}/sweep")
        assert swept.json()["outcome"] == "done", swept.text
        if not (await client.get(f"{base}/objects", params={"prefix": "in/"})).json():
            return
    pytest.fail("the Worker still holds messages")


ENTRANCES = pytest.mark.parametrize("entrance", [through_front_door, through_api, through_worker])
Entrance = Callable[[Whole], Awaitable[dict[int, bytes]]]


@ENTRANCES
@pytest.mark.timeout(900)
async def test_bytes_into_maildir(entrance: Entrance, whole: Whole) -> None:
    sent = await entrance(whole)
    compare(sent, await everything_stored(whole, len(CORPUS)))


@ENTRANCES
@pytest.mark.dovecot
@pytest.mark.timeout(900)
async def test_bytes_into_dovecot(entrance: Entrance, whole_with_dovecot: Whole) -> None:
    sent = await entrance(whole_with_dovecot)
    compare(sent, await everything_stored(whole_with_dovecot, len(CORPUS)))
