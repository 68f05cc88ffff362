"""One Dovecot for the lane; each test has mailboxes of its own."""

import fcntl
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from integration.dovecot_service.clients import Clients
from integration.dovecot_service.house import MailHouse


@pytest.fixture(scope="session")
def house() -> Iterator[MailHouse]:
    with Path(tempfile.gettempdir(), "machiya-dovecot-lane.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with MailHouse() as made:
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
