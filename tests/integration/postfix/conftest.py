"""One lab for all: its parts are put back as they were after each test."""

from collections.abc import Iterator

import pytest

from integration import leftovers
from integration.postfix.lab import Lab
from integration.postfix.setting_up import running_lab


@pytest.fixture(scope="session")
def _lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with leftovers.alone(leftovers.POSTFIX), running_lab(tmp_path_factory.mktemp("postfix")) as lab:
        yield lab


@pytest.fixture
def lab(_lab: Lab) -> Iterator[Lab]:
    _lab.relay.carried.clear()
    _lab.dovecot.stored.clear()
    yield _lab
    _lab.relay.replies.clear()
    _lab.relay.drop = _lab.dovecot.down = False
    for message in _lab.queue():
        _lab.run("postsuper", "-d", message["queue_id"])
