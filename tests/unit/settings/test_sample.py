import re
import tomllib

import pytest

from machiya.settings import SECTIONS, Settings, sample

LINE = re.compile(r"^# (\w+ = .*)$", re.MULTILINE)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_sample_is_toml_that_sets_nothing(language: str) -> None:
    assert all(content == {} for content in tomllib.loads(sample(language)).values())


@pytest.mark.parametrize("language", ["en", "ja"])
def test_sample_uncommented_is_exactly_the_defaults(language: str) -> None:
    data = tomllib.loads(LINE.sub(r"\1", sample(language)))
    named = {(section, name) for section, content in data.items() for name in content}
    assert named == {(s, n) for s, model in SECTIONS.items() if s != "secrets" for n in model.model_fields}
    assert Settings.model_validate(data) == Settings()


def test_sample_holds_no_place_for_secrets() -> None:
    assert "signing" not in sample()


def test_sample_sets_the_values_given() -> None:
    text = sample("en", {"house.owner": 'a"b@example.jp', "mail.message_bytes": 10 * 1024 * 1024})
    assert tomllib.loads(text)["house"] == {"owner": 'a"b@example.jp'}
    assert tomllib.loads(text)["mail"] == {"message_bytes": "10 MiB"}


def test_sample_explains_in_the_language_asked_for() -> None:
    assert "受け取るメッセージの最大サイズです。" in sample("ja")
    assert "The largest message the house takes." in sample("en")
    assert max(len(line) for line in sample("en").splitlines()) <= 115
