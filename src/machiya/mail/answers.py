"""What the house answers the edge for one message (docs/format/edge-protocol.md)."""

from dataclasses import dataclass
from enum import IntEnum


class AnswerStatus(IntEnum):
    """The HTTP status that the edge acts on."""

    CREATED = 201
    ALREADY = 200
    BUSY = 409
    NOT_NOW = 429
    TOO_LARGE = 413
    NEVER = 422


@dataclass(frozen=True, slots=True)
class Answer:
    """``code`` is for programs, ``detail`` for people; both end in the dead-letter list when the status is NEVER."""

    status: AnswerStatus
    code: str
    detail: str = ""


CREATED = Answer(AnswerStatus.CREATED, "delivered")
ALREADY = Answer(AnswerStatus.ALREADY, "already_delivered")
BUSY = Answer(AnswerStatus.BUSY, "being_delivered", "this id is being delivered right now")
MISMATCH = Answer(AnswerStatus.BUSY, "md5_mismatch", "this id was first seen with other bytes")
