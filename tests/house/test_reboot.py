"""The machine starts again: nobody does anything, and the house is well."""

import pytest

from house.clients import knows, letter, open_mailbox, send
from house.house import House
from house.machine import boot, power_cut
from house.waiting import soon
from house.yard import SECRETS
from machiya.bootstrap import open_house

pytestmark = [pytest.mark.house, pytest.mark.timeout(1800)]


def test_after_a_power_cut_the_house_is_well_unaided(house: House) -> None:
    """Secrets and fence are back, all is healthy, what was held arrives and so does a new message."""
    mailbox = open_mailbox(house, "reboot")
    house.stop("dovecot")
    send(house, mailbox, letter("before-the-cut"))
    power_cut(house)
    assert not SECRETS.exists()
    assert not open_house(house.root).walls().stand()
    boot(house)
    assert open_house(house.root).walls().stand()
    print(f"\nfrom boot to healthy: {house.wait_healthy():.1f} s")
    house.arrives(mailbox, "before-the-cut")
    assert soon(lambda: knows(house, mailbox), "the edge knows the mailbox")
    send(house, mailbox, letter("after-the-cut"))
    house.arrives(mailbox, "after-the-cut")
