"""Rules between the settings of the way in: tunnel, VPN, certificates."""

import ipaddress
from collections.abc import Iterator

from machiya.core.addresses import DomainName
from machiya.core.errors import InvalidAddress
from machiya.settings.schema import Settings

Mistake = tuple[str, str]


def way_in(settings: Settings) -> Iterator[Mistake]:
    """Every mistake: the path of the setting to change, and what is wrong."""
    yield from _hostnames(settings)
    yield from _vpn(settings)
    yield from _files(settings)
    if settings.tunnel.stand_in_port == settings.front_door.port:
        yield (
            "tunnel.stand_in_port",
            f"{settings.front_door.port} is the port of front_door.port too; give each its own",
        )


def _hostnames(settings: Settings) -> Iterator[Mistake]:
    names = {
        "tunnel.hostname": settings.tunnel.hostname,
        "tls.hostname": settings.tls.hostname,
        "webmail.hostname": settings.webmail.hostname,
    }
    for path, name in names.items():
        try:
            if name or path == "tunnel.hostname":
                DomainName.parse(name)
        except InvalidAddress as error:
            yield path, f"{error.message}; {error.hint}"
    if settings.webmail.enabled and settings.webmail_hostname == settings.tunnel.hostname:
        yield "webmail.hostname", "is tunnel.hostname too, where the edge calls; give webmail a name of its own"


def _vpn(settings: Settings) -> Iterator[Mistake]:
    try:
        address = ipaddress.IPv4Address(settings.vpn.address)
    except ValueError:
        yield "vpn.address", f'"{settings.vpn.address}" is no IPv4 address; tailscale ip -4 tells the machine\'s own'
        return
    if address.is_unspecified or address.is_global or address.is_multicast:
        yield "vpn.address", f"{address} can be reached from the street; only a tailnet or loopback address is taken"


def _files(settings: Settings) -> Iterator[Mistake]:
    if settings.tls.source != "files":
        return
    for name in ("certificate", "key"):
        if not getattr(settings.tls, name):
            yield f"tls.{name}", 'is empty; tls.source = "files" needs its path'
