"""One Dovecot for the lane; each test has mailboxes of its own."""

import uuid
from collections.abc import Callable, Iterator

import pytest

from integration import leftovers
from integration.dovecot_service.clients import Clients
from integration.dovecot_service.house import MailHouse


@pytest.fixture(scope="session")
def house() -> Iterator[MailHouse]:
    with leftovers.alone(leftovers.DOVECOT), MailHouse() as made:
        yield made


@pytest.fixture(scope="session")
def clients(house: MailHouse) -> Clients:
    return Clients(house)


@pytest.fixture
def new_mailbox(house: MailHouse) -> Callable[..., str]:
    """Adds a mailbox with a fresh name; ``quota_bytes`` and ``enabled`` as wanted."""
    return lambda **how: house.add_mailbox(f"{uuid.uuid4().hex[:8]}@home.test", **how)


@pytest.fixture
def mailbox(new_mailbox: Callable[..., str]) -> str:
    return new_mailbox()
