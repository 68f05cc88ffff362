import json
from pathlib import Path
from typing import Any

import pytest

from machiya.bootstrap import House


def test_show_says_what_to_do_before_the_first(machiya: Any, house: Path) -> None:
    outcome = machiya("tls", "show")
    assert outcome.code == 4
    assert "machiya tls renew" in outcome.err
    assert house.exists()


def test_renew_makes_the_first_and_then_leaves_it(machiya: Any, house: Path) -> None:
    assert "it is the first" in machiya("tls", "renew").out
    assert "Nothing was changed" in machiya("tls", "renew").out
    shown = json.loads(machiya("tls", "show", "--json").out)
    assert shown["names"] == ["machiya.home.test", "127.0.0.1"]
    assert (shown["due"], shown["authority"]) == ("", str(house / "data/tls/ca.crt"))
    assert {path.stat().st_mode & 0o077 for path in (house / "data/tls").iterdir()} == {0}


def test_renew_by_force_keeps_the_authority(machiya: Any, house: Path) -> None:
    machiya("tls", "renew")
    before = json.loads(machiya("tls", "show", "--json").out)
    authority = (house / "data/tls/ca.crt").read_bytes()
    assert machiya("tls", "renew", "--force").code == 0
    assert json.loads(machiya("tls", "show", "--json").out)["sha256"] != before["sha256"]
    assert (house / "data/tls/ca.crt").read_bytes() == authority


def test_show_tells_what_mail_programs_have_to_trust(machiya: Any, house: Path) -> None:
    machiya("tls", "renew")
    outcome = machiya("tls", "show")
    assert "Machiya local CA" in outcome.out
    assert str(house / "data/tls/ca.crt") in outcome.err
    assert "PRIVATE KEY" not in outcome.out


def test_renew_from_files_names_the_setting_of_the_one_that_is_missing(
    machiya: Any, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machiya("tls", "renew")
    (house / "pair.pem").write_bytes((house / "data/tls/server.pem").read_bytes())
    for name, value in (("SOURCE", "files"), ("CERTIFICATE", "pair.pem"), ("KEY", "missing.key")):
        monkeypatch.setenv(f"MACHIYA_TLS__{name}", value)
    refused = machiya("tls", "renew")
    assert refused.code == 9
    assert "tls.key" in refused.err
    monkeypatch.setenv("MACHIYA_TLS__KEY", "pair.pem")
    assert "Nothing was changed" in machiya("tls", "renew").out


def test_renew_has_a_new_one_when_mail_programs_use_another_name(
    machiya: Any, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machiya("tls", "renew")
    monkeypatch.setenv("MACHIYA_TLS__HOSTNAME", "mail.example.jp")
    assert "it is not for mail.example.jp" in machiya("tls", "renew").out
    assert House(house).certificates().secrets()["tls_certificate"].count("BEGIN CERTIFICATE") == 2
