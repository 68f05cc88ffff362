"""unbound, redis, clamav and rspamd as a house renders them."""

from dataclasses import replace

import pytest

from fakes.stacks_samples import FACTS
from machiya.core.sizes import MIB
from machiya.stacks.facts import HouseFacts
from machiya.stacks.render import render, render_secrets
from machiya.stacks.services import services

NAMES = {"unbound", "redis", "clamav", "rspamd"}
SECRETS = {"redis_password": "redis-pass", "rspamd_controller_password": "controller-pass"}


def rendered(facts: HouseFacts) -> dict[str, str]:
    chosen = tuple(one for one in services(facts) if one.name in NAMES)
    tags = {one.image.folder: "x" for one in chosen}
    files = render(facts, chosen, tags)
    return {file.path.removeprefix("config/"): file.content.decode() for file in files}


@pytest.mark.parametrize(
    ("changes", "there"),
    [
        ({}, NAMES),
        ({"antivirus": False}, NAMES - {"clamav"}),
        ({"scanning": False, "antivirus": False}, {"unbound"}),
    ],
)
def test_services_are_those_that_the_owner_wants(changes: dict[str, bool], there: set[str]) -> None:
    assert {one.name for one in services(replace(FACTS, **changes))} & NAMES == there  # type: ignore[arg-type]


def test_limits_of_every_scanner_hold_the_largest_message() -> None:
    files = rendered(replace(FACTS, message_bytes=40 * MIB))
    room = 41 * MIB
    assert f"StreamMaxLength {room}\nMaxFileSize {4 * room}\n" in files["clamav/clamd.conf"]
    assert "AlertExceedsMax yes" in files["clamav/clamd.conf"]
    assert f"max_message = {room};" in files["rspamd/options.inc"]
    assert f"max_size = {room};" in files["rspamd/antivirus.conf"]


def test_rspamd_knows_its_neighbours_by_address() -> None:
    files = rendered(replace(FACTS, network_prefix="10.99"))
    assert 'servers = "10.99.1.13:3310";' in files["rspamd/antivirus.conf"]
    assert 'nameserver = ["10.99.1.2:53:1"];' in files["rspamd/options.inc"]
    assert 'servers = "10.99.1.11:6379";' in files["rspamd/redis.conf"]


def test_scores_are_the_owners() -> None:
    actions = rendered(replace(FACTS, junk_score=4.5, quarantine_score=20.0))["rspamd/actions.conf"]
    assert ("reject = 20.0;" in actions, "add_header = 4.5;" in actions) == (True, True)


def test_without_antivirus_rspamd_waits_for_no_virus_scanner() -> None:
    files = rendered(replace(FACTS, antivirus=False))
    assert files["rspamd/antivirus.conf"] == "enabled = false;\n"


def test_a_house_without_internet_asks_nothing_outside() -> None:
    files = rendered(replace(FACTS, resolver="none"))
    assert 'local-zone: "." static' in files["unbound/unbound.conf"]
    assert files["rspamd/rbl.conf"] == "enabled = false;\n"
    outside = rendered(FACTS)
    assert "trust-anchor-file" in outside["unbound/unbound.conf"]
    assert "local-zone" not in outside["unbound/unbound.conf"]


def test_secrets_are_in_no_configuration() -> None:
    chosen = tuple(one for one in services(FACTS) if one.name in NAMES)
    assert not [path for path, text in rendered(FACTS).items() for secret in SECRETS.values() if secret in text]
    made = {f"{one.service}/{one.path}": one.content.decode() for one in render_secrets(FACTS, chosen, SECRETS)}
    assert made["redis/redis.conf"] == "requirepass redis-pass\n"
    assert made["rspamd/redis.conf"] == 'password = "redis-pass";\n'
    assert 'password = "controller-pass";' in made["rspamd/controller.conf"]
