"""Ten messages of 25 MiB at once must not cost the house more than about 80 MB of memory.

Counted: the peak of the process's resident memory (anonymous, shared and file pages: ``VmHWM``, which the kernel
keeps exactly) over its idle size, and whatever it would put into temporary files, which may be memory too.
"""

import asyncio
import re
from pathlib import Path

import httpx
import pytest

from integration.door_process import DoorProcess, running_door, signed_put

MESSAGES = 10
BOUND_BYTES = 80_000_000
BODY = b"Subject: large\r\n\r\n" + b"0123456789abcdef" * (25 * 1024 * 1024 // 16 - 2)
SMALL = b"Subject: warm\r\n\r\nhello\r\n"


def status_bytes(pid: int, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text("ascii"), re.MULTILINE)
    assert found, f"this kernel does not tell {name}"
    return int(found[1]) * 1024


def forget_peak(pid: int) -> None:
    """Source: proc(5), clear_refs: 5 resets VmHWM to the present size."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", "ascii")


async def put(client: httpx.AsyncClient, door: DoorProcess, content: bytes) -> int:
    signed = signed_put(content)
    answer = await client.put(door.url + signed.path, content=content, headers=signed.headers(door.key))
    return answer.status_code


@pytest.mark.timeout(600)
async def test_memory_of_ten_large_messages_at_once_is_bounded(tmp_path: Path) -> None:
    async with running_door(tmp_path) as door, httpx.AsyncClient(timeout=500) as client:
        for _ in range(20):
            assert await put(client, door, SMALL) == 201
        forget_peak(door.pid)
        idle = status_bytes(door.pid, "VmRSS")
        statuses = await asyncio.gather(*(put(client, door, BODY) for _ in range(MESSAGES)))
        peak = status_bytes(door.pid, "VmHWM")
        left = status_bytes(door.pid, "VmRSS")
        temporary = sum(file.stat().st_size for file in door.temporary.rglob("*") if file.is_file())
        assert statuses == [201] * MESSAGES
        assert len(door.stored()) == MESSAGES + 20
    mb = {"idle": idle, "peak": peak, "peak over idle": peak - idle, "left over idle": left - idle}
    print(", ".join(f"{name} {value / 1e6:.1f} MB" for name, value in mb.items()))
    assert temporary == 0
    assert peak - idle <= BOUND_BYTES
