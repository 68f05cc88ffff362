"""A message that goes round in circles is stopped before it fills a disk."""

from machiya.mail.headers import HeaderFacts

MAX_PASSES = 5


def loop_reason(facts: HeaderFacts, max_hops: int) -> str:
    """Why this message counts as looping, or an empty text.

    Two counts: ``Received`` fields, one a hop (RFC 5321 §6.3), and our own ``X-Machiya-Delivery``, one a pass
    through this house; Postfix turns it into ``X-Machiya-Passed`` on what is sent on.
    """
    if facts.hops > max_hops:
        return f"{facts.hops} Received fields, more than {max_hops}"
    if facts.passes >= MAX_PASSES:
        return f"it has passed through this house {facts.passes} times"
    return ""
