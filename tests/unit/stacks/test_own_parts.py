"""Our own parts in containers: what they are told is what the settings take."""

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.stacks_samples import FACTS
from machiya.settings import Settings, load
from machiya.stacks.catalogue.front_door.service import service as front_door
from machiya.stacks.catalogue.mail_api.service import service as mail_api
from machiya.stacks.catalogue.usermgmt.service import service as usermgmt
from machiya.stacks.model import Service
from machiya.stacks.templates import fill

CONFIGURATION = '[house]\nengine = "docker"\nhostname = "m.example.jp"\n# {{ not jinja }}\n'


def as_the_part_reads(service: Service, folder: Path) -> Settings:
    """Its rendered configuration, its environment and its secrets, read as inside its container."""
    (folder / "machiya.toml").write_text(fill(service, "machiya.toml.j2", replace(FACTS, configuration=CONFIGURATION)))
    secrets = folder / "secrets"
    secrets.mkdir()
    for file in service.secrets:
        (secrets / file.path).parent.mkdir(exist_ok=True)
        (secrets / file.path).write_text("s" * 43)
    return load(folder, {**service.environment, "MACHIYA_SECRETS_FOLDER": str(secrets)})


def test_mail_api_is_between_nginx_and_dovecot(tmp_path: Path) -> None:
    found = as_the_part_reads(mail_api(FACTS), tmp_path)
    assert found.house.hostname == "m.example.jp"
    assert (found.mail_api.host, found.mail_api.port) == ("10.77.3.16", 8025)
    assert found.mail_api.private_host == "127.0.0.1"
    assert (found.mail.store, found.lmtp.host, found.lmtp.doveadm_url) == (
        "lmtp", "10.77.1.14", "http://10.77.1.14:8080",
    )  # fmt: skip
    assert found.database_url == f"mysql+pymysql://machiya:{'s' * 43}@10.77.1.10/machiya"
    assert found.submission.host == "10.77.1.16"


def test_front_door_calls_through_the_tunnel_and_is_published_on_loopback(tmp_path: Path) -> None:
    door = front_door(FACTS)
    assert door is not None
    found = as_the_part_reads(door, tmp_path)
    assert found.front_door.tunnel == "10.77.3.18:8080"
    assert found.front_door.host == "10.77.5.19"
    assert [port.reachable for port in door.publishes] == ["loopback"]
    assert {file.path for file in door.secrets} == {"edge_signing_key", "edge_recipient_key"}


def test_usermgmt_is_its_own_user_everywhere_and_has_no_mail(tmp_path: Path) -> None:
    service = usermgmt(FACTS)
    found = as_the_part_reads(service, tmp_path)
    assert found.database_url == f"mysql+pymysql://usermgmt:{'s' * 43}@10.77.1.10/machiya"
    assert (found.usermgmt.host, found.usermgmt.port, found.usermgmt.webmail_host) == ("10.77.4.21", 8443, "10.77.1.21")
    assert {file.secret for file in service.secrets} == {
        "usermgmt_database_password", "doveadm_api_key", "totp_key", "usermgmt_webmail_key", "tls_certificate",
        "tls_key",
    }  # fmt: skip
    assert (service.user.uid, service.capabilities, [volume.name for volume in service.volumes]) == (
        5021, (), ["quarantine"],
    )  # fmt: skip
    assert [(port.port, port.reachable) for port in service.publishes] == [(8443, "vpn")]


def test_usermgmt_has_no_listener_for_webmail_where_there_is_none(tmp_path: Path) -> None:
    assert as_the_part_reads(usermgmt(replace(FACTS, webmail=None)), tmp_path).usermgmt.webmail_host == ""


def test_both_services_have_the_quarantine_alike() -> None:
    assert [volume for volume in mail_api(FACTS).volumes if volume.name == "quarantine"] == list(
        usermgmt(FACTS).volumes
    )


def test_front_door_is_not_there_where_the_worker_is_the_edge() -> None:
    assert front_door(replace(FACTS, tunnel_provider="cloudflared")) is None


@pytest.mark.parametrize("service", [mail_api(FACTS), front_door(FACTS)], ids=lambda one: one.name)
def test_own_parts_are_nobody_in_particular(service: Service) -> None:
    assert (service.user.uid, service.capabilities) == (5016, ())
    assert service.health.test[2] == "machiya.entrypoints.probe"
