"""What a mailbox may send: under its own addresses only, in the envelope and in ``From:``, and not too much of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.errors import MessageError

from machiya.core.addresses import EmailAddress
from machiya.core.errors import InvalidAddress
from machiya.mail.outgoing_ports import SenderDirectory
from machiya.mail.sending_rate import SendingRates

# The library needs five seconds for eight kilobytes of quotes, and everybody waits meanwhile.
FROM_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reply to the mail client: ``450 4.…`` try again later, ``55x 5.…`` never."""

    code: str
    enhanced: str
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.enhanced} {self.text}"


class SubmissionRules:
    """The rules, asked step by step; each answer is None (go on) or a refusal.

    ``login`` is what the mail client logged in as: the address of a mailbox.
    """

    def __init__(self, directory: SenderDirectory, rates: SendingRates) -> None:
        self._directory = directory
        self._rates = rates

    def sender(self, login: str, envelope_sender: str) -> Refusal | None:
        """The null sender is allowed: read receipts have it, and ``From:`` still says who it is.

        Raises:
            Unavailable: the address table has not been read yet.
        """
        if envelope_sender and not self._own(login, envelope_sender):
            return _forged(login, f"MAIL FROM:<{_shown(envelope_sender)}>")
        return None

    def recipient(self, login: str) -> Refusal | None:
        """Count one recipient."""
        wait = self._rates.take(login)
        if not wait:
            return None
        minutes = max(1, round(wait / 60))
        return Refusal("450", "4.7.1", f"too many recipients within an hour; try again in {minutes} minutes")

    def headers(self, login: str, fields: Sequence[tuple[str, bytes]]) -> Refusal | None:
        """There must be one ``From:``, and every address in it must be the sender's own.

        Source: RFC 5322 §3.6 (one From field), RFC 6409 §6.1 (a submission server may check it).

        Raises:
            Unavailable: the address table has not been read yet.
        """
        found = [value for name, value in fields if name.lower() == "from"]
        if len(found) != 1:
            return Refusal("550", "5.7.1", f"a message has one From: line, this one has {len(found)}")
        addresses = from_addresses(found[0])
        if not addresses:
            return Refusal("550", "5.7.1", "the From: line holds no address that can be read")
        foreign = next((address for address in addresses if not self._own(login, address)), None)
        return _forged(login, f"From: {_shown(foreign)}") if foreign is not None else None

    def _own(self, login: str, address: str) -> bool:
        try:
            return self._directory.may_send(EmailAddress.parse(login), EmailAddress.parse(address))
        except InvalidAddress:
            return False


def from_addresses(raw: bytes) -> tuple[str, ...]:
    """Every address of a raw ``From:`` body; empty where any part of it cannot be read for certain."""
    if len(raw) > FROM_BYTES:
        return ()
    try:
        header = policy.default.header_factory("From", " ".join(raw.decode().split()))
    except (
        UnicodeDecodeError,
        MessageError,
        ValueError,
        IndexError,
        AttributeError,
        RecursionError,
    ):  # the last three: the library's own
        return ()
    addresses = tuple(str(address.addr_spec) for address in getattr(header, "addresses", ()))
    return () if header.defects else addresses


def _forged(login: str, what: str) -> Refusal:
    return Refusal("553", "5.7.1", f"{what} is no address of {_shown(login)}")


def _shown(text: str) -> str:
    """Fit for a reply line."""
    return "".join(character if "!" <= character <= "~" else "?" for character in text)[:200]
