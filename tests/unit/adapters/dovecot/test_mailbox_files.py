"""What a mailbox holds, as Dovecot's HTTP API tells it; answers as Dovecot 2.4.1 gave them."""

import json
from typing import Any

import httpx
import pytest

from fakes.deliveries import TARO
from machiya.adapters.dovecot.mailbox_files import DoveadmMailboxFiles
from machiya.core.errors import Refused, Unavailable

HOLDS = [
    {"root": "user", "type": "STORAGE", "value": "3", "limit": "-", "percent": "0"},
    {"root": "user", "type": "MESSAGE", "value": "2", "limit": "-", "percent": "0"},
]


def files(answer: Any, asked: list[httpx.Request] | None = None) -> DoveadmMailboxFiles:
    def respond(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(200, json=[[*answer, "machiya"]])

    return DoveadmMailboxFiles("http://127.0.0.1:8080", "key", transport=httpx.MockTransport(respond))


def test_usage_and_count_are_what_the_quota_says() -> None:
    asked: list[httpx.Request] = []
    found = files(("doveadmResponse", HOLDS), asked)
    assert (found.usage_bytes(TARO), found.message_count(TARO)) == (3072, 2)
    assert json.loads(asked[0].content) == [["quotaGet", {"user": str(TARO)}, "machiya"]]


def test_a_mailbox_that_dovecot_does_not_know_counts_as_empty() -> None:
    assert files(("error", {"type": "exitCode", "exitCode": 67})).usage_bytes(TARO) == 0


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        ("error", {"type": "exitCode", "exitCode": 75}),
        ("error", {"type": "unAuthorized", "exitCode": 0}),
        ("doveadmResponse", []),
        ("doveadmResponse", [{"type": "STORAGE", "value": "error"}]),
    ],
)
def test_what_dovecot_does_not_tell_is_no_number(answer: Any) -> None:
    with pytest.raises(Unavailable):
        files(answer).usage_bytes(TARO)


def test_mail_is_never_moved_from_there_and_the_command_that_can_is_named() -> None:
    with pytest.raises(Refused) as refused:
        files(("error", {})).require_movable()
    assert "machiya mailbox remove" in refused.value.hint
    with pytest.raises(Refused):
        files(("error", {})).retire(TARO)
