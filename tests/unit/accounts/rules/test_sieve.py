"""The Sieve script of rules, read back by a reader of our own; tests/integration/dovecot_service has the real one."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machiya.accounts.rules.model import Comparison, Condition, Field, Filter, Forwarding, Rules, Vacation
from machiya.accounts.rules.sieve import quoted, render
from machiya.core.addresses import EmailAddress

TARO = EmailAddress.parse("taro@home.test")
OUT = EmailAddress.parse("taro@out.test")
TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|#[^\n]*|[A-Za-z_:0-9]+|[\[\](){};,]|\s+', re.DOTALL)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def strings(script: str) -> Iterator[str]:
    """Every quoted string; the whole script must be made of words, strings and brackets."""
    position = 0
    while position < len(script):
        token = TOKEN.match(script, position)
        assert token, script[position : position + 40]
        position = token.end()
        if token[0].startswith('"'):
            yield re.sub(r"\\(.)", r"\1", token[1], flags=re.DOTALL)


def on(text: str, field: Field = Field.SUBJECT, comparison: Comparison = Comparison.CONTAINS) -> Condition:
    return Condition(field, comparison, text)


@given(TEXTS)
def test_any_text_comes_back_but_for_nul_and_line_ends(text: str) -> None:
    [back] = strings(quoted(text))
    assert "\0" not in quoted(text)
    assert back.replace("\r\n", "\n") == text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


@settings(max_examples=50)
@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_no_text_gets_out_of_its_string(text: str, subject: str, wanted: str, folder: str) -> None:
    one = Filter("f", (on(wanted), on(wanted, Field.LIST_ID, Comparison.IS)), folder=folder or "x")
    rules = Rules(TARO, Vacation(text, subject or "x"), filters=(one,))
    plain = Rules(
        TARO,
        Vacation("t", "s"),
        filters=(Filter("f", (on("w"), on("w", Field.LIST_ID, Comparison.IS)), folder="f"),),
    )
    assert len(list(strings(render(rules)))) == len(list(strings(render(plain))))


def test_extensions_that_expand_words_are_never_required() -> None:
    required = next(line for line in render(Rules(TARO, Vacation("${hex:24}"))).splitlines() if "require" in line)
    assert "variables" not in required
    assert "encoded-character" not in required


def test_nothing_switched_on_is_no_script() -> None:
    off = Rules(
        TARO,
        Vacation("t", enabled=False),
        Forwarding((OUT,), enabled=False),
        (Filter("f", (on("x"),), flag=True, enabled=False),),
    )
    assert render(off) == render(Rules(TARO)) == ""


def test_vacation_names_days_addresses_and_its_absence() -> None:
    starts = datetime(2026, 8, 9, 15, tzinfo=UTC)
    script = render(Rules(TARO, Vacation("away", "不在", starts_at=starts, days=7)), (TARO, OUT))
    assert 'currentdate :zone "+0000" :value "ge" "iso8601" "2026-08-09T15:00:00"' in script
    assert '"lt"' not in script
    assert (
        'vacation :days 7 :subject "不在" :addresses ["taro@home.test", "taro@out.test"] :handle "machiya None" "away";'
        in script
    )


@pytest.mark.parametrize("keep_copy", [True, False])
def test_forwarding_without_a_copy_ends_the_rules(*, keep_copy: bool) -> None:
    script = render(Rules(TARO, forwarding=Forwarding((OUT,), keep_copy)))
    assert ('redirect :copy "taro@out.test";' in script) == keep_copy
    assert ("stop;" in script) != keep_copy
    assert 'not envelope :is "from" ""' in script
    assert ("not duplicate :handle" in script) != keep_copy


def test_filter_that_is_met_before_keeps_a_message_out_of_trash() -> None:
    filters = (
        Filter("wanted", (on("wanted"),), folder="a"),
        Filter("trash", (on("sale"),), trash=True),
        Filter("marks", (on("note"),), flag=True, stop=False),
        Filter("trash", (on("more"),), trash=True),
    )
    guard = next(line for line in render(Rules(TARO, Vacation("t"), filters=filters)).splitlines() if "if not" in line)
    wanted, sale, more = (f'header :contains "Subject" "{text}"' for text in ("wanted", "sale", "more"))
    assert guard == f"if not anyof (allof (not {wanted}, {sale}), allof (not {wanted}, {more})) {{"


def test_any_of_the_conditions_is_enough_where_not_all_are_wanted() -> None:
    conditions = (on("a"), on("b"))
    assert "if anyof (" in render(Rules(TARO, filters=(Filter("f", conditions, match_all=False, flag=True),)))
    assert "if allof (" in render(Rules(TARO, filters=(Filter("f", conditions, flag=True),)))
