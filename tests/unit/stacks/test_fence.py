from ipaddress import IPv4Address, IPv4Network

import pytest

from machiya.core.errors import InvalidInput
from machiya.stacks.fence import Gate, Yard, build_fence, chain_name

YARDS = (Yard("mc-mail", IPv4Network("10.77.1.0/24")), Yard("mc-vpn", IPv4Network("10.77.4.0/24")))
GATE = Gate(IPv4Address("100.64.0.1"), "tailscale0", (993, 587))


def test_build_fence_lets_in_lo_and_each_yard_to_itself_and_shuts_the_rest() -> None:
    assert build_fence("home", YARDS, GATE).rules == (
        "-i lo -j RETURN",
        "-i mc-mail -d 10.77.1.0/24 -j RETURN",
        "-i mc-vpn -d 10.77.4.0/24 -j RETURN",
        "! -i tailscale0 -d 100.64.0.1/32 -p tcp -m tcp --dport 993 -j DROP",
        "! -i tailscale0 -d 100.64.0.1/32 -p tcp -m tcp --dport 587 -j DROP",
        "-d 127.0.0.0/8 -j DROP",
        "-d 10.77.1.0/24 -j DROP",
        "-d 10.77.4.0/24 -j DROP",
    )


@pytest.mark.parametrize("gate", [None, Gate(IPv4Address("127.0.0.1"), "tailscale0", (993,))])
def test_build_fence_needs_no_gate_where_all_is_on_loopback(gate: Gate | None) -> None:
    assert not any("--dport" in rule for rule in build_fence("home", YARDS, gate).rules)


def test_to_restore_makes_the_chain_and_fills_it_in_one_step() -> None:
    lines = build_fence("home", YARDS, None).to_restore().splitlines()
    assert lines[:3] == ["*raw", ":MACHIYA-home - [0:0]", "-A MACHIYA-home -i lo -j RETURN"]
    assert lines[-1] == "COMMIT"


def test_chain_name_fits_and_stays_apart() -> None:
    long = [chain_name("a-house-with-a-very-long-name-" + end) for end in "ab"]
    assert chain_name("home") == "MACHIYA-home"
    assert max(map(len, long)) <= 28
    assert long[0] != long[1]


@pytest.mark.parametrize("name", ["", "a b", "x" * 16, "eth+", "a/b", "eth0\n-j"])
def test_build_fence_refuses_a_name_that_is_no_interface(name: str) -> None:
    with pytest.raises(InvalidInput):
        build_fence("home", (Yard(name, IPv4Network("10.77.1.0/24")),), None)
