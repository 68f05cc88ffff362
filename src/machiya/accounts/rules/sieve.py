"""The rules of a mailbox as a Sieve script for Dovecot.

The script requires neither ``variables`` nor ``encoded-character``, so that ``${…}`` in anybody's words stays what it
is. Vacation and forwarding come first, then the filters; what a filter throws into Trash is neither answered nor
forwarded, and a notice of failure (the null sender) is never forwarded, so that it stays where its cause can be seen.
Spam never gets here: the house's own script before this one has filed it.

Source: RFC 5228 (Sieve), RFC 5230 (vacation), RFC 5260 (date), RFC 5490 (mailbox), RFC 3894 (copy), RFC 5232 (flags).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from machiya.accounts.rules.model import Comparison, Condition, Field, Filter, Forwarding, Rules, Vacation
from machiya.core.addresses import EmailAddress

TRASH = "Trash"
_REQUIRED = ("copy", "date", "duplicate", "envelope", "fileinto", "imap4flags", "mailbox", "relational", "vacation")
_HEADERS = {
    Field.SENDER: ("From", "Sender"),
    Field.RECIPIENT: ("To", "Cc"),
    Field.SUBJECT: ("Subject",),
    Field.LIST_ID: ("List-Id",),
}
_NOT_A_NOTICE = 'not envelope :is "from" ""'
# Dovecot drops what it would redirect a second time under one Message-ID within sieve_redirect_duplicate_period, be it
# another message or not. Without a copy it would be lost, so it stays here; the time is longer than Dovecot's.
_TO_GO = (_NOT_A_NOTICE, 'not duplicate :handle "machiya forwarding" :seconds 7200')
# What Pigeonhole does not know by itself (it knows Auto-Submitted, Precedence, the List-* fields, and role senders).
_A_PERSON = (
    'not anyof (exists "List-Id", exists "List-Unsubscribe", exists "Feedback-ID", exists "X-Autoreply")',
    'not header :contains "X-Auto-Response-Suppress" ["All", "OOF", "AutoReply"]',
)


def render(rules: Rules, own_addresses: Sequence[EmailAddress] = ()) -> str:
    """The script, CRLF at line ends; empty if nothing in ``rules`` is switched on.

    Args:
        rules: checked ones.
        own_addresses: those that a vacation answers for.
    """
    filters = [one for one in rules.filters if one.enabled and one.conditions]
    first = [*_vacation(rules.vacation, own_addresses), *_forwarding(rules.forwarding)]
    body = [*_unless_trashed(first, filters), *(line for one in filters for line in _filter(one))]
    if not body:
        return ""
    require = f"require {_listed(_REQUIRED)};"
    return "".join(f"{line}\r\n" for line in ("# Written by Machiya from the rules of the mailbox.", require, *body))


def quoted(text: str) -> str:
    """A Sieve string that says ``text``; line ends become CRLF, a NUL, which no string may hold, is left out."""
    lines = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    return '"' + lines.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _listed(texts: Sequence[str]) -> str:
    return "[" + ", ".join(map(quoted, texts)) + "]" if len(texts) > 1 else quoted(texts[0])


def _vacation(vacation: Vacation | None, own_addresses: Sequence[EmailAddress]) -> Iterator[str]:
    if vacation is None or not vacation.enabled:
        return
    words = [f"vacation :days {vacation.days}"]
    words += [f":subject {quoted(vacation.subject)}"] if vacation.subject else []
    words += [f":addresses {_listed([str(one) for one in own_addresses])}"] if own_addresses else []
    # A new absence answers anew; a word mended in the text does not.
    words += [f":handle {quoted(f'machiya {vacation.first_day}')}", quoted(vacation.text)]
    yield from _if([*_window(vacation), *_A_PERSON], [" ".join(words) + ";"])


def _window(vacation: Vacation) -> Iterator[str]:
    for relation, moment in (("ge", vacation.starts_at), ("lt", vacation.ends_at)):
        if moment is not None:
            yield f'currentdate :zone "+0000" :value "{relation}" "iso8601" {quoted(_second(moment))}'


def _second(moment: datetime) -> str:
    """Compared as text, so without the offset that follows in what it is compared with."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _forwarding(forwarding: Forwarding | None) -> Iterator[str]:
    if forwarding is None or not forwarding.enabled:
        return
    tag = " :copy" if forwarding.keep_copy else ""
    sent = [f"redirect{tag} {quoted(str(target))};" for target in forwarding.targets]
    yield from _if([_NOT_A_NOTICE], sent) if forwarding.keep_copy else _if(_TO_GO, [*sent, "stop;"])


def _unless_trashed(lines: Sequence[str], filters: Sequence[Filter]) -> Iterator[str]:
    trashed = list(_trashed(filters)) if lines else []
    yield from _if([f"not {_any(trashed)}"], lines) if trashed else lines


def _trashed(filters: Sequence[Filter]) -> Iterator[str]:
    """Tests of which one holds exactly if a filter that throws into Trash is reached and fits."""
    decided: list[str] = []
    for one in filters:
        if one.trash:
            yield _all([f"not {_any(decided)}", _test(one)]) if decided else _test(one)
        elif one.stop:
            decided.append(_test(one))


def _filter(one: Filter) -> Iterator[str]:
    actions = ['addflag "\\\\Seen";'] if one.mark_read else []
    actions += ['addflag "\\\\Flagged";'] if one.flag else []
    sent = [f"redirect :copy {quoted(str(target))};" for target in one.forward_to]
    actions += _if([_NOT_A_NOTICE], sent) if sent else []
    folder = TRASH if one.trash else one.folder
    actions += [f"fileinto :create {quoted(folder)};"] if folder else []
    yield from _if([_test(one)], [*actions, "stop;"] if one.stop else actions)


def _test(one: Filter) -> str:
    tests = [_condition(condition) for condition in one.conditions]
    return _all(tests) if one.match_all else _any(tests)


def _condition(condition: Condition) -> str:
    headers, text = _listed(_HEADERS[condition.field]), quoted(condition.text)
    if condition.comparison is Comparison.CONTAINS:
        return f"header :contains {headers} {text}"
    whole = f"header :is {headers} {text}"
    if condition.field in {Field.SENDER, Field.RECIPIENT}:
        return f"anyof (address :is {headers} {text}, {whole})"
    if condition.field is Field.LIST_ID:
        return f"anyof (header :contains {headers} {quoted(f'<{condition.text}>')}, {whole})"
    return whole


def _if(tests: Sequence[str], lines: Sequence[str]) -> list[str]:
    return [f"if {_all(tests)} {{", *(f"    {line}" for line in lines), "}"]


def _all(tests: Sequence[str]) -> str:
    return f"allof ({', '.join(tests)})" if len(tests) > 1 else tests[0]


def _any(tests: Sequence[str]) -> str:
    return f"anyof ({', '.join(tests)})" if len(tests) > 1 else tests[0]
