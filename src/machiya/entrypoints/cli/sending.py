"""A real message through the front door, followed into the mailbox."""

import re
import smtplib
import time
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import TYPE_CHECKING

from machiya.core.errors import InvalidInput, Refused, Unavailable
from machiya.core.identifiers import DeliveryId, parse_delivery_id
from machiya.entrypoints.cli import console
from machiya.mail.model import EntryState
from machiya.mail.trace import Journey, tell

if TYPE_CHECKING:
    from machiya.bootstrap import House

SMTP_SECONDS = 60.0
POLL_SECONDS = 0.2
_HELD = re.compile(rb"held as ([0-9a-f-]{36})")
_GO_AHEAD = 354
_HINTS = {
    b"5.1.1": "Just made? Try again in some seconds. machiya mailbox list and machiya alias list show who is here.",
    b"5.2.1": "machiya mailbox change --enable lets it receive mail again.",
    b"5.3.4": "Send it another way, or raise mail.message_bytes (Cloudflare itself takes at most 25 MiB).",
}
_TEMPORARY = range(400, 500)


def send_and_follow(house: "House", address: str, *, sender: str, eml: Path | None, wait_seconds: float) -> None:
    """Send, say each step with its time, return when the mailbox has it.

    Raises:
        Refused: the front door refused it, or it became a dead letter.
        Unavailable: no front door, or not in the mailbox after ``wait_seconds``.
    """
    content = _content(eml, sender, address, house)
    clock = _Stopwatch()
    delivery_id = _send(house, sender, address, content, clock)
    _follow(house, delivery_id, content, clock, wait_seconds)


class _Stopwatch:
    """Seconds since it was made, said with each step."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def say(self, text: str) -> None:
        console.say(f"{self.seconds:7.3f} s  {text}")


def _content(eml: Path | None, sender: str, address: str, house: "House") -> bytes:
    if eml:
        try:
            return wire_form(eml.read_bytes())
        except OSError as error:
            raise InvalidInput(f"cannot read {eml}: {error.strerror}", hint="Name a message file.") from error
    message = EmailMessage()
    message["From"], message["To"] = f"Machiya <{sender}>", address
    message["Date"] = format_datetime(house.clock.now())
    message["Message-ID"] = make_msgid(domain="street.example")
    message["Subject"] = "A test message / テストメール"
    message.set_content("This message came through the front door.\nこのメールは玄関から届きました。\n")
    return message.as_bytes(policy=SMTP)


def wire_form(content: bytes) -> bytes:
    """As SMTP carries it: Unix lines become CRLF, a file that has CRLF stays as it is; the last line is ended."""
    crlf = content if b"\r\n" in content else content.replace(b"\n", b"\r\n")
    return crlf if crlf.endswith(b"\r\n") else crlf + b"\r\n"


def _send(house: "House", sender: str, address: str, content: bytes, clock: _Stopwatch) -> DeliveryId:
    door = house.settings.front_door
    try:
        with smtplib.SMTP(door.host, door.port, timeout=SMTP_SECONDS) as smtp:
            smtp.ehlo()
            clock.say(f"connected to the front door, {door.host}:{door.port}")
            options = ["BODY=8BITMIME", *([] if f"{sender}{address}".isascii() else ["SMTPUTF8"])]
            if "SMTPUTF8" in options:
                smtp.command_encoding = "utf-8"
            _expect(smtp.mail(sender, options), "the sender")
            _expect(smtp.rcpt(address), f"the recipient {address}")
            reply = _expect(_hand_over(smtp, content), "the message")
    except (OSError, smtplib.SMTPException) as error:
        raise Unavailable(
            f"the front door on {door.host}:{door.port} does not answer ({error})",
            hint="Start the house with machiya up; machiya status tells what runs.",
        ) from error
    held = _HELD.search(reply)
    if not held:
        raise Unavailable(f"what answers on port {door.port} is no front door: {reply!r}", hint="See front_door.port.")
    clock.say(f"held at the edge as {held[1].decode()}")
    return parse_delivery_id(held[1].decode())


def _hand_over(smtp: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
    """DATA with our own dot-stuffing: the library's touches dots after bare line feeds, and bare line feeds too."""
    go_ahead = smtp.docmd("DATA")
    if go_ahead[0] != _GO_AHEAD:
        return go_ahead
    smtp.send(re.sub(rb"(\A|\r\n)\.", rb"\1..", content) + b".\r\n")
    return smtp.getreply()


def _expect(reply: tuple[int, bytes], what: str) -> bytes:
    code, text = reply
    if code in {250, 251}:
        return text
    said = f"the front door refused {what}: {code} {text.decode('utf-8', 'replace')}"
    if code in _TEMPORARY:
        raise Unavailable(said, hint="machiya status tells what is wrong; a sender would try again.")
    raise Refused(said, hint=_HINTS.get(text[:5], "The reply says why; nothing was sent."))


def _follow(house: "House", delivery_id: DeliveryId, content: bytes, clock: _Stopwatch, wait: float) -> None:
    shown = 0
    while True:
        journey = _journey(house, delivery_id)
        for step in journey.steps[1:][shown:] if journey else ():
            clock.say(step.text)
            shown += 1
        if journey and journey.record.state != "pending":
            _finish(journey)
            _look_into_mailboxes(house, journey, content, clock)
            console.say(_outcome(house, delivery_id))
            return
        if clock.seconds > wait:
            raise _late(house, delivery_id, wait)
        time.sleep(POLL_SECONDS)  # noqa: TID251 – a person watches; there is no event in another process's database


def _journey(house: "House", delivery_id: DeliveryId) -> Journey | None:
    trace = house.trace_reader()
    found = trace.search(delivery_id, since=None, limit=1)
    return Journey(found[0], tell(found[0], trace.events(delivery_id))) if found else None


def _finish(journey: Journey) -> None:
    if journey.record.state == "dead":
        raise Refused(f"it became a dead letter: {journey.record.reason}", hint="machiya edge dead list shows it.")


def _outcome(house: "House", delivery_id: DeliveryId) -> str:
    states = {entry.state for entry in house.trace_reader().entries(delivery_id)}
    if EntryState.QUARANTINED in states:
        return f"Not delivered: it is in the quarantine. machiya quarantine show {delivery_id} tells more."
    return f"Delivered. machiya trace {delivery_id} shows this again."


def _look_into_mailboxes(house: "House", journey: Journey, content: bytes, clock: _Stopwatch) -> None:
    """The ledger says so; the file is the proof. Behind LMTP the files are another program's."""
    if house.settings.mail.store != "maildir":
        return
    delivery_id, reader = journey.record.delivery_id, house.maildir_reader()
    for entry in house.trace_reader().entries(delivery_id):
        if entry.state is not EntryState.STORED:
            continue
        if not reader.raw(entry.mailbox, delivery_id).endswith(content.replace(b"\r\n", b"\n")):
            raise Refused(
                f"the file in {entry.mailbox} is not what was sent",
                hint=f"Please report it with machiya mail show --raw {entry.mailbox} {delivery_id}.",
            )
        clock.say(f"found in the mailbox of {entry.mailbox}, every byte as it was sent")


def _late(house: "House", delivery_id: DeliveryId, wait: float) -> Unavailable:
    asked = [part.name for part in house.embedded_parts().report().parts if part.state != "ready"]
    why = f" ({', '.join(asked)} not ready)" if asked else ""
    return Unavailable(
        f"not in the mailbox after {wait:.0f} s{why}; the edge holds it and goes on trying",
        hint=f"machiya status tells what is wrong; later: machiya trace {delivery_id}.",
    )
