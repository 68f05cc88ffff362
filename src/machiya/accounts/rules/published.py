"""What Dovecot reads of the rules: one script for each mailbox that has any switched on."""

import hashlib
from collections.abc import Iterable

from machiya.accounts.flatten import ROLES
from machiya.accounts.published import Publication
from machiya.accounts.rules.model import PublishedScript, Rules
from machiya.accounts.rules.sieve import render
from machiya.core.addresses import EmailAddress


def scripts(publication: Publication, rules: Iterable[Rules]) -> tuple[PublishedScript, ...]:
    """The scripts, by login; addresses that lead to one mailbox alone are its own."""
    own: dict[EmailAddress, list[EmailAddress]] = {}
    for one in publication.addresses:
        if len(one.mailboxes) == 1 and one.entry.local not in ROLES and one.pattern == str(one.entry):
            own.setdefault(one.mailboxes[0], []).append(one.entry)
    rendered = ((one.address, render(one, _writable(own.get(one.address, ())))) for one in rules)
    found = (PublishedScript(login, _id(script), script) for login, script in rendered if script)
    return tuple(sorted(found, key=lambda one: str(one.login)))


def _writable(addresses: Iterable[EmailAddress]) -> list[EmailAddress]:
    """Dovecot refuses the whole script for an address that it cannot read."""
    return [one for one in addresses if one.local.isascii() and not one.local.startswith('"')]


def _id(script: str) -> str:
    return hashlib.sha256(script.encode()).hexdigest()
