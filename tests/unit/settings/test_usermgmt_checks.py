from typing import Any

import pytest

from machiya.settings import Settings
from machiya.settings.checks import cross_check
from machiya.settings.usermgmt_checks import people

WILDCARD = "0.0.0.0"  # noqa: S104 – the very thing that is refused


def check(**sections: Any) -> list[str]:
    return [path for path, _ in people(Settings.model_validate(sections))]


def test_people_finds_nothing_in_the_defaults() -> None:
    assert check() == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "::1", "[::1]", "localhost"])
def test_people_takes_plain_text_on_this_machine_alone(host: str) -> None:
    assert check(usermgmt={"host": host}) == []


@pytest.mark.parametrize("host", ["192.168.1.5", "100.101.102.103", "house.local"])
def test_people_wants_a_certificate_where_other_machines_come(host: str) -> None:
    assert check(usermgmt={"host": host}) == ["usermgmt.host"]
    assert check(usermgmt={"host": host, "certificate": "data/tls/server.pem"}) == []


@pytest.mark.parametrize("name", ["host", "webmail_host"])
@pytest.mark.parametrize("host", [WILDCARD, "::", "8.8.8.8"])
def test_the_street_is_refused_with_a_certificate_too(name: str, host: str) -> None:
    settings = Settings.model_validate({"usermgmt": {name: host, "certificate": "data/tls/server.pem"}})
    [(path, message)] = cross_check(settings)
    assert (path, "house.open_ports_reason" in message) == (f"usermgmt.{name}", True)


def test_people_wants_the_certificate_of_a_key() -> None:
    assert check(usermgmt={"key": "server.key"}) == ["usermgmt.certificate"]


@pytest.mark.parametrize("port", [993, 465, 8480, 2525])
def test_people_wants_a_port_of_its_own_on_the_vpn(port: int) -> None:
    assert check(usermgmt={"vpn_port": port}) == ["usermgmt.vpn_port"]


@pytest.mark.parametrize(
    ("sections", "url"),
    [
        ({}, "http://127.0.0.1:8088"),
        ({"usermgmt": {"host": "::1", "certificate": "c.pem"}}, "https://[::1]:8088"),
        ({"house": {"engine": "docker"}, "vpn": {"address": "100.64.0.1"}}, "https://100.64.0.1:8443"),
        (
            {"house": {"engine": "docker", "hostname": "mail.example.jp"}, "tls": {"source": "files"}},
            "https://mail.example.jp:8443",
        ),
        ({"house": {"engine": "docker"}, "tls": {"hostname": "n.t.ts.net"}}, "https://n.t.ts.net:8443"),
        ({"usermgmt": {"public_url": "https://post.example.jp"}}, "https://post.example.jp"),
    ],
)
def test_usermgmt_url_is_what_a_browser_needs(sections: dict[str, Any], url: str) -> None:
    assert Settings.model_validate(sections).usermgmt_url == url
