from types import SimpleNamespace
from typing import Any

import pytest

from fakes.jobs import FakeJobBook
from fakes.mail_store import FakeMailStore
from fakes.moving_clock import MovingClock
from machiya.bootstrap.notifying import HouseMail
from machiya.core.addresses import EmailAddress
from machiya.jobs.alarms import Alarms
from machiya.jobs.model import JobKind
from machiya.jobs.ports import NoticeFailed

OWNER, FIRST, SECOND = (EmailAddress.parse(f"{name}@home.test") for name in ("owner", "first", "second"))


def house(store: FakeMailStore) -> Any:
    return SimpleNamespace(
        directory=SimpleNamespace(refresh=lambda: None, resolve=lambda _: SimpleNamespace(mailboxes=(FIRST, SECOND))),
        settings=SimpleNamespace(house=SimpleNamespace(hostname="house.test")),
        mail_store=lambda: store,
    )


@pytest.mark.parametrize("full", [FIRST, SECOND])
def test_one_full_mailbox_of_an_alias_gives_the_other_one_notice_and_not_one_every_five_minutes(
    full: EmailAddress,
) -> None:
    store = FakeMailStore({FIRST: 0, SECOND: 0} | {full: 10})
    clock = MovingClock()
    alarms = Alarms(FakeJobBook(), [HouseMail(house(store), OWNER)], clock, "house.test")
    alarms.ill(JobKind.BACKUP_DAILY, "why")
    for _ in range(20):
        alarms.deliver()
        clock.move(minutes=5)
    (other,) = {FIRST, SECOND} - {full}
    assert len(store.copies[other]) == 1


def test_a_notice_that_was_taken_by_somebody_before_a_crash_is_not_stored_twice() -> None:
    store, clock = FakeMailStore({FIRST: 0, SECOND: 0}), MovingClock()
    for _ in range(2):
        book = FakeJobBook()
        alarms = Alarms(book, [HouseMail(house(store), OWNER)], MovingClock(), "house.test")
        alarms.ill(JobKind.BACKUP_DAILY, "why")
        alarms._clock = clock
        clock.move(minutes=5)
        alarms.deliver()
    assert len(store.copies[FIRST]) == 1


def test_a_notice_that_no_mailbox_took_failed() -> None:
    store = FakeMailStore({FIRST: 10, SECOND: 10})
    with pytest.raises(NoticeFailed):
        HouseMail(house(store), OWNER).tell("s", "t", MovingClock().now())
