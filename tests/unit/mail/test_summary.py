"""One answer for all mailboxes."""

import pytest

from machiya.core.addresses import EmailAddress
from machiya.mail.model import StoreOutcome, StoreStatus
from machiya.mail.summary import summarise


def outcomes(*statuses: StoreStatus) -> list[tuple[EmailAddress, StoreOutcome]]:
    return [
        (EmailAddress.parse(f"m{number}@example.jp"), StoreOutcome(status, f"d{number}"))
        for number, status in enumerate(statuses)
    ]


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        ((), "delivered"),
        ((StoreStatus.STORED, StoreStatus.STORED), "delivered"),
        ((StoreStatus.STORED, StoreStatus.PERMANENT), "store_refused"),
        ((StoreStatus.PERMANENT, StoreStatus.OVER_QUOTA), "over_quota"),
        ((StoreStatus.OVER_QUOTA, StoreStatus.TEMPORARY), "mailbox_unavailable"),
        ((StoreStatus.PERMANENT, StoreStatus.TEMPORARY, StoreStatus.STORED), "mailbox_unavailable"),
    ],
)
def test_summarise_puts_what_may_still_work_first(statuses: tuple[StoreStatus, ...], code: str) -> None:
    assert summarise(outcomes(*statuses)).code == code


def test_summarise_names_every_mailbox_that_failed() -> None:
    detail = summarise(outcomes(StoreStatus.PERMANENT, StoreStatus.STORED, StoreStatus.PERMANENT)).detail
    assert detail == "m0@example.jp: d0; m2@example.jp: d2"
