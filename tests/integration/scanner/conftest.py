"""One set of scanner containers for the whole lane."""

from collections.abc import AsyncIterator, Iterator

import pytest

from integration import leftovers
from integration.scanner import sealed
from integration.scanner.ward import Ward
from machiya.adapters.rspamd.scanner import RspamdScanner

SPF_ZONE = """
  local-data: 'good.example. 60 IN TXT "v=spf1 ip4:198.51.100.7 -all"'
  local-data: '_dmarc.good.example. 60 IN TXT "v=DMARC1; p=reject"'
  local-data: 'good.example. 60 IN A 198.51.100.7'
"""


@pytest.fixture(scope="session")
def ward() -> Iterator[Ward]:
    with leftovers.beside_others(leftovers.SCANNER):
        ward = Ward(zone=sealed.ZONE + SPF_ZONE)
        try:
            yield ward.start()
        finally:
            ward.stop()


@pytest.fixture
async def scanner(ward: Ward) -> AsyncIterator[RspamdScanner]:
    made = RspamdScanner(ward.url, timeout_seconds=60.0, connections=4, antivirus=True, hostname="house.test")
    yield made
    await made.close()
