"""How the way in is: the certificate, the fence, the VPN's address."""

from collections.abc import Iterator

from machiya.bootstrap import House
from machiya.bootstrap.boot import has_vpn_address


def look_at_way_in(house: House) -> tuple[list[tuple[str, str]], list[str]]:
    """What there is to tell of it, and what is wrong. Without root the packet filter cannot be asked."""
    present = house.certificates().present()
    told = f"until {present.not_after:%Y-%m-%d}, for {', '.join(present.names)}" if present else "none yet"
    return [("certificate", told)], [*_certificate(house), *_fence(house), *_address(house)]


def _certificate(house: House) -> Iterator[str]:
    due = house.certificates().due()
    if due:
        yield f"A new certificate for mail programs is due: {due}. machiya tls renew"


def _fence(house: House) -> Iterator[str]:
    if house.walls().stand() is False:
        yield "The fence is down: the street may reach containers by routes of its own. machiya up puts it up again."
    for breach in house.walls().breaches():
        yield f"rendered/compose.yaml opens the house: {breach}. machiya render --force takes the edit back."


def _address(house: House) -> Iterator[str]:
    if not has_vpn_address(house):
        address = house.settings.vpn.address
        yield f"This machine does not have the address {address}. Is the VPN up? Else change vpn.address."
