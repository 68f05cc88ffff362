"""The writing end of a connection that ends here."""

from dataclasses import dataclass, field


@dataclass
class FakeWriter:
    """What was written, as an ``asyncio.StreamWriter`` is used here."""

    written: bytes = b""
    closed: bool = False
    drained: list[int] = field(default_factory=list)

    def write(self, data: bytes) -> None:
        self.written += data

    async def drain(self) -> None:
        self.drained.append(len(self.written))

    def close(self) -> None:
        self.closed = True

    async def wait_closed(self) -> None:
        return
