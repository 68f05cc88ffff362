"""Saving rules: audited, and what may not be meant is told on the next page."""

from typing import TYPE_CHECKING

from flask import url_for
from werkzeug.wrappers import Response

from machiya.accounts.rules.changes import MailboxRules
from machiya.accounts.rules.model import Rules, RulesSaved
from machiya.entrypoints.usermgmt.desk import own_address
from machiya.entrypoints.usermgmt.i18n.errors import sentence
from machiya.entrypoints.usermgmt.i18n.language import marked
from machiya.entrypoints.usermgmt.ways import done

if TYPE_CHECKING:
    from machiya.entrypoints.usermgmt.desk import Desk

_SAVED = marked("Saved.")
_WARNED = marked("Saved. Please note: %(warnings)s")


def own_rules(desk: "Desk") -> Rules:
    """Of the mailbox whose owner is asking."""
    return desk.house.rules(desk.reading()).show(own_address())


def changing_rules(desk: "Desk", action: str) -> MailboxRules:
    """The use cases, in a transaction that writes ``action`` into the audit log."""
    return desk.house.rules(desk.changing(action, own_address()))


def saved(outcome: RulesSaved, endpoint: str) -> Response:
    """On to ``endpoint``, with the warnings in the visitor's language."""
    warnings = "; ".join(sentence(warned.message) for warned in outcome.warnings)
    return done(url_for(endpoint), _WARNED if warnings else _SAVED, warnings=warnings)
