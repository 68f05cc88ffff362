from pathlib import Path
from typing import Any

import pytest

from machiya.adapters.shell.ports import has_address
from machiya.bootstrap import boot


def in_containers(house: Path) -> None:
    path = house / "machiya.toml"
    path.write_text(path.read_text().replace('# engine = "embedded"', 'engine = "docker"'))


def test_prepare_is_not_for_an_embedded_house(machiya: Any, house: Path) -> None:
    outcome = machiya("boot", "prepare")
    assert outcome.code == 7
    assert house.exists()


def test_unit_comes_before_docker_and_after_what_may_empty_the_packet_filter(machiya: Any, house: Path) -> None:
    in_containers(house)
    text = machiya("boot", "unit").out
    assert "Before=docker.service" in text
    assert "After=nftables.service firewalld.service tailscaled.service" in text
    assert f"--house {house} boot prepare" in text


def test_prepare_warns_when_the_vpn_does_not_come(machiya: Any, house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_containers(house)
    done: list[str] = []

    def put_secrets(_: object) -> tuple[str, ...]:
        done.append("secrets")
        return ("dovecot",)

    monkeypatch.setattr(boot, "put_up_fence", lambda _: done.append("fence"))
    monkeypatch.setattr(boot, "put_secrets_into_memory", put_secrets)
    monkeypatch.setattr(boot, "wait_for_vpn", lambda _: False)
    outcome = machiya("boot", "prepare")
    assert (outcome.code, done) == (0, ["fence", "secrets"])
    assert "does not have vpn.address 127.0.0.1 yet" in outcome.err


def test_has_address_knows_the_machines_own() -> None:
    assert has_address("127.0.0.1")
    assert not has_address("192.0.2.1")
