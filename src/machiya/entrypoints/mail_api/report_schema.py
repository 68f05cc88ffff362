"""The report and the orders as JSON (docs/format/edge-protocol.md)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from machiya.core.errors import InvalidInput
from machiya.core.identifiers import DeliveryId, parse_delivery_id
from machiya.mail.edge import DeadLetter, EdgeError, EdgeOrder, EdgeReport, OrderDone

_TEXT_CHARACTERS = 2000
_INTEGER = 2**31 - 1


def _delivery_id(text: str) -> DeliveryId:
    try:
        return parse_delivery_id(text)
    except InvalidInput as error:
        raise ValueError(error.message) from error


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        msg = "a time outside the calendar"
        raise ValueError(msg) from error


Id = Annotated[str, AfterValidator(_delivery_id)]
# Cut, not refused: one stranger's long address must not cost the house the whole report.
Text = Annotated[str, AfterValidator(lambda text: text[:_TEXT_CHARACTERS])]
Count = Annotated[int, Field(ge=0, le=_INTEGER)]
Size = Annotated[int, Field(ge=0, le=2**53)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, strict=True)


class DeadBody(_Body):
    """One dead letter."""

    id: Id
    sender: Text = Field(alias="from")
    recipient: Text = Field(alias="to")
    at: Moment
    died_at: Moment
    size: Size
    reason: Text

    def to_dead_letter(self) -> DeadLetter:
        """As the room knows it."""
        return DeadLetter(
            DeliveryId(self.id), self.sender, self.recipient, self.at, self.died_at, self.size, self.reason
        )


class ErrorBody(_Body):
    """One error."""

    at: Moment
    code: Text
    detail: Text = ""


class RecipientsBody(_Body):
    """What the edge knows of the address table."""

    etag: Text | None
    confirmed_at: Moment | None
    complete: bool


class DoneBody(_Body):
    """One order carried out."""

    order_id: Text
    result: Text


class ReportBody(_Body):
    """One report."""

    v: Literal[1]
    edge: Annotated[str, StringConstraints(max_length=40)]
    at: Moment
    held: Count
    held_more: bool
    oldest: Moment | None
    held_ids: Annotated[tuple[Id, ...], Field(max_length=500)]
    dead_count: Count
    dead: Annotated[tuple[DeadBody, ...], Field(max_length=100)]
    accepted: Annotated[tuple[Id, ...], Field(max_length=500)]
    errors: Annotated[tuple[ErrorBody, ...], Field(max_length=20)]
    recipients: RecipientsBody
    orders_done: Annotated[tuple[DoneBody, ...], Field(max_length=100)] = ()

    def to_report(self) -> EdgeReport:
        """As the room knows it."""
        return EdgeReport(
            edge=self.edge,
            at=self.at,
            held=self.held,
            held_more=self.held_more,
            oldest=self.oldest,
            held_ids=tuple(DeliveryId(held) for held in self.held_ids),
            dead_count=self.dead_count,
            dead=tuple(dead.to_dead_letter() for dead in self.dead),
            accepted=tuple(DeliveryId(accepted) for accepted in self.accepted),
            errors=tuple(EdgeError(error.at, error.code, error.detail) for error in self.errors),
            recipients_etag=self.recipients.etag,
            recipients_confirmed_at=self.recipients.confirmed_at,
            recipients_complete=self.recipients.complete,
            orders_done=tuple(OrderDone(done.order_id, done.result) for done in self.orders_done),
        )


class OrderBody(_Body):
    """One order."""

    order_id: str
    action: str
    delivery_id: str


class OrdersAnswer(_Body):
    """The answer to a report."""

    v: Literal[1] = 1
    orders: tuple[OrderBody, ...]

    @classmethod
    def of(cls, orders: Sequence[EdgeOrder]) -> Self:
        """From the room's orders."""
        return cls(
            orders=tuple(
                OrderBody(order_id=order.order_id, action=order.action, delivery_id=order.delivery_id)
                for order in orders
            )
        )
