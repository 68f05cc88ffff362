"""A message from the street is read on the VPN, and the answer leaves through the relay."""

import pytest

from house.clients import knows, letter, read, send, submit, written
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
    assert house.relay
    for implicit in (False, True):
        answer = written("taro@first.test", "stranger@street.example", f"answer-{implicit}")
        submit(house, "taro@first.test", answer, implicit=implicit)
        carried = soon(
            lambda: _carried(house, f"answer-{implicit}"), "the answer at the relay", tell=lambda: house.tail("postfix")
        )  # noqa: B023 – called at once
        assert (carried.login, carried.sender) == ("house", "taro@first.test")
        assert carried.recipients == ("stranger@street.example",)
    directions = soon(lambda: _directions(house), "trace shows both directions", tell=lambda: house.machiya("trace"))
    assert directions == {("in", "delivered"), ("out", "sent")}


def _carried(house: House, token: str):  # type: ignore[no-untyped-def]
    assert house.relay
    return next((one for one in house.relay.carried if token.encode() in one.content), None)


def _directions(house: House) -> set[tuple[str, str]] | None:
    found = {(one["direction"], one["state"]) for one in house.trace("taro@first.test")}
    return found if len(found) > 1 else None
