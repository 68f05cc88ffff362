"""Errors: a page in the visitor's language, the right status, never a traceback."""

import pytest

from fakes.usermgmt_site import Site
from machiya.core.errors import (
    AlreadyExists,
    ConfigurationError,
    Conflict,
    InvalidInput,
    MachiyaError,
    NotFound,
    Refused,
    Unauthorized,
    Unavailable,
)
from machiya.entrypoints.usermgmt.errors import status_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInput, 400),
        (Unauthorized, 401),
        (NotFound, 404),
        (AlreadyExists, 409),
        (Conflict, 409),
        (Refused, 409),
        (Unavailable, 503),
        (ConfigurationError, 503),
        (MachiyaError, 500),
    ],
)
def test_status_of_each_kind(error: type[MachiyaError], status: int) -> None:
    assert status_of(error("x")) == status


def test_page_of_what_nobody_expected_says_nothing_of_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    olga = site.as_("olga", "ja")

    def broken() -> None:
        raise ZeroDivisionError("the secret inside")

    monkeypatch.setattr(site.house, "trace_reader", broken)
    answer = olga.get("/")
    assert answer.status_code == 500
    assert "問題が起きました" in answer.text
    assert "secret inside" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_page_of_a_part_that_is_down(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    olga = site.as_("olga")

    def down() -> None:
        raise Unavailable("the database does not answer", hint="Try again soon.")

    monkeypatch.setattr(site.house, "trace_reader", down)
    answer = olga.get("/")
    assert answer.status_code == 503
    assert "the database does not answer" in answer.text
    assert "Try again soon." in answer.text


@pytest.mark.parametrize(("language", "words"), [("ja", "ページが見つかりません"), ("en", "There is no such page")])
def test_page_of_nothing_speaks_the_language(site: Site, language: str, words: str) -> None:
    answer = site.caller(language).get("/nothing")
    assert (answer.status_code, words in answer.text) == (404, True)
