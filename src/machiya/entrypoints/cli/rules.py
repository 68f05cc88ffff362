"""``machiya mailbox vacation`` and ``forward``: what a mailbox does by itself."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from machiya.accounts.rules.model import Forwarding, RulesSaved, Vacation
from machiya.accounts.rules.plain import forwarding_to_plain, to_plain, vacation_to_plain
from machiya.core.addresses import EmailAddress
from machiya.core.errors import InvalidInput
from machiya.entrypoints.cli import accounts_view as view
from machiya.entrypoints.cli import console
from machiya.entrypoints.cli.audited import note
from machiya.entrypoints.cli.house import Json, opened

if TYPE_CHECKING:
    from machiya.accounts.rules.changes import MailboxRules

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The mailbox: taro@example.jp.")]
On = Annotated[bool | None, typer.Option("--on/--off", help="Switch it on or off; what it says is kept.")]
Remove = Annotated[bool, typer.Option("--remove", help="Forget it.")]


def vacation(
    context: typer.Context,
    address: Address,
    *,
    text: Annotated[str, typer.Option("--text", help="What the sender reads.")] = "",
    text_file: Annotated[str, typer.Option("--text-file", metavar="FILE", help="Read it from here; -: stdin.")] = "",
    subject: Annotated[str | None, typer.Option("--subject", help="Empty: made from the message's own.")] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day: 2026-08-10; empty: now.")
    ] = None,
    last: Annotated[str | None, typer.Option("--until", metavar="DAY", help="Last day, included; empty: none.")] = None,
    zone: Annotated[str, typer.Option("--zone", help="Time zone of the days: Asia/Tokyo (else this machine's).")] = "",
    days: Annotated[int | None, typer.Option("--days", help="One sender gets one answer in so many days.")] = None,
    on: On = None,
    remove: Remove = False,
    as_json: Json = False,
) -> None:
    """Answer whoever writes while its owner is away; without options: show it. What is not named stays."""
    parsed = EmailAddress.parse(address)
    rules = audited_rules(context, parsed, "vacation")
    before = rules.show(parsed).vacation
    said = _read(text, text_file)
    nothing = not (said or zone or remove) and all(one is None for one in (subject, first, last, days, on))
    if nothing:
        _show_vacation(before, as_json=as_json)
        return
    base = before or Vacation("", time_zone=_zone_here())
    wanted = Vacation(
        text=said or base.text,
        subject=base.subject if subject is None else subject,
        first_day=base.first_day if first is None else _day(first),
        last_day=base.last_day if last is None else _day(last),
        time_zone=zone or base.time_zone,
        days=base.days if days is None else days,
        enabled=base.enabled if on is None else on,
    )
    saved = rules.set_vacation(parsed, None if remove else wanted)
    told(saved, as_json=as_json)
    if not as_json:
        _show_vacation(saved.rules.vacation, as_json=False)


def forward(
    context: typer.Context,
    address: Address,
    targets: Annotated[
        list[str] | None, typer.Argument(metavar="[TARGET]...", help="Addresses, here or outside.")
    ] = None,
    *,
    keep: Annotated[bool | None, typer.Option("--keep/--no-keep", help="A copy stays in the mailbox, or none.")] = None,
    on: On = None,
    remove: Remove = False,
    as_json: Json = False,
) -> None:
    """Send its mail on to other addresses; without targets and options: show it. What is not named stays."""
    parsed = EmailAddress.parse(address)
    rules = audited_rules(context, parsed, "forwarding", targets=", ".join(targets or ()))
    before = rules.show(parsed).forwarding
    if not (targets or remove) and keep is None and on is None:
        _show_forwarding(before, as_json=as_json)
        return
    base = before or Forwarding(())
    wanted = Forwarding(
        tuple(EmailAddress.parse(target) for target in targets) if targets else base.targets,
        base.keep_copy if keep is None else keep,
        base.enabled if on is None else on,
    )
    saved = rules.set_forwarding(parsed, None if remove else wanted)
    told(saved, as_json=as_json)
    if not as_json:
        _show_forwarding(saved.rules.forwarding, as_json=False)


def audited_rules(context: typer.Context, address: EmailAddress, what: str, **details: object) -> "MailboxRules":
    """The use cases, whose changes are written to the audit log."""
    house = opened(context)
    return house.rules(house.accounts_uow(audit=note(f"rules.{what}", address, **details)))


def told(saved: RulesSaved, *, as_json: bool) -> None:
    """The warnings; for a script the rules too."""
    if as_json:
        warnings = [{"code": one.code, "message": one.message} for one in saved.warnings]
        console.show_json({"address": str(saved.rules.address), **to_plain(saved.rules), "warnings": warnings})
        return
    for one in saved.warnings:
        console.warn(one.message)


def _show_vacation(vacation: Vacation | None, *, as_json: bool) -> None:
    if as_json:
        console.show_json({"vacation": vacation_to_plain(vacation) if vacation else None})
    elif vacation is None:
        console.say("No vacation.")
    else:
        console.show_facts(
            [
                ("vacation", _state(enabled=vacation.enabled)),
                ("days", _period(vacation)),
                ("subject", vacation.subject or "made from the message's own"),
                ("each sender", f"once in {vacation.days} days"),
                ("text", vacation.text),
            ]
        )


def _zone_here() -> str:
    from machiya.settings import time_zone_here  # noqa: PLC0415 – see house.py

    return time_zone_here()


def _period(vacation: Vacation) -> str:
    first, last, zone = vacation.first_day, vacation.last_day, f"({vacation.time_zone})"
    if first and last:
        return f"{first} – {last} {zone}"
    if last:
        return f"from now on until {last} {zone}"
    begin = f"from {first} {zone}" if first else "from now on"
    return f"{begin}, until it is turned off"


def _show_forwarding(forwarding: Forwarding | None, *, as_json: bool) -> None:
    if as_json:
        console.show_json({"forwarding": forwarding_to_plain(forwarding) if forwarding else None})
    elif forwarding is None:
        console.say("No forwarding.")
    else:
        copy = "stays in the mailbox" if forwarding.keep_copy else "none stays in the mailbox"
        facts = [
            ("forwarding", _state(enabled=forwarding.enabled)),
            ("to", view.listed(forwarding.targets)),
            ("copy", copy),
        ]
        console.show_facts(facts)


def _state(*, enabled: bool) -> str:
    return "on" if enabled else "off"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInput(f"not a day: {text!r}", hint="Write it like 2026-08-10.") from error


def _read(text: str, file: str) -> str:
    if text and file:
        raise InvalidInput("--text and --text-file exclude one another", hint="Give one of them.")
    if not file:
        return text
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} cannot be read: {error}", hint="Name a text file in UTF-8.") from error
