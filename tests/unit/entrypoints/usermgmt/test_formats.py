"""Times, programs and strangers' words on a page."""

from datetime import UTC, datetime

import pytest
from flask import Flask, g
from markupsafe import Markup

from machiya.entrypoints.usermgmt.formats import day_text, moment_text, one_way, program_text

MOMENT = datetime(2026, 11, 5, 9, 7, tzinfo=UTC)


@pytest.mark.parametrize(("language", "day"), [("ja", "2026年11月5日"), ("en", "5 Nov 2026")])
def test_times_are_written_as_in_the_language(language: str, day: str) -> None:
    local = MOMENT.astimezone()
    with Flask(__name__).test_request_context():
        g.language = language
        assert day in day_text(local.replace(day=5))
        assert f"{local:%H:%M}</time>" in moment_text(MOMENT)
        assert 'datetime="2026-11-05T09:07:00.000Z"' in moment_text(MOMENT)
        assert day_text(None) == "–"


@pytest.mark.parametrize(
    ("agent", "text"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Mobile/15E148 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("curl/8.14", "curl/8.14"),
        ("x" * 200, "x" * 60),
    ],
)
def test_program_text_names_browser_and_system(agent: str, text: str) -> None:
    assert program_text(agent) == text


def test_one_way_takes_out_what_turns_writing_around() -> None:
    assert one_way("invoice\u202efdp.exe") == "invoicefdp.exe"
    assert one_way(Markup("<b>\u2066x</b>")) == Markup("<b>x</b>")
    assert isinstance(one_way(Markup("\u202ex")), Markup)
    assert (one_way("日本語"), one_way(7), one_way(None)) == ("日本語", 7, None)
