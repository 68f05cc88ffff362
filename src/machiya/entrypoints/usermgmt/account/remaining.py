"""After the owner of a mailbox changed the password: what still lets others in or sends mail on, and ending it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, render_template

from machiya.accounts.app_passwords import list_app_passwords
from machiya.accounts.model import AppPassword
from machiya.core.addresses import EmailAddress
from machiya.entrypoints.usermgmt.desk import own_address
from machiya.entrypoints.usermgmt.pages import Visitors, page
from machiya.entrypoints.usermgmt.rules.saving import own_rules

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk


@dataclass(frozen=True, slots=True)
class Remaining:
    """App passwords, where mail is sent on to by the forwarding, and the names of filters that send it on."""

    app_passwords: tuple[AppPassword, ...]
    forwarding: tuple[EmailAddress, ...]
    filters: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.app_passwords or self.forwarding or self.filters)


def remaining(desk: "Desk", address: EmailAddress) -> Remaining:
    """What a new password does not end."""
    rules = own_rules(desk)
    forwarding = rules.forwarding.targets if rules.forwarding and rules.forwarding.enabled else ()
    filters = tuple(one.name for one in rules.filters if one.forward_to and one.enabled)
    return Remaining(list_app_passwords(desk.reading(), address), forwarding, filters)


def still_open(pages: Blueprint, desk: "Desk") -> None:
    """Add the route."""

    @pages.get("/still-open")
    @page(Visitors.OWNER)
    def still_open_page() -> str:
        return render_template("account/still_open.html", found=remaining(desk, own_address()))
