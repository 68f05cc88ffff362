"""A house where alice is owner and you@home.test has a mailbox."""

import pytest

from fakes.access_room import PASSWORD, Place
from machiya.access.model import Role


@pytest.fixture
def place() -> Place:
    made = Place()
    made.add("alice", Role.OWNER)
    made.owners.passwords["you@home.test"] = made.hasher.hash(PASSWORD)
    return made
