"""A house at the other end of the signed calls that answers as told; the calls it saw are kept."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, BinaryIO

from machiya.mail.held import HeldMessage, HouseAnswer

Answer = int | str


class FakeHouse:
    """``answers`` by recipient: the answers to successive offers, the last one repeats; a word means silence.

    ``200-unproven`` and ``200-misproven``: that status without a valid proof of receipt.
    """

    def __init__(self, answers: dict[str, Sequence[Answer]] | None = None) -> None:
        self.answers = answers or {}
        self.offers: list[tuple[str, bytes]] = []
        self.offered_messages: list[HeldMessage] = []
        self.reports: list[dict[str, Any]] = []
        self.orders: list[dict[str, str]] = []
        self.table: HouseAnswer = HouseAnswer(None, detail="refused")
        self.etags_asked: list[str] = []
        self.report_status: int | None = 200
        self.report_body: bytes | None = None
        self.gate: asyncio.Event | None = None
        self.busiest = 0
        self._inside = 0
        self.closed = False

    def times_offered(self, recipient: str) -> int:
        return sum(name == recipient for name, _ in self.offers)

    async def offer(self, message: HeldMessage, body: BinaryIO) -> HouseAnswer:
        self._inside += 1
        self.busiest = max(self.busiest, self._inside)
        try:
            recipient = message.envelope.recipient
            self.offers.append((recipient, body.read()))
            self.offered_messages.append(message)
            if self.gate:
                await self.gate.wait()
            return self._answer(recipient)
        finally:
            self._inside -= 1

    def _answer(self, recipient: str) -> HouseAnswer:
        script = self.answers.get(recipient, [201])
        answer = script[min(self.times_offered(recipient), len(script)) - 1]
        if isinstance(answer, str):
            status, _, proof = answer.partition("-")
            return HouseAnswer(int(status)) if proof else HouseAnswer(None, detail=answer)
        code, detail = (f"code_{answer}", "as told") if answer > 299 else ("", "")
        return HouseAnswer(answer, code, detail, proven=answer in {200, 201})

    async def recipients(self, etag: str) -> HouseAnswer:
        self.etags_asked.append(etag)
        return self.table

    async def report(self, document: bytes) -> HouseAnswer:
        report = json.loads(document)
        if self.report_status != 200:
            return HouseAnswer(self.report_status, body=self.report_body or b"")
        if self.report_body is not None:
            return HouseAnswer(200, body=self.report_body)
        self.reports.append(report)
        done = {order["order_id"] for order in report["orders_done"]}
        self.orders = [order for order in self.orders if order["order_id"] not in done]
        return HouseAnswer(200, body=json.dumps({"v": 1, "orders": self.orders}).encode())

    async def close(self) -> None:
        self.closed = True
