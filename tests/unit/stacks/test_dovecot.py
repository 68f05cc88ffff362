"""The configuration of Dovecot as rendered; the daemon itself is asked in tests/integration/dovecot_service."""

import re
from dataclasses import replace

from fakes.stacks_samples import FACTS
from machiya.accounts.passwords import generate_password
from machiya.stacks.catalogue.dovecot.service import service
from machiya.stacks.facts import HouseFacts
from machiya.stacks.networks import Network, address
from machiya.stacks.templates import fill

INSIDE = address(FACTS.network_prefix, Network.MAILSERVER, "dovecot")
VPN = address(FACTS.network_prefix, Network.VPN, "dovecot")


def rendered(facts: HouseFacts = FACTS, template: str = "dovecot.conf.j2", **secrets: str) -> str:
    return fill(service(facts), template, facts, secrets)


def listeners(facts: HouseFacts) -> set[tuple[str, str, str]]:
    return set(re.findall(r"inet_listener (\w+) \{\n(?:    listen = (.+)\n)?    port = (\d+)", rendered(facts)))


def test_every_listener_is_bound_to_the_network_of_its_clients_or_off() -> None:
    without = listeners(replace(FACTS, webmail=None))
    assert without == {
        ("imap", "", "0"),
        ("pop3", "", "0"),
        ("imaps", VPN, "993"),
        ("pop3s", VPN, "995"),
        ("sieve", VPN, "4190"),
        ("lmtp", INSIDE, "24"),
        ("sasl", INSIDE, "12345"),
        ("http", INSIDE, "8080"),
    }


def test_what_the_house_generates_looks_like_an_app_password_to_dovecot_and_what_people_choose_does_not() -> None:
    [pattern] = re.findall(r"%\{password \| if\('~', '([^']+)', password, ''\) \| sha256 \| hexlify\}", rendered())
    for _ in range(200):
        assert re.fullmatch(pattern, generate_password())
    for text in ("correct horse", "", "abcde-fghjk-mnpqr", "Abcde-fghjk-mnpqr-stuvw", "abcde-fghjk-mnpqr-stuv1"):
        assert not re.fullmatch(pattern, text)


def test_password_is_nowhere_else_in_a_question() -> None:
    assert len(re.findall(r"%\{password", rendered())) == 1


def test_webmail_comes_to_imap_and_managesieve_from_inside() -> None:
    more = listeners(FACTS) - listeners(replace(FACTS, webmail=None))
    assert more == {("imaps", f"{VPN} {INSIDE}", "993"), ("sieve", f"{VPN} {INSIDE}", "4190")}


def test_tls_1_2_is_a_setting_and_not_the_default() -> None:
    assert "ssl_min_protocol = TLSv1.3\n" in rendered()
    assert "ssl_min_protocol = TLSv1.2\n" in rendered(replace(FACTS, tls_minimum="1.2"))


def test_postmaster_is_the_owner_or_the_house() -> None:
    assert "postmaster_address = you@home.test\n" in rendered()
    for owner in ("", "花子@home.test"):
        facts = replace(FACTS, owner=owner)
        assert "postmaster_address = postmaster@machiya.home.test\n" in rendered(facts)
        assert "POSTMASTER='postmaster@machiya.home.test'\n" in rendered(facts, "house.env.j2")
    assert r"POSTMASTER='o'\''hara@home.test'" in rendered(replace(FACTS, owner="o'hara@home.test"), "house.env.j2")


def test_secrets_are_quoted_as_dovecot_reads_them() -> None:
    text = rendered(FACTS, "secrets.conf.j2", dovecot_database_password='a"b\\c#', doveadm_api_key="key")
    assert 'password = "a\\"b\\\\c#"\n' in text
    assert 'doveadm_api_key = "key"\n' in text
