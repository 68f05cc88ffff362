from datetime import UTC, datetime

from machiya.mail.outgoing import OutgoingFacts, OutgoingMessage, merged

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 28, 13, tzinfo=UTC)


def test_merged_keeps_the_first_moment_and_the_last_word() -> None:
    known = {"4dQ1": OutgoingMessage("4dQ1", NOW, "m1", "a@x.jp", "a@x.jp", 1)}
    facts = [OutgoingFacts("4dQ1", LATER, sender=""), OutgoingFacts("4dQ2", LATER, message_id="m2")]
    assert merged(known, facts) == [
        OutgoingMessage("4dQ1", NOW, "m1", "", "a@x.jp", 1),
        OutgoingMessage("4dQ2", LATER, "m2"),
    ]
    assert known["4dQ1"].sender == "a@x.jp"
