"""What can be used in rules; every refusal says what to do. What comes out is tidied, and safe to render."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from machiya.accounts.rules.model import Condition, Filter, Forwarding, Rules, Vacation
from machiya.accounts.rules.sieve import render
from machiya.core.addresses import EmailAddress
from machiya.core.errors import InvalidInput

TEXT_CHARACTERS = 10_000
SUBJECT_CHARACTERS = 200
NAME_CHARACTERS = 100
CONDITION_CHARACTERS = 200
CONDITIONS = 20
FILTERS = 50
TARGETS = 10
"""In all forwarding and filters of one mailbox together; Dovecot's ``sieve_max_redirects`` is the same."""
LONGEST_DAYS = 60
"""Dovecot's ``sieve_vacation_max_period``."""
FOLDER_OCTETS = 200
SCRIPT_OCTETS = 500_000
"""Half of Dovecot's ``sieve_max_script_size``, so that there is room for the aliases that come later."""
_FIRST_YEAR, _LAST_YEAR = 1970, 9000
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_IN_FOLDERS = re.compile(r"[.*%\\&]|^~|^/|/$|//| /|/ ")


def checked_vacation(vacation: Vacation) -> Vacation:
    """The same with tidy text and its moments.

    Raises:
        InvalidInput: the text, subject, days or time zone cannot be used.
    """
    text = vacation.text.replace("\r\n", "\n").replace("\r", "\n").strip()
    _check(bool(text), "the vacation has no text", "Write what the sender should read.")
    _check(len(text) <= TEXT_CHARACTERS, "the text of the vacation is too long", f"At most {TEXT_CHARACTERS:,}.")
    _plain(text.replace("\n", "").replace("\t", ""), "the text of the vacation")
    _check(1 <= vacation.days <= LONGEST_DAYS, f"{vacation.days} days between answers", f"1 to {LONGEST_DAYS} work.")
    first, last = vacation.first_day, vacation.last_day
    if first and last:
        _check(first <= last, f"the first day {first} is after the last day {last}", "Exchange them.")
    return replace(
        vacation,
        text=text,
        subject=_line(vacation.subject, "the subject of the vacation", SUBJECT_CHARACTERS),
        starts_at=_midnight(first, vacation.time_zone),
        ends_at=_midnight(last, vacation.time_zone, after=1),
    )


def checked_forwarding(forwarding: Forwarding) -> Forwarding:
    """The same, each target once.

    Raises:
        InvalidInput: no target, too many, or one that Dovecot cannot send to.
    """
    targets = tuple(dict.fromkeys(forwarding.targets))
    _check(bool(targets), "there is nobody to forward to", "Name an address.")
    return replace(forwarding, targets=_writable(targets))


def checked_filters(filters: Sequence[Filter]) -> tuple[Filter, ...]:
    """The same, tidied.

    Raises:
        InvalidInput: too many, or something in one cannot be used.
    """
    _check(len(filters) <= FILTERS, f"{len(filters)} filters", f"At most {FILTERS} work.")
    return tuple(_checked_filter(one, number) for number, one in enumerate(filters, start=1))


def check_whole(rules: Rules) -> None:
    """What Dovecot would not take of rules that are each good.

    Raises:
        InvalidInput: too many addresses to forward to, or more conditions than a script may hold, all rules together.
    """
    forwarded = len(rules.forwarding.targets) if rules.forwarding else 0
    count = forwarded + sum(len(one.forward_to) for one in rules.filters)
    _check(count <= TARGETS, f"{count} addresses to forward to", f"At most {TARGETS}, all rules of a mailbox together.")
    size = len(render(rules).encode())
    _check(
        size <= SCRIPT_OCTETS, "the filters of this mailbox are too many for its mail server", "Use fewer conditions."
    )


def checked_folder(folder: str) -> str:
    """A folder's name as the mail store takes it.

    Raises:
        InvalidInput: a character or length that it does not take.
    """
    name = _line(folder, "the name of the folder", FOLDER_OCTETS)
    hint = "Letters of any language, digits, blanks, - and _ work; / puts one folder below another."
    _check(not _NOT_IN_FOLDERS.search(name), f"a folder cannot be called {name!r}", hint)
    long = any(len(part.encode("utf-16-be")) > FOLDER_OCTETS for part in name.split("/"))
    _check(not long, f"the name of the folder is too long: {name!r}", "At most 100 characters.")
    return name


def _checked_filter(one: Filter, number: int) -> Filter:
    what = f"filter {number}"
    _check(bool(one.conditions), f"{what} has no condition", "Say which messages it is for.")
    _check(len(one.conditions) <= CONDITIONS, f"{what} has {len(one.conditions)} conditions", f"At most {CONDITIONS}.")
    does = one.folder or one.mark_read or one.flag or one.forward_to or one.trash
    _check(bool(does), f"{what} does nothing", "Name a folder, or what else to do with the message.")
    _check(not (one.trash and one.folder), f"{what} has a folder and Trash", "Choose one of the two.")
    return replace(
        one,
        name=_line(one.name, f"the name of {what}", NAME_CHARACTERS) or what.capitalize(),
        conditions=tuple(_checked_condition(condition, what) for condition in one.conditions),
        folder=checked_folder(one.folder) if one.folder else "",
        forward_to=_writable(tuple(dict.fromkeys(one.forward_to))),
    )


def _checked_condition(condition: Condition, what: str) -> Condition:
    text = _line(condition.text, f"a condition of {what}", CONDITION_CHARACTERS)
    _check(bool(text), f"a condition of {what} has no text", "It would hold for every message: say what to look for.")
    return replace(condition, text=text)


def _writable(targets: tuple[EmailAddress, ...]) -> tuple[EmailAddress, ...]:
    for target in targets:
        plain = target.local.isascii() and not target.local.startswith('"')
        _check(plain, f"mail cannot be forwarded to {target}", "Name an address of plain letters, digits and . _ - +.")
    return targets


def _line(text: str, what: str, most: int) -> str:
    tidy = unicodedata.normalize("NFC", text.strip())
    _plain(tidy, what)
    _check(len(tidy) <= most, f"{what} is too long", f"At most {most} characters.")
    return tidy


def _plain(text: str, what: str) -> None:
    found = _CONTROLS.search(text)
    _check(not found, f"{what} contains a control character: {found.group()!r}" if found else "", "Remove it.")


def _midnight(day: date | None, zone: str, after: int = 0) -> datetime | None:
    """When ``day`` (and ``after`` more) begins there."""
    try:
        found = ZoneInfo(zone)
    except (OSError, ValueError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise _unknown_zone(zone) from error
    except KeyError as error:
        raise _unknown_zone(zone) from error
    if day is None:
        return None
    _check(_FIRST_YEAR <= day.year <= _LAST_YEAR, f"the year of {day}", f"{_FIRST_YEAR} to {_LAST_YEAR} work.")
    return datetime.combine(day + timedelta(days=after), time(), found).astimezone(UTC)


def _unknown_zone(zone: str) -> InvalidInput:
    return InvalidInput(f"there is no time zone {zone!r}", hint="Write it like Asia/Tokyo or Europe/Berlin.")


def _check(good: bool, message: str, hint: str) -> None:  # noqa: FBT001 – reads like assert
    if not good:
        raise InvalidInput(message, hint=hint)
