"""What happened at each mailbox, as one answer to the edge, and what that answer makes of the delivery."""

from collections.abc import Sequence

from machiya.core.addresses import EmailAddress
from machiya.mail.answers import CREATED, Answer, AnswerStatus
from machiya.mail.model import DeliveryState, StoreOutcome, StoreStatus


def final_state(answer: Answer) -> DeliveryState:
    """What an answer makes of the delivery; PENDING: it will be offered again."""
    if answer.status is AnswerStatus.NEVER:
        return DeliveryState.DEAD
    if answer.status is not AnswerStatus.CREATED:
        return DeliveryState.PENDING
    return DeliveryState.DELIVERED if answer is CREATED else DeliveryState.QUARANTINED


def summarise(outcomes: Sequence[tuple[EmailAddress, StoreOutcome]]) -> Answer:
    """One answer for all mailboxes: what may still work comes before what never will."""
    for status, answer_status, code in (
        (StoreStatus.TEMPORARY, AnswerStatus.NOT_NOW, "mailbox_unavailable"),
        (StoreStatus.OVER_QUOTA, AnswerStatus.NOT_NOW, "over_quota"),
        (StoreStatus.PERMANENT, AnswerStatus.NEVER, "store_refused"),
        (StoreStatus.QUARANTINED, AnswerStatus.CREATED, "quarantined"),
    ):
        failed = [f"{mailbox}: {outcome.detail}" for mailbox, outcome in outcomes if outcome.status is status]
        if failed:
            return Answer(answer_status, code, "; ".join(failed))
    return CREATED
