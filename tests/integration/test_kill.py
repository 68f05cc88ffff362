"""``kill -9`` of the door at random moments under load: every message arrives, once."""

import asyncio
import random
from pathlib import Path

import httpx
import pytest

from integration.door_process import DoorProcess, new_id, running_door, signed_put
from machiya.core.identifiers import DeliveryId

ROUNDS = 20
SENDERS = 6
SEED = 20261123


class Street:
    """Senders that behave like the edge: the same id again and again until the house says 2xx, two at a time."""

    def __init__(self, door: DoorProcess, client: httpx.AsyncClient) -> None:
        self.door, self.client = door, client
        self.sent: list[DeliveryId] = []
        self.under_way = 0
        self.over = asyncio.Event()
        self.random = random.Random(SEED)

    async def send(self) -> None:
        """New messages until the drill is over, each until it is taken."""
        while not self.over.is_set():
            content = b"Subject: kill\r\n\r\n" + self.random.randbytes(self.random.choice([100, 4000, 300_000]))
            delivery_id = new_id()
            self.sent.append(delivery_id)
            await asyncio.gather(*(self._until_taken(content, delivery_id) for _ in range(2)))

    async def _until_taken(self, content: bytes, delivery_id: DeliveryId) -> None:
        while True:
            if await self._offer(content, delivery_id) in {200, 201}:
                return
            await asyncio.sleep(0.02)

    async def _offer(self, content: bytes, delivery_id: DeliveryId) -> int:
        signed = signed_put(content, delivery_id)
        self.under_way += 1
        try:
            answer = await self.client.put(
                self.door.url + signed.path, content=content, headers=signed.headers(self.door.key)
            )
        except httpx.TransportError:
            return 0
        finally:
            self.under_way -= 1
        assert answer.status_code in {200, 201, 409, 503}, answer.text
        return answer.status_code


async def drill(door: DoorProcess, street: Street) -> None:
    """Kill and start again; the moment is random, and something is always under way."""
    for _ in range(ROUNDS):
        before = len(street.sent)
        while True:
            await asyncio.sleep(0.001)
            if street.under_way and len(street.sent) > before:
                break
        await asyncio.sleep(street.random.uniform(0, 0.4))
        await door.kill()
        await door.start()


@pytest.mark.timeout(900)
async def test_kill_at_random_moments_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    async with running_door(tmp_path) as door, httpx.AsyncClient(timeout=120) as client:
        street = Street(door, client)
        senders = [asyncio.create_task(street.send()) for _ in range(SENDERS)]
        try:
            await drill(door, street)
        finally:
            street.over.set()
            await asyncio.gather(*senders)
        stored = door.stored()
        sent = {delivery_id.replace("-", "") for delivery_id in street.sent}
    assert len(sent) > ROUNDS
    assert sent - set(stored) == set(), "lost"
    assert set(stored) - sent == set(), "from nowhere"
    assert [name for name, count in stored.items() if count > 1] == [], "doubled"
    print(f"{len(sent)} messages, {ROUNDS} kills, none lost, none doubled")
