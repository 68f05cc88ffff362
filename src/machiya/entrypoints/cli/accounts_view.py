"""How domains, mailboxes, aliases and their removal are shown, to people and to scripts."""

from typing import TYPE_CHECKING, Any

from machiya.accounts.domains import DomainRemoval, DomainView
from machiya.accounts.mailboxes import MailboxView, RemovalReport
from machiya.accounts.model import Alias, Mailbox
from machiya.accounts.references import References
from machiya.core.addresses import EmailAddress
from machiya.core.clock import to_wire
from machiya.core.sizes import format_size
from machiya.entrypoints.cli import console

if TYPE_CHECKING:
    from machiya.bootstrap import House

MINUTE = 60


def domain_data(view: DomainView) -> dict[str, Any]:
    """Plain JSON values."""
    return {
        "name": str(view.domain.name),
        "unicode": view.domain.name.unicode,
        "catch_all": str(view.domain.catch_all) if view.domain.catch_all else None,
        "mailboxes": view.mailboxes,
        "aliases": view.aliases,
        "created_at": to_wire(view.domain.created_at),
    }


def mailbox_data(mailbox: Mailbox) -> dict[str, Any]:
    """Plain JSON values; of the password only whether there is one."""
    return {
        "address": str(mailbox.address),
        "unicode": mailbox.address.unicode,
        "enabled": mailbox.enabled,
        "quota_bytes": mailbox.quota_bytes,
        "has_password": bool(mailbox.password),
        "app_passwords_required": mailbox.app_passwords_required,
        "created_at": to_wire(mailbox.created_at),
    }


def mailbox_view_data(view: MailboxView) -> dict[str, Any]:
    """Plain JSON values."""
    return mailbox_data(view.mailbox) | {
        "aliases": [str(address) for address in view.aliases],
        "catch_all_of": [str(name) for name in view.catch_all_of],
        "message_count": view.message_count,
        "usage_bytes": view.usage_bytes,
        "app_passwords": view.app_passwords,
    }


def alias_data(alias: Alias) -> dict[str, Any]:
    """Plain JSON values."""
    return {
        "address": str(alias.address),
        "unicode": alias.address.unicode,
        "targets": [str(target) for target in alias.targets],
        "created_at": to_wire(alias.created_at),
    }


def listed(names: "tuple[Any, ...]") -> str:
    """``a, b`` or a dash."""
    return ", ".join(getattr(name, "unicode", str(name)) for name in names) or "–"


def maybe(address: EmailAddress | None) -> str:
    """The address, or a dash."""
    return address.unicode if address else "–"


def quota_text(quota_bytes: int) -> str:
    """A size, or that there is none."""
    return format_size(quota_bytes) if quota_bytes else "none"


def edge_knows(house: "House") -> str:
    """How soon the edge accepts or refuses what was changed here."""
    seconds = house.settings.edge.recipients_interval_seconds
    amount = f"{seconds:g} seconds" if seconds < 2 * MINUTE else f"{seconds / MINUTE:g} minutes"
    return f"The edge knows within {amount}, while the house is up."


def owner_of(house: "House") -> EmailAddress | None:
    """The owner that the settings name."""
    owner = house.settings.house.owner
    return EmailAddress.parse(owner) if owner else None


def show_references(found: References) -> None:
    """What else changes when an address goes."""
    if found.aliases_changed:
        console.say(f"  aliases that lose a target: {listed(found.aliases_changed)}")
    if found.aliases_removed:
        console.say(f"  aliases removed, nothing left to point to: {listed(found.aliases_removed)}")
    if found.catch_alls:
        console.say(f"  catch-all ends for: {listed(found.catch_alls)}")


def mail_text(message_count: int, mail_bytes: int) -> str:
    """``1 message, 1.5 KiB``"""
    return f"{message_count} {'message' if message_count == 1 else 'messages'}, {format_size(mail_bytes)}"


def show_mailbox_plan(plan: RemovalReport, *, webmail: bool) -> None:
    """What removing a mailbox will do; ``webmail``: in a house that has one, or may have had one."""
    console.say(f"Removing the mailbox {plan.address.unicode}:")
    console.say(f"  its mail ({mail_text(plan.message_count, plan.mail_bytes)}) is put aside, not deleted")
    if webmail:
        console.say("  its contacts, identities and settings in webmail are deleted")
    show_references(plan.references)
    if plan.is_owner:
        console.warn(f"{plan.address} is the owner of this house (house.owner): name another in machiya.toml.")


def show_domain_plan(plan: DomainRemoval, *, webmail: bool) -> None:
    """What removing a domain will do; ``webmail`` as in ``show_mailbox_plan``."""
    console.say(f"Removing the domain {plan.name.unicode}:")
    console.say(f"  mailboxes: {listed(plan.mailboxes)}")
    console.say(f"  aliases: {listed(plan.aliases)}")
    console.say(f"  their mail ({mail_text(plan.message_count, plan.mail_bytes)}) is put aside, not deleted")
    if webmail and plan.mailboxes:
        console.say("  their contacts, identities and settings in webmail are deleted")
    show_references(plan.references)
    if plan.owner_lives_here:
        console.warn("the owner of this house (house.owner) lives here: name another in machiya.toml.")


def warn_of_open_sessions(reason: str) -> None:
    """The change is made, and yet a mail program may be logged in that no longer may."""
    if reason:
        console.warn(f"Mail programs that were logged in may still be: {reason}")
        console.note("machiya restart dovecot logs all of them out.")
