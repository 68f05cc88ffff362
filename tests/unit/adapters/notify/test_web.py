import json
from collections.abc import Callable
from email.header import decode_header
from typing import Any

import httpx
import pytest

from fakes.moving_clock import START
from machiya.adapters.notify.web import Ntfy, Webhook
from machiya.jobs.ports import NoticeFailed, Notifier

URL = "https://hooks.example/T0K3N"
Make = Callable[[httpx.BaseTransport], Notifier]
WAYS: list[Make] = [lambda way: Webhook(URL, "house.test", way), lambda way: Ntfy(URL, way)]


class Answers:
    """A transport that answers with ``code``; the requests it saw are kept."""

    def __init__(self, code: int = 200) -> None:
        self.seen: list[httpx.Request] = []
        self.transport = httpx.MockTransport(self._answer)
        self._code = code

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return httpx.Response(self._code, headers={"Location": "https://elsewhere.example/"})


def test_webhook_posts_json_that_chats_can_show() -> None:
    answers = Answers()
    Webhook(URL, "house.test", answers.transport).tell("failed / 失敗", "why", START)
    (request,) = answers.seen
    assert (request.method, str(request.url)) == ("POST", URL)
    data: dict[str, Any] = json.loads(request.content)
    assert data == {
        "house": "house.test", "subject": "failed / 失敗", "text": "failed / 失敗\n\nwhy",
        "at": "2026-11-23T10:00:00.123Z",
    }  # fmt: skip


def test_ntfy_publishes_text_under_a_title_in_any_language() -> None:
    answers = Answers()
    Ntfy(URL, answers.transport).tell("failed / 失敗", "理由", START)
    (request,) = answers.seen
    assert (request.method, str(request.url), request.content.decode()) == ("POST", URL, "理由")
    ((title, charset),) = decode_header(request.headers["Title"])
    assert title.decode(charset or "ascii") == "failed / 失敗"


@pytest.mark.parametrize("make", WAYS)
@pytest.mark.parametrize("code", [301, 404, 429, 500])
def test_anything_but_success_is_a_failure_that_does_not_tell_the_token(make: Make, code: int) -> None:
    answers = Answers(code)
    with pytest.raises(NoticeFailed, match=str(code)) as caught:
        make(answers.transport).tell("s", "t", START)
    assert "T0K3N" not in caught.value.message + caught.value.hint
    assert len(answers.seen) == 1, "a redirect is not followed: it would carry the notice to somebody else"


@pytest.mark.parametrize("make", WAYS)
def test_nobody_there_is_a_failure_that_does_not_tell_the_token(make: Make) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"refused by {request.url}", request=request)

    with pytest.raises(NoticeFailed, match="cannot be reached") as caught:
        make(httpx.MockTransport(refuse)).tell("s", "t", START)
    assert "T0K3N" not in caught.value.message
