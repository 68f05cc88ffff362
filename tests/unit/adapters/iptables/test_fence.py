from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from machiya.adapters.iptables.fence import FenceFailed, IptablesFence
from machiya.core.commands import Finished
from machiya.stacks.fence import Yard, build_fence

FENCE = build_fence("home", (Yard("mc-mail", IPv4Network("10.77.1.0/24")),), None)


class Kernel:
    """As much of the raw table as the adapter asks for; the real one is in tests/integration."""

    def __init__(self) -> None:
        self.chains: dict[str, list[str]] = {}
        self.jumps: list[str] = []
        self.refusal = ""

    def find(self, program: str) -> str:
        return program

    def run(self, argv: Sequence[str], *, stdin: bytes | Path | Iterator[bytes] = b"", **_: Any) -> Finished:
        if self.refusal:
            return Finished(4, "", self.refusal)
        if argv[0].endswith("-restore"):
            assert isinstance(stdin, bytes)
            lines = stdin.decode().splitlines()
            self.chains[lines[1].split()[0][1:]] = lines[2:-1]
            return Finished(0, "", "")
        return Finished(0 if self._table(*argv[4:]) else 1, "", "")

    def _table(self, verb: str, chain: str, *rest: str) -> bool:
        if verb == "-I":
            self.jumps.insert(0, rest[-1])
        elif verb == "-C":
            return rest[-1] in self.jumps
        elif verb == "-D":
            if rest[-1] not in self.jumps:
                return False
            self.jumps.remove(rest[-1])
        elif verb == "-X":
            del self.chains[chain]
        return verb in ("-I", "-D", "-X") or chain in self.chains


def test_put_up_twice_is_as_good_as_once() -> None:
    kernel = Kernel()
    fence = IptablesFence(kernel)
    fence.put_up(FENCE)
    fence.put_up(FENCE)
    assert kernel.jumps == ["MACHIYA-home"]
    assert kernel.chains == {"MACHIYA-home": [f"-A MACHIYA-home {rule}" for rule in FENCE.rules]}
    assert fence.guards("MACHIYA-home")


def test_take_down_leaves_nothing_and_may_be_repeated() -> None:
    kernel = Kernel()
    fence = IptablesFence(kernel)
    fence.put_up(FENCE)
    kernel.jumps.append("MACHIYA-home")
    fence.take_down(FENCE.chain)
    fence.take_down(FENCE.chain)
    assert (kernel.jumps, kernel.chains) == ([], {})
    assert not fence.guards(FENCE.chain)


def test_put_up_says_what_the_packet_filter_said() -> None:
    kernel = Kernel()
    kernel.refusal = "iptables-restore: Permission denied (you must be root)\n"
    with pytest.raises(FenceFailed, match=r"Permission denied \(you must be root\)$") as failure:
        IptablesFence(kernel).put_up(FENCE)
    assert "root" in failure.value.hint
