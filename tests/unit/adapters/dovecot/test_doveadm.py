"""Questions to Dovecot's HTTP API, with its answers by hand."""

import base64
import json
from typing import Any

import httpx
import pytest

from fakes.deliveries import MOMENT, TARO
from machiya.adapters.dovecot.doveadm import DoveadmLocator, user_name
from machiya.core.addresses import EmailAddress
from machiya.core.identifiers import new_delivery_id
from machiya.mail.ports import StoreUnavailable

DELIVERY_ID = new_delivery_id(MOMENT)
FOUND = [{"mailbox-guid": "1f", "uid": "7"}]


def locator(answer: Any, status: int = 200, asked: list[httpx.Request] | None = None) -> DoveadmLocator:
    def respond(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(status, content=answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    return DoveadmLocator("http://127.0.0.1:8080", "key", 5, transport=httpx.MockTransport(respond))


async def test_contains_searches_all_folders_for_the_header() -> None:
    asked: list[httpx.Request] = []
    assert await locator([["doveadmResponse", FOUND, "machiya"]], asked=asked).contains(DELIVERY_ID, TARO)
    [[command, parameters, _]] = json.loads(asked[0].content)
    assert command == "search"
    assert parameters == {"user": "taro@home.test", "query": ["HEADER", "X-Machiya-Delivery", DELIVERY_ID]}
    assert asked[0].headers["Authorization"] == f"X-Dovecot-API {base64.b64encode(b'key').decode()}"
    assert str(asked[0].url) == "http://127.0.0.1:8080/doveadm/v1"


async def test_contains_is_false_for_an_empty_list() -> None:
    assert not await locator([["doveadmResponse", [], "machiya"]]).contains(DELIVERY_ID, TARO)


async def test_contains_is_false_for_a_mailbox_dovecot_does_not_know() -> None:
    answer = [["error", {"type": "exitCode", "exitCode": 67}, "machiya"]]
    assert not await locator(answer).contains(DELIVERY_ID, TARO)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ([["error", {"type": "exitCode", "exitCode": 75}, "machiya"]], 200),
        ([["doveadmResponse", {"odd": 1}, "machiya"]], 200),
        ([], 200),
        ({"odd": 1}, 200),
        (b"not json", 200),
        (b"", 401),
        (b"", 500),
        (httpx.ConnectError("refused"), 0),
        (httpx.ReadTimeout(""), 0),
    ],
)
async def test_contains_that_gets_no_answer_does_not_guess(answer: Any, status: int) -> None:
    with pytest.raises(StoreUnavailable) as raised:
        await locator(answer, status).contains(DELIVERY_ID, TARO)
    assert raised.value.hint


async def test_close_gives_back_connections() -> None:
    one = locator([])
    await one.close()
    assert one._client.is_closed


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("taro@home.test", "taro@home.test"),
        ('"a b"@home.test', "a b@home.test"),
        (r'"a\"b\\c"@home.test', r'a"b\c@home.test'),
        ("太郎@home.test", "太郎@home.test"),
    ],
)
def test_user_name_is_the_one_dovecot_uses(address: str, name: str) -> None:
    assert user_name(EmailAddress.parse(address)) == name
