"""The words for where mail goes."""

from machiya.core.addresses import EmailAddress
from machiya.core.recipients import RefusalReason, Resolution


def test_refusal_reasons_are_the_codes_of_the_edge_protocol() -> None:
    assert {str(reason) for reason in RefusalReason} == {"unknown_recipient", "mailbox_disabled", "alias_loop"}


def test_resolution_starts_without_mailboxes_and_without_refusal() -> None:
    resolution = Resolution(EmailAddress.parse("taro@example.jp"))
    assert (resolution.mailboxes, resolution.refusal, resolution.path) == ((), None, ())
