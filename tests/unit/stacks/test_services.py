import dataclasses

from fakes.stacks_samples import FACTS
from machiya.core.sizes import MIB
from machiya.stacks.networks import HOSTS
from machiya.stacks.services import services


def test_services_have_an_address_and_their_needs_exist() -> None:
    found = {service.name: service for service in services(FACTS)}
    assert set(found) <= set(HOSTS)
    assert {need for service in found.values() for need in service.needs} <= set(found)


def test_memory_follows_the_largest_message() -> None:
    large = dataclasses.replace(FACTS, message_bytes=100 * MIB, buffer_bytes=200 * MIB)
    limits = {service.name: service.limits.memory_bytes for service in services(large)}
    usual = {service.name: service.limits.memory_bytes for service in services(FACTS)}
    assert limits["mail-api"] - usual["mail-api"] == 152 * MIB
    assert limits["rspamd"] - usual["rspamd"] == 600 * MIB
