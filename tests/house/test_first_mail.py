"""A message from the street is read on the VPN, and the answer leaves through the relay."""

import pytest

from fakes.smtp_relay import Carried
from house.clients import STRANGER, knows, letter, read, send, submit, written
from house.house import PASSWORD, House
from house.waiting import soon

pytestmark = [pytest.mark.house, pytest.mark.timeout(900)]


def test_first_mail(house: House) -> None:
    """Done when 1: add a domain and a mailbox; mail comes in, is read on the VPN, is answered; trace shows both."""
    house.machiya("domain", "add", "first.test")
    house.machiya("mailbox", "add", "taro@first.test", "--password-stdin", stdin=f"{PASSWORD}\n")
    soon(lambda: knows(house, "taro@first.test"), "the edge knows the new mailbox")
    send(house, "taro@first.test", letter("first-mail", to="taro@first.test"))
    house.arrives("taro@first.test", "first-mail")
    content = read(house, "taro@first.test", "first-mail")
    assert b"by mail.home.test (Machiya) with HTTPS" in content
    assert content.endswith(b"\r\n\r\nhello\r\n")
    for token, implicit in (("answer-587", False), ("answer-465", True)):
        submit(house, "taro@first.test", written("taro@first.test", STRANGER, token), implicit=implicit)
        carried = _carried(house, token)
        assert (carried.login, carried.sender) == ("house", "taro@first.test")
        assert carried.recipients == (STRANGER,)
    both = {("in", "delivered"), ("out", "relayed")}
    soon(lambda: _directions(house) == both, "trace shows both directions", tell=lambda: _directions(house))


def _carried(house: House, token: str) -> Carried:
    assert house.relay
    relay = house.relay
    return soon(
        lambda: next((one for one in relay.carried if token.encode() in one.content), None),
        f"{token} at the relay", tell=lambda: house.tail("postfix"),
    )  # fmt: skip


def _directions(house: House) -> set[tuple[str, str]]:
    return {(one["direction"], one["state"]) for one in house.trace("taro@first.test")}
