"""Webmail as rendered; the containers themselves are asked in tests/house."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from fakes.stacks_samples import FACTS
from machiya.core.sizes import MIB
from machiya.stacks.catalogue.nginx.service import UID as NGINX
from machiya.stacks.catalogue.nginx.service import service as nginx
from machiya.stacks.catalogue.roundcube.service import NGINX_UID, service
from machiya.stacks.facts import HouseFacts, WebmailFacts
from machiya.stacks.model import Service
from machiya.stacks.networks import Network
from machiya.stacks.services import services
from machiya.stacks.templates import fill
from machiya.stacks.way_in import house_ingress

WITHOUT = replace(FACTS, webmail=None)


def roundcube(facts: HouseFacts = FACTS) -> Service:
    made = service(facts)
    assert made is not None
    return made


def config(facts: HouseFacts = FACTS, template: str = "config.inc.php.j2") -> str:
    return fill(roundcube(facts), template, facts)


def named(product_name: str) -> HouseFacts:
    return replace(FACTS, webmail=WebmailFacts("webmail.home.test", product_name, 60))


def test_a_house_without_webmail_has_nothing_of_it() -> None:
    assert "roundcube" not in {one.name for one in services(WITHOUT)}
    assert house_ingress(WITHOUT).hostnames == ("mail.home.test",)
    assert nginx(WITHOUT).volumes == ()
    for word in ("webmail", "fastcgi_pass", "limit_req"):
        assert word not in fill(nginx(WITHOUT), "nginx.conf.j2", WITHOUT).lower()


def test_webmail_has_a_host_name_of_its_own_in_the_tunnel() -> None:
    (rule,) = house_ingress(FACTS).of("webmail.home.test")
    assert (rule.service, rule.path) == ("http://10.77.3.17:8080", "")


def test_roundcube_has_no_rights_and_no_port() -> None:
    made = roundcube()
    assert (made.user.uid, made.user.gid, made.capabilities, made.publishes) == (5020, 5020, (), ())
    assert [one.network for one in made.networks] == [Network.MAILSERVER]
    pool = config(template="php-fpm.conf.j2")
    assert re.findall(r"^listen = (.*)$", pool, re.MULTILINE) == ["/run/roundcube/php.sock"]


def test_the_socket_is_for_the_group_of_nginx_alone() -> None:
    (inside,), (seen,) = roundcube().volumes, nginx(FACTS).volumes
    assert (inside.storage, inside.name, inside.target) == (seen.storage, seen.name, seen.target)
    assert (inside.mode & 0o777, inside.owner, NGINX_UID) == (0o750, (5020, NGINX), NGINX)
    assert (inside.read_only, seen.read_only) == (False, True)
    assert "listen.mode = 0660" in config(template="php-fpm.conf.j2")


def test_everything_webmail_talks_to_is_encrypted_and_the_house_itself() -> None:
    text = config()
    hosts = dict(re.findall(r"\$config\['(\w+_host)'\] = '(\w+://[^']+)';", text))
    assert hosts == {
        "imap_host": "ssl://10.77.1.14:993",
        "smtp_host": "ssl://10.77.1.15:465",
        "managesieve_host": "tls://10.77.1.14:4190",
    }
    assert text.count("_conn_options'] = $house;") == 3
    assert "'peer_fingerprint' => ['sha256' =>" in text


def test_no_secret_is_in_the_configuration() -> None:
    assert {one.secret for one in roundcube().secrets} == {
        "roundcube_database_password",
        "roundcube_des_key",
        "tls_fingerprint",
        "usermgmt_webmail_key",
    }
    assert set(re.findall(r"\$secret\('(\w+)'\)", config())) == {one.path for one in roundcube().secrets}


def test_passwords_are_changed_where_the_house_has_somebody_for_that() -> None:
    assert [one.secret for one in roundcube().secrets if one.optional] == ["usermgmt_webmail_key"]
    (before, block) = config().split("if ($secret('usermgmt_webmail_key') !== '') {")
    assert "'password'" not in before
    assert "'http://10.77.1.21:8089/internal/v1/password'" in block


def test_limits_follow_the_largest_message() -> None:
    facts = replace(FACTS, message_bytes=10 * MIB)
    assert "$config['max_message_size'] = '10485760';" in config(facts)
    pool = config(facts, "php-fpm.conf.j2")
    assert "php_admin_value[upload_max_filesize] = 10485760\n" in pool
    assert "client_max_body_size 11534336;" in fill(nginx(facts), "nginx.conf.j2", facts)
    assert roundcube(facts).limits.memory_bytes < roundcube().limits.memory_bytes


@pytest.mark.parametrize("name", ["it's", "back\\", "\\'; system('x'); //", "山田家", "a<b>&c"])
def test_the_name_of_the_house_is_text_wherever_it_stands(name: str) -> None:
    (told,) = re.findall(r"\$config\['product_name'\] = '((?:[^'\\]|\\.)*)';\n", config(named(name)))
    assert re.sub(r"\\(.)", r"\1", told) == name
    logo = ET.fromstring(fill(nginx(FACTS), "webmail-logo.svg.j2", named(name)))  # noqa: S314 – rendered here
    assert [element.text for element in logo] == [name, name]


@pytest.mark.parametrize(
    ("name", "ems"),
    [
        ("home", 3.12),
        ("mail.home.test", 8.51),
        ("MACHIYA HOME", 8.83),
        ("M" * 40, 39.8),
        ("x" * 40, 25.8),
        ("家" * 40, 40),
    ],
)
def test_a_name_fits_into_the_logo(name: str, ems: float) -> None:
    """Measured in DejaVu Sans Bold and Noto Sans CJK, wider than what most people have."""
    logo = fill(nginx(FACTS), "webmail-logo.svg.j2", named(name))
    size = float(re.findall(r'font-size="([\d.]+)"', logo)[0])
    assert 200 <= size * ems <= 320 or size == 44


def test_one_program_is_run_and_log_ins_are_counted_under_the_only_address_that_takes_them() -> None:
    text = fill(nginx(FACTS), "nginx.conf.j2", FACTS)
    assert text.count("fastcgi_pass unix:/run/roundcube/php.sock;") == 1
    assert re.findall(r"SCRIPT_FILENAME (\S+);", text) == ["/var/lib/roundcube/public_html/index.php"]
    assert '"POST _task=login" $client;' in text
    assert text.count("fastcgi_param HTTPS on;") == 1
