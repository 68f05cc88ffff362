"""What a reply to one recipient means."""

from machiya.adapters.dovecot.lmtp.replies import Reply
from machiya.mail.model import StoreOutcome, StoreStatus

_QUOTA = frozenset({"4.2.2", "5.2.2"})
_NOT_ABOUT_THE_MAILBOX = frozenset({500, 502, 503, 504, 521, 530, 535, 555})


def outcome_of(reply: Reply, note: str = "") -> StoreOutcome:
    """Map code and enhanced code; the detail is the reply itself, and ``note`` if the message was stored.

    Permanent replies that speak of the protocol or of log-in (500, 502, 503, 504, 521, 530, 535, 555, or a 5.5.x code)
    are temporary here: the house is set up wrongly, and that can be repaired; the message need not die of it.
    Source: RFC 5321 §4.2.3, RFC 3463 §3.3 (x.2.2: mailbox full).
    """
    return StoreOutcome(_status(reply), f"{reply} ({note})" if note and reply.positive else str(reply))


def _status(reply: Reply) -> StoreStatus:
    if reply.positive:
        return StoreStatus.STORED
    if reply.enhanced in _QUOTA:
        return StoreStatus.OVER_QUOTA
    if reply.temporary or reply.code in _NOT_ABOUT_THE_MAILBOX or reply.enhanced.startswith("5.5."):
        return StoreStatus.TEMPORARY
    return StoreStatus.PERMANENT
