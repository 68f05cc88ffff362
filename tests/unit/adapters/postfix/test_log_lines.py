"""Lines as Postfix 3.10 writes them."""

from datetime import UTC, datetime

import pytest

from machiya.adapters.postfix.log_lines import PostfixLogLines
from machiya.mail.outgoing import OutgoingFacts, OutgoingKind

NOW = datetime(2026, 11, 28, 22, 30, tzinfo=UTC)
AT = datetime(2026, 11, 28, 22, 11, 1, tzinfo=UTC)
ID = "4dQxYz0abcz2k"
read = PostfixLogLines(("10.77.1.14[",))


def line(program: str, rest: str, queue_id: str = ID, at: str = "Nov 28 22:11:01") -> str:
    return f"{at} mail postfix/{program}[123]: {queue_id}: {rest}"


def said(program: str, rest: str) -> OutgoingFacts:
    facts = read(line(program, rest), now=NOW, order=42)
    assert facts is not None
    assert (facts.queue_id, facts.at) == (ID, AT)
    return facts


def told(program: str, rest: str) -> tuple[OutgoingKind, str, dict[str, object]]:
    event = said(program, rest).event
    assert event is not None
    assert event.order == 42
    return event.kind, event.recipient, dict(event.detail)


def test_submission_has_its_login() -> None:
    rest = "client=unknown[10.77.4.1], sasl_method=PLAIN, sasl_username=taro@home.test"
    assert said("submission/smtpd", rest).login == "taro@home.test"
    assert told("submission/smtpd", rest) == (OutgoingKind.SUBMITTED, "", {"login": "taro@home.test"})
    assert told("internal/smtpd", "client=dovecot[10.77.1.14]") == (OutgoingKind.SUBMITTED, "", {"login": ""})


def test_cleanup_has_the_message_id() -> None:
    assert said("submission/cleanup", "message-id=<m1@home.test>").message_id == "m1@home.test"
    assert said("cleanup", "message-id=odd").message_id == "odd"


def test_queue_has_sender_and_size() -> None:
    facts = said("qmgr", "from=<taro@home.test>, size=812, nrcpt=2 (queue active)")
    assert (facts.sender, facts.size_bytes) == ("taro@home.test", 812)
    assert facts.event is not None
    assert facts.event.detail == {"size": 812, "recipients": 2}
    assert said("qmgr", "from=<>, size=12, nrcpt=1 (queue active)").sender == ""


def test_relay_took_it() -> None:
    rest = ("to=<x@example.org>, relay=smtp.sendgrid.net[192.0.2.1]:587, delay=0.5, delays=0.1/0/0.2/0.2, dsn=2.0.0, "
            "status=sent (250 Ok: queued as (abc), thanks)")  # fmt: skip
    kind, recipient, detail = told("smtp", rest)
    assert (kind, recipient) == (OutgoingKind.RELAYED, "x@example.org")
    assert detail["text"] == "250 Ok: queued as (abc), thanks"
    assert (detail["relay"], detail["status"]) == ("smtp.sendgrid.net[192.0.2.1]:587", "2.0.0")


def test_mail_for_this_house_is_stored() -> None:
    rest = ("to=<taro@home.test>, orig_to=<sales@home.test>, relay=10.77.1.14[10.77.1.14]:24, delay=0.1, dsn=2.0.0, "
            "status=sent (250 2.0.0 <taro@home.test> Saved)")  # fmt: skip
    kind, recipient, detail = told("lmtp", rest)
    assert (kind, recipient, detail["asked"]) == (OutgoingKind.STORED, "taro@home.test", "sales@home.test")


@pytest.mark.parametrize(("status", "kind"), [("deferred", OutgoingKind.DEFERRED), ("bounced", OutgoingKind.BOUNCED)])
def test_what_did_not_go_says_why(status: str, kind: OutgoingKind) -> None:
    rest = (
        f"to=<x@example.org>, relay=none, delay=30, dsn=4.4.1, status={status} (connect to relay: Connection refused)"
    )
    assert told("smtp", rest)[0] is kind
    assert told("error", rest)[2]["text"] == "connect to relay: Connection refused"


@pytest.mark.parametrize(
    ("program", "rest", "kind"),
    [
        ("qmgr", "from=<taro@home.test>, status=expired, returned to sender", OutgoingKind.EXPIRED),
        ("qmgr", "removed", OutgoingKind.REMOVED),
        ("bounce", "sender non-delivery notification: 4dQxYz1bbbz2k", OutgoingKind.NOTIFIED),
        ("postsuper", "placed on hold", OutgoingKind.HELD),
        ("postsuper", "removed", OutgoingKind.REMOVED),
    ],
)
def test_the_queue_tells_its_own_steps(program: str, rest: str, kind: OutgoingKind) -> None:
    assert told(program, rest)[0] is kind


def test_refusal_by_the_scanner_says_why() -> None:
    rest = ("milter-reject: END-OF-MESSAGE from unknown[10.77.4.1]: 5.7.1 Spam message rejected; "
            "from=<taro@home.test> to=<x@example.org> proto=ESMTP helo=<pc>")  # fmt: skip
    assert told("submission/cleanup", rest) == (OutgoingKind.REFUSED, "", {"text": "5.7.1 Spam message rejected"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no log line at all",
        line("smtpd", "disconnect from unknown", queue_id="NOQUEUE"),
        line("qmgr", "something else"),
        line("anvil", "statistics: max connection"),
        line("smtp", "host relay said: 451 later"),
        line("smtp", "to=<x@example.org>, relay=r[1]:25, delay=1, dsn=2.0.0, status=unheard (of)"),
        line("qmgr", "removed", at="Feb 30 10:00:00"),
        "Nov 28 22:11:01 mail postfix/postfix-script[77]: starting the Postfix mail system",
    ],
)
def test_other_lines_say_nothing(text: str) -> None:
    assert read(text, now=NOW, order=0) is None


@pytest.mark.parametrize(
    ("written", "now", "year"),
    [
        ("Dec 31 23:59:59", datetime(2027, 1, 1, 0, 0, 5, tzinfo=UTC), 2026),
        ("Jan  1 00:00:01", datetime(2026, 12, 31, 23, 59, 58, tzinfo=UTC), 2027),
        ("Nov 28 22:11:01", NOW, 2026),
    ],
)
def test_year_is_the_nearest_one(written: str, now: datetime, year: int) -> None:
    facts = read(line("qmgr", "removed", at=written), now=now, order=0)
    assert facts is not None
    assert facts.at.year == year


def test_same_line_has_the_same_key_wherever_it_is_read() -> None:
    text = line("qmgr", "removed")
    one, other = read(text, now=NOW, order=1), read(f"{text}\n", now=NOW, order=2)
    assert one is not None
    assert other is not None
    assert one.event is not None
    assert other.event is not None
    assert one.event.key == other.event.key
