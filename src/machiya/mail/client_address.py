"""Who handed a message to Cloudflare: read from the line that Cloudflare put on top, and from nowhere else."""

import ipaddress
import re
from dataclasses import dataclass

from machiya.mail.headers import first_field

# Source: messages taken in by Email Routing, 2024 to 2026.
_CLOUDFLARE = re.compile(
    rb"\s*from\s+([!-~]{1,255})\s+\(([0-9A-Fa-f:.]{2,45})\)\s+by\s+cloudflare-email\.net\s+\(", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Client:
    """``address`` in its canonical form; ``helo`` the name it gave itself."""

    address: str
    helo: str


def client_of(content: bytes | bytearray | memoryview) -> Client | None:
    """The client that the topmost ``Received`` names, if cloudflare-email.net wrote it; None: nobody knows.

    Lines further down are a stranger's to write, so they count for nothing.
    """
    found = _CLOUDFLARE.match(first_field(content, b"received"))
    if not found:
        return None
    try:
        address = ipaddress.ip_address(found[2].decode("ascii"))
    except ValueError:
        return None
    return Client(str(address), found[1].decode("ascii"))
