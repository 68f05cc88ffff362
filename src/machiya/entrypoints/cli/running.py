"""What is said while the house runs in the foreground: where what is, and one short line for what happens."""

import json
from typing import TYPE_CHECKING, Any

from machiya.entrypoints.cli import console

if TYPE_CHECKING:
    from machiya.bootstrap import House

_TOLD = {
    "mail.held": "held at the edge for {recipients}, {size_bytes} bytes",
    "mail.inbound": "{delivery_id}: {code}, {size_bytes} bytes in {duration_ms} ms",
    "edge.house_ill": "mail-api does not answer; the front door keeps what it has and tries again",
}


def greeting(house: "House", mailboxes: tuple[str, ...]) -> str:
    """What runs where, how to send, where it lands, how to stop."""
    api, door = house.settings.mail_api, house.settings.front_door
    first = mailboxes[0] if mailboxes else "NAME@DOMAIN"
    return f"""\
The house is ready.
  front door   {door.host}:{door.port}  takes mail over SMTP, as the edge would
  mail-api     {api.host}:{api.port}  private side {api.private_host}:{api.private_port} (health, metrics)
  usermgmt     {house.settings.usermgmt_url}  mailboxes and passwords in the browser
  administer   machiya admin invite NAME --role owner prints the link for the first administrator
  mailboxes    {", ".join(mailboxes) or "none yet: machiya domain add, machiya mailbox add"}
  mail lands   {house.mail_folder}
  logs         {house.log_folder}
Send a message:   machiya send-test {first}
Read it:          machiya mail list {first}
Stop:             Ctrl-C, or machiya down"""


def first_mailboxes(house: "House") -> tuple[str, ...]:
    """Up to five that can be written to."""
    with house.accounts_uow(read_only=True) as work:
        return tuple(box.address.unicode for box in work.accounts.mailboxes() if box.enabled)[:5]


def brief(part: str, line: bytes) -> str | None:
    """A part's log line as a person wants it; None for what only the log file keeps."""
    text = line.decode("utf-8", "replace")
    try:
        event: dict[str, Any] = json.loads(text)
        name, level = str(event["event"]), str(event["level"])
    except (ValueError, KeyError, TypeError):
        return f"{part}: {text}"
    if name in _TOLD:
        shown = {key: ", ".join(value) if isinstance(value, list) else value for key, value in event.items()}
        return f"{part}: {_TOLD[name].format_map(_Lenient(shown))}"
    return f"{part}: {text}" if level in {"warning", "error", "critical"} else None


class _Lenient(dict[str, Any]):
    """A field that is missing is shown as ``?``: a log line must never stop the house."""

    def __missing__(self, key: str) -> str:
        return "?"


def tell_line(part: str, line: bytes) -> None:
    """Say it if it is for people."""
    told = brief(part, line)
    if told:
        console.note(told)
