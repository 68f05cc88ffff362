"""Sentences of the rooms, as a reader of Japanese or English gets them."""

import pytest
from flask import Flask, g

from machiya.core.errors import NotFound
from machiya.entrypoints.usermgmt.i18n.errors import in_words, sentence

ALREADY = "you@home.test is an alias already"


def said(text: str, language: str) -> str:
    with Flask(__name__).test_request_context():
        g.language = language
        return sentence(text)


@pytest.mark.parametrize(
    ("text", "japanese"),
    [
        (ALREADY, "you@home.test はすでにエイリアスとして使われています"),
        ("filter 2 has no condition", "振り分け 2 に条件がありません"),
        (
            "came home after 2.0 s at the edge, attempt 2; not scanned",
            "エッジで 2.0 秒待ったあと、家に届きました（2 回目）; 検査なし",
        ),
        (
            "the alias target a@b.test is outside of this house",
            "エイリアスの届け先 a@b.test はこの家の外のアドレスです",
        ),
        (
            "taken over by the relay smtp.test for a@b.test: 250 ok",
            "a@b.test 宛てにリレー smtp.test が引き取りました: 250 ok",
        ),
        ("stored for a@b.test: found: x", "a@b.test に保存しました: found: x"),
        (
            "while home.test was being removed, somebody added a@home.test, b@home.test, so it stays",
            "home.test の削除中に、ほかの人が a@home.test, b@home.test を追加したため、ドメインは残っています",
        ),
        ("something new", "something new"),
        ("", ""),
    ],
)
def test_sentence_is_japanese_with_what_was_filled_in(text: str, japanese: str) -> None:
    assert said(text, "ja") == japanese


def test_sentence_in_english_names_pages_instead_of_commands() -> None:
    assert said("Add it first: machiya domain add new.test", "en") == "Add the domain new.test first."
    assert said(ALREADY, "en") == ALREADY


@pytest.mark.parametrize(
    ("language", "message"), [("en", "odd."), ("ja", "この操作は行われませんでした。理由（英語）: odd。")]
)
def test_in_words_says_what_it_cannot_translate_under_a_general_sentence(language: str, message: str) -> None:
    with Flask(__name__).test_request_context():
        g.language = language
        assert in_words(NotFound("odd", hint="Look.")) == (message, "Look.")
