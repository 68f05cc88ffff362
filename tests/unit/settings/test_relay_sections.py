from pathlib import Path

import pytest

from machiya.core.errors import ConfigurationError
from machiya.settings import PRESETS, Relay, load


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "custom"])
def test_preset_fills_in_what_is_left_empty(tmp_path: Path, preset: str) -> None:
    settings = load(tmp_path, {"MACHIYA_RELAY__PRESET": preset}).relay
    assert settings.default == PRESETS[preset]
    assert settings.default.tls in {"starttls", "implicit"}


def test_sendgrid_is_the_default() -> None:
    assert PRESETS["sendgrid"] == Relay("smtp.sendgrid.net", 587, "starttls", "apikey")


def test_what_is_written_wins_over_the_preset(tmp_path: Path) -> None:
    text = '[relay]\npreset = "ses"\nhost = "email-smtp.ap-northeast-1.amazonaws.com"\nuser = "AKIA"\n'
    (tmp_path / "machiya.toml").write_text(text, encoding="utf-8")
    assert load(tmp_path, {}).relay.default == Relay("email-smtp.ap-northeast-1.amazonaws.com", 587, "starttls", "AKIA")


@pytest.mark.parametrize("where", ["file", "environment"])
def test_domain_has_a_relay_of_its_own(tmp_path: Path, where: str) -> None:
    file = '[relay.domains."Example.JP"]\npreset = "resend"\n' if where == "file" else ""
    environment = {} if file else {"MACHIYA_RELAY__DOMAINS": '{"Example.JP": {"preset": "resend"}}'}
    (tmp_path / "machiya.toml").write_text(file, encoding="utf-8")
    domains = load(tmp_path, environment).relay.domains
    assert {name: choice.filled for name, choice in domains.items()} == {"example.jp": PRESETS["resend"]}


@pytest.mark.parametrize(
    "odd", ["{", "[]", '{"no domain": {}}', '{"a.jp": {"preset": "pigeon"}}', '{"a.jp": {"x": 1}}']
)
def test_domains_that_cannot_be_read_are_a_mistake(tmp_path: Path, odd: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path, {"MACHIYA_RELAY__DOMAINS": odd})
    assert refused.value.mistakes[0].startswith("relay.domains: ")
