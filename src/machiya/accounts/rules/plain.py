"""Rules as plain JSON values, as the database and scripts have them."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from machiya.accounts.rules.model import Comparison, Condition, Field, Filter, Forwarding, Rules, Vacation
from machiya.core.addresses import EmailAddress
from machiya.core.clock import from_wire, to_wire


def to_plain(rules: Rules) -> dict[str, Any]:
    """Everything but the address; ``from_plain`` reads it again."""
    return {
        "vacation": vacation_to_plain(rules.vacation) if rules.vacation else None,
        "forwarding": forwarding_to_plain(rules.forwarding) if rules.forwarding else None,
        "filters": [filter_to_plain(one) for one in rules.filters],
    }


def from_plain(address: EmailAddress, plain: Mapping[str, Any]) -> Rules:
    """The rules of ``address``; a field that a newer Machiya has added is not looked at."""
    vacation, forwarding = plain.get("vacation"), plain.get("forwarding")
    return Rules(
        address,
        _vacation(vacation) if vacation else None,
        _forwarding(forwarding) if forwarding else None,
        tuple(filter_from_plain(one) for one in plain.get("filters", ())),
    )


def vacation_to_plain(vacation: Vacation) -> dict[str, Any]:
    """Days as ``2026-08-10``, moments as RFC 3339."""
    days = {name: str(value) if value else None for name, value in _days(vacation)}
    moments = {name: to_wire(value) if value else None for name, value in _moments(vacation)}
    return asdict(vacation) | days | moments


def forwarding_to_plain(forwarding: Forwarding) -> dict[str, Any]:
    """Addresses as text."""
    return asdict(forwarding) | {"targets": [str(one) for one in forwarding.targets]}


def filter_to_plain(one: Filter) -> dict[str, Any]:
    """Addresses as text; conditions as field, comparison, text."""
    conditions = [{"field": c.field.value, "comparison": c.comparison.value, "text": c.text} for c in one.conditions]
    return asdict(one) | {"conditions": conditions, "forward_to": [str(target) for target in one.forward_to]}


def filter_from_plain(plain: Mapping[str, Any]) -> Filter:
    """One filter.

    Raises:
        KeyError, ValueError, TypeError: it is none.
        InvalidAddress: an address in it is none.
    """
    return Filter(
        name=plain["name"],
        conditions=tuple(
            Condition(Field(one["field"]), Comparison(one["comparison"]), one["text"]) for one in plain["conditions"]
        ),
        match_all=plain.get("match_all", True),
        folder=plain.get("folder", ""),
        mark_read=plain.get("mark_read", False),
        flag=plain.get("flag", False),
        forward_to=_addresses(plain.get("forward_to", ())),
        trash=plain.get("trash", False),
        stop=plain.get("stop", True),
        enabled=plain.get("enabled", True),
    )


def _vacation(plain: Mapping[str, Any]) -> Vacation:
    return Vacation(
        text=plain["text"],
        subject=plain["subject"],
        first_day=_day(plain["first_day"]),
        last_day=_day(plain["last_day"]),
        time_zone=plain["time_zone"],
        days=plain["days"],
        enabled=plain["enabled"],
        starts_at=_moment(plain["starts_at"]),
        ends_at=_moment(plain["ends_at"]),
    )


def _forwarding(plain: Mapping[str, Any]) -> Forwarding:
    return Forwarding(_addresses(plain["targets"]), plain["keep_copy"], plain["enabled"])


def _days(vacation: Vacation) -> tuple[tuple[str, date | None], ...]:
    return ("first_day", vacation.first_day), ("last_day", vacation.last_day)


def _moments(vacation: Vacation) -> tuple[tuple[str, datetime | None], ...]:
    return ("starts_at", vacation.starts_at), ("ends_at", vacation.ends_at)


def _addresses(texts: Any) -> tuple[EmailAddress, ...]:
    return tuple(EmailAddress.parse(text) for text in texts)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str | None) -> datetime | None:
    return from_wire(text) if text else None
