"""The whole house as a fixture: with its own Maildir, and before a real Dovecot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from e2e.processes import Whole
from integration.dovecot.server import DovecotContainer, User


@asynccontextmanager
async def running(made: Whole) -> AsyncIterator[Whole]:
    """A house with the sample domain, its door and its front door."""
    await made.machiya("init", "--sample")
    await made.door.start(lambda: made.answers(made.door_port))
    await made.front_door.start(lambda: made.answers(made.smtp_port))
    try:
        yield made
    finally:
        await made.front_door.stop()
        await made.door.stop()


@pytest.fixture
async def whole(tmp_path: Path) -> AsyncIterator[Whole]:
    """Mail goes into the house's own Maildir."""
    async with running(Whole(tmp_path)) as made:
        yield made


@pytest.fixture
async def whole_with_dovecot(tmp_path: Path) -> AsyncIterator[Whole]:
    """Mail goes over LMTP into Dovecot 2.4."""
    with DovecotContainer({"you@home.test": User()}) as dovecot:
        environment = {
            "MACHIYA_MAIL__STORE": "lmtp",
            "MACHIYA_LMTP__PORT": str(dovecot.lmtp_port),
            "MACHIYA_LMTP__DOVEADM_URL": dovecot.doveadm_url,
            "MACHIYA_SECRETS__DOVEADM_API_KEY": dovecot.api_key,
        }
        async with running(Whole(tmp_path, environment, dovecot.maildir("you@home.test"))) as made:
            yield made
