"""kill -9 of a process that writes under load: no partial message, and ``contains`` tells the truth."""

import asyncio
import os
import random
import re
import signal
from pathlib import Path

import pytest

from fakes.clock import FakeClock
from fakes.deliveries import TARO, delivery
from machiya.adapters.maildir.layout import id_mark, maildir_of
from machiya.adapters.maildir.store import MaildirStore
from machiya.core.identifiers import DeliveryId, parse_delivery_id

ROUNDS = 20
ID_OCTETS = 36
BODY = b"Subject: load\r\n\r\n" + b"0123456789\r\n" * 2000
END = b"the end\r\n"


def open_store(root: Path) -> MaildirStore:
    return MaildirStore(root, quota_of=lambda _: 0, clock=FakeClock())


def write_until_killed(root: Path, started: int, done: int) -> None:
    """The child: eight writers; each tells the id before it stores and again when the store said yes."""

    async def writer(store: MaildirStore) -> None:
        while True:
            one = delivery(BODY + END)
            os.write(started, one.delivery_id.encode())
            await store.store(one, [TARO])
            os.write(done, one.delivery_id.encode())

    async def run() -> None:
        store = open_store(root)
        await asyncio.gather(*(writer(store) for _ in range(8)))

    asyncio.run(run())


def kill_after(root: Path, acknowledged: int) -> tuple[set[DeliveryId], set[DeliveryId]]:
    """Start the child, kill it when it has acknowledged so many; the ids it started, and those it acknowledged."""
    (started_read, started), (done_read, done) = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        try:
            write_until_killed(root, started, done)
        finally:
            os._exit(1)
    os.close(started)
    os.close(done)
    first = b"".join(os.read(done_read, ID_OCTETS) for _ in range(acknowledged))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    return ids(rest(started_read)), ids(first + rest(done_read))


def rest(descriptor: int) -> bytes:
    with open(descriptor, "rb") as pipe:
        return pipe.read()


def ids(octets: bytes) -> set[DeliveryId]:
    texts = [octets[at : at + ID_OCTETS].decode() for at in range(0, len(octets), ID_OCTETS)]
    return {parse_delivery_id(text) for text in texts}


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
async def test_store_killed_at_any_moment_leaves_whole_messages_or_none(tmp_path: Path) -> None:
    dice = random.Random(20261123)
    leftovers = 0
    for number in range(ROUNDS):
        root = tmp_path / str(number)
        root.mkdir()
        started, acknowledged = kill_after(root, dice.randint(1, 12))
        present = whole_messages(root)
        assert acknowledged <= present <= started
        store = open_store(root)
        for one in started:
            assert await store.contains(one, TARO) == (one in present)
        leftovers += len(list((maildir_of(root, TARO) / "tmp").iterdir()))
        await store.close()
    assert leftovers, "no round was killed while a message was being written: the test proves too little"


def whole_messages(root: Path) -> set[DeliveryId]:
    """The ids in ``new/``; each file must be complete and as long as its name says."""
    found = set()
    for file in (maildir_of(root, TARO) / "new").iterdir():
        content = file.read_bytes()
        assert content.endswith(BODY.replace(b"\r\n", b"\n") + END.replace(b"\r\n", b"\n"))
        assert f",S={len(content)}," in file.name
        told = re.search(rb"X-Machiya-Delivery: (\S+)\n", content)
        assert told
        one = parse_delivery_id(told[1].decode())
        assert id_mark(one) in file.name
        found.add(one)
    return found
