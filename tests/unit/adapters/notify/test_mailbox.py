import pytest

from fakes.mail_store import FakeMailStore
from fakes.moving_clock import START
from machiya.adapters.notify.mailbox import MailboxNotice
from machiya.core.addresses import EmailAddress
from machiya.jobs.ports import NoticeFailed

YOU = EmailAddress.parse("you@home.test")


def notice_into(store: FakeMailStore) -> MailboxNotice:
    return MailboxNotice(lambda: store, sender="machiya@house.test", to=YOU, hostname="house.test")


def test_tell_puts_one_message_into_the_mailbox_however_often_it_is_told() -> None:
    store = FakeMailStore({YOU: 0})
    for _ in range(2):
        notice_into(store).tell("failed / 失敗", "why", START)
    (copy,) = store.copies[YOU]
    assert copy.octets.startswith(f"X-Machiya-Delivery: {copy.delivery_id}\nX-Machiya-Verdict: not scanned;".encode())
    assert b"\nTo: you@home.test\n" in copy.octets
    assert store.closed


@pytest.mark.parametrize("quotas", [{}, {YOU: 10}], ids=["nobody", "full"])
def test_tell_says_when_the_mailbox_did_not_take_it(quotas: dict[EmailAddress, int]) -> None:
    store = FakeMailStore(quotas)
    with pytest.raises(NoticeFailed):
        notice_into(store).tell("s", "t", START)
    assert store.closed
