from typing import Any

import pytest

from machiya.settings import Settings
from machiya.settings.way_in_checks import way_in

WILDCARD = "0.0.0.0"  # noqa: S104 – the very thing that is refused


def check(**sections: Any) -> list[str]:
    return [path for path, _ in way_in(Settings.model_validate(sections))]


def test_way_in_finds_nothing_in_the_defaults() -> None:
    assert check() == []


@pytest.mark.parametrize("address", ["", "localhost", "::1", WILDCARD, "203.0.113.9.1", "8.8.8.8", "224.0.0.1"])
def test_way_in_refuses_a_vpn_address_of_the_street(address: str) -> None:
    assert check(vpn={"address": address}) == ["vpn.address"]


@pytest.mark.parametrize("address", ["127.0.0.1", "100.101.102.103", "10.8.0.1"])
def test_way_in_takes_an_address_of_a_vpn(address: str) -> None:
    assert check(vpn={"address": address}) == []


def test_way_in_wants_both_files_of_a_certificate() -> None:
    assert check(tls={"source": "files"}) == ["tls.certificate", "tls.key"]
    assert check(tls={"source": "files", "certificate": "a", "key": "b"}) == []


@pytest.mark.parametrize("name", ["", "not a name", "127.0.0.1"])
def test_way_in_refuses_what_is_no_name_for_the_tunnel(name: str) -> None:
    assert check(tunnel={"hostname": name}) == ["tunnel.hostname"]


def test_way_in_refuses_what_is_no_name_for_mail_programs() -> None:
    assert check(tls={"hostname": "a b"}) == ["tls.hostname"]


def test_way_in_refuses_one_port_for_two() -> None:
    assert check(tunnel={"stand_in_port": 2525}) == ["tunnel.stand_in_port"]
