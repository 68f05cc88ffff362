from fakes.stacks_samples import FACTS
from machiya.stacks.networks import HOSTS
from machiya.stacks.services import services


def test_services_have_an_address_and_their_needs_exist() -> None:
    found = {service.name: service for service in services(FACTS)}
    assert set(found) <= set(HOSTS)
    assert {need for service in found.values() for need in service.needs} <= set(found)
