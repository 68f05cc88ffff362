"""What is said of a relay is written into Postfix's files, so that it may hold nothing that would end a line there."""

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import PurePosixPath

from machiya.core.addresses import DomainName
from machiya.core.errors import InvalidAddress
from machiya.settings.relay_sections import Relay, RelaySettings

Mistake = tuple[str, str]


def written_safely(settings: RelaySettings) -> Iterator[Mistake]:
    """Every mistake: the path of the setting to change, and what is wrong."""
    yield from _relay(settings.default, "relay.host", "relay.user", "")
    for name, choice in settings.domains.items():
        yield from _relay(choice.filled, "relay.domains", "relay.domains", f"{name}: ")
    yield from _ca_file(settings.ca_file)


def _relay(relay: Relay, host: str, user: str, whose: str) -> Iterator[Mistake]:
    if relay.host and not _is_host(relay.host):
        yield host, f"{whose}{relay.host!r} is no host name"
    if not _is_one_word(relay.user):
        yield user, f"{whose}a user name is printable ASCII without spaces and colons"


def _is_host(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        try:
            return DomainName.parse(text).name == text.lower()
        except InvalidAddress:
            return False
    return True


def _is_one_word(text: str) -> bool:
    return all("!" <= character <= "~" and character != ":" for character in text)


def _ca_file(text: str) -> Iterator[Mistake]:
    """It is mounted into Postfix's container, so it is one file below the house's folder."""
    path = PurePosixPath(text)
    if text and (path.is_absolute() or ".." in path.parts or not text.isprintable() or set(text) & set(":,$")):
        yield "relay.ca_file", "is a path inside the house's folder, without .. : , and $"
