"""Ending sessions over Dovecot's HTTP API, with its answers by hand."""

import base64
import json
from typing import Any

import httpx
import pytest

from fakes.deliveries import HANAKO, TARO
from machiya.adapters.dovecot.sessions import DoveadmSessions
from machiya.core.errors import Unavailable

URL = "http://127.0.0.1:8080"


def sessions(answer: Any, asked: list[httpx.Request] | None = None) -> DoveadmSessions:
    def respond(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(200, json=answer) if not isinstance(answer, int) else httpx.Response(answer)

    return DoveadmSessions(URL, "key", transport=httpx.MockTransport(respond))


def test_end_kicks_all_in_one_call() -> None:
    asked: list[httpx.Request] = []
    sessions([["doveadmResponse", [{"count": "2"}], "machiya"]], asked).end([TARO, HANAKO])
    [request] = asked
    assert json.loads(request.content) == [["kick", {"mask": [str(TARO), str(HANAKO)]}, "machiya"]]
    assert request.headers["Authorization"] == f"X-Dovecot-API {base64.b64encode(b'key').decode()}"


def test_end_of_nobody_asks_nobody() -> None:
    sessions(httpx.ConnectError("refused")).end([])


def test_end_where_nobody_is_logged_in_is_no_error() -> None:
    sessions([["error", {"type": "exitCode", "exitCode": 68}, "machiya"]]).end([TARO])


@pytest.mark.parametrize(
    "answer",
    [httpx.ConnectError("refused"), httpx.ReadTimeout(""), 401, [], [["error", {"exitCode": 75}, "machiya"]]],
    ids=["refused", "slow", "wrong key", "no list", "error"],
)
def test_end_that_is_not_certain_is_an_error(answer: Any) -> None:
    with pytest.raises(Unavailable):
        sessions(answer).end([TARO])
