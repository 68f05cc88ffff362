"""Rules between the settings of usermgmt and the others."""

import ipaddress
from collections.abc import Iterator

from machiya.settings.schema import Settings

Mistake = tuple[str, str]

MAIL_PROGRAM_PORTS = frozenset({465, 587, 993, 995, 4190})


def people(settings: Settings) -> Iterator[Mistake]:
    """Every mistake: the path of the setting to change, and what is wrong."""
    usermgmt = settings.usermgmt
    if usermgmt.host and not (usermgmt.certificate or is_loopback(usermgmt.host)):
        yield (
            "usermgmt.host",
            f'passwords would pass "{usermgmt.host}" in plain text; set usermgmt.certificate, or listen on 127.0.0.1',
        )
    if usermgmt.key and not usermgmt.certificate:
        yield "usermgmt.certificate", "is empty, but usermgmt.key is set; a key needs its certificate"
    if usermgmt.vpn_port in MAIL_PROGRAM_PORTS:
        yield "usermgmt.vpn_port", f"{usermgmt.vpn_port} is a port of mail programs; give it its own"
    for path, port in (
        ("front_door.port", settings.front_door.port),
        ("tunnel.stand_in_port", settings.tunnel.stand_in_port),
    ):
        if port == usermgmt.vpn_port:
            yield "usermgmt.vpn_port", f"{port} is the port of {path} too; give each its own"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches ``host``."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
