"""What Postfix is rendered to."""

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.stacks_samples import FACTS
from machiya.adapters.shell.commands import ShellCommands
from machiya.stacks.catalogue.postfix.service import service
from machiya.stacks.facts import HouseFacts, RelayFacts
from machiya.stacks.render import render, render_secrets
from machiya.stacks.templates import folder_of

SECRETS = {
    "tls_certificate": "c",
    "tls_key": "k",
    "relay_password": "hush",
    "relay_domain_passwords": "a.jp=x=y b.jp=z",
}
OWN = replace(FACTS, relay_domains={"a.jp": RelayFacts("smtp.a.net", 465, "implicit", "ann")})


def files(facts: HouseFacts = FACTS) -> dict[str, str]:
    made = render(facts, (service(facts),), {"postfix": "machiya/postfix:0"})
    return {file.path.rpartition("/")[2]: file.content.decode() for file in made}


def passwords(facts: HouseFacts) -> list[str]:
    made = {secret.path: secret for secret in render_secrets(facts, (service(facts),), SECRETS)}
    assert made["relay_passwords"].mode == 0o400
    return [line for line in made["relay_passwords"].content.decode().splitlines() if not line.startswith("#")]


def test_submission_listens_on_the_vpn_address_and_for_webmail_inside() -> None:
    def listeners(facts: HouseFacts) -> list[str]:
        return [line.split()[0] for line in files(facts)["master.cf"].splitlines() if " inet " in line]

    assert listeners(replace(FACTS, webmail=None)) == ["10.77.5.15:587", "10.77.5.15:465", "10.77.1.15:10025"]
    assert set(listeners(FACTS)) - set(listeners(replace(FACTS, webmail=None))) == {"10.77.1.15:465"}


@pytest.mark.parametrize("scanning", [True, False])
def test_every_submission_is_judged_by_mail_api_and_scanned_where_the_house_scans(scanning: bool) -> None:  # noqa: FBT001 – a parameter
    judges = "inet:10.77.1.16:8027" + (", inet:10.77.1.12:11332" if scanning else "")
    rendered = files(replace(FACTS, scanning=scanning))
    clients, _, inside = rendered["master.cf"].partition(":10025 ")
    assert clients.count(f"-o {{ smtpd_milters={judges} }}") == 3
    assert "-o { smtpd_milters=inet:10.77.1.16:8027 }" in inside
    assert "-o milter_macro_daemon_name=redirect" in inside
    assert "milter_default_action = tempfail" in rendered["main.cf"]
    assert ("rspamd" in service(replace(FACTS, scanning=scanning)).needs) is scanning


def test_relay_is_verified_and_no_password_is_in_the_configuration() -> None:
    rendered = files(OWN)
    assert "default_transport = relay-starttls:[smtp.sendgrid.net]:587" in rendered["main.cf"]
    assert "smtp_tls_security_level = secure" in rendered["main.cf"]
    assert "@a.jp relay-implicit:[smtp.a.net]:465" in rendered["transports"]
    assert "hush" not in "".join(rendered.values())


def test_passwords_are_those_of_the_relays_there_are() -> None:
    assert passwords(OWN) == ["[smtp.sendgrid.net]:587 apikey:hush", "@a.jp ann:x=y"]
    assert passwords(FACTS) == ["[smtp.sendgrid.net]:587 apikey:hush"]


def test_domain_relays_are_asked_only_where_there_are_some() -> None:
    assert "sender_dependent" not in files()["main.cf"]
    assert "sender_dependent_default_transport_maps" in files(OWN)["main.cf"]


def test_authority_of_the_relay_is_a_file_of_the_house() -> None:
    assert "smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt" in files()["main.cf"]
    own = replace(FACTS, relay_ca="relay-ca.pem")
    assert "smtp_tls_CAfile = /house/relay-ca.pem" in files(own)["main.cf"]
    assert [file.target for file in service(own).house_files] == ["/house/relay-ca.pem"]


def test_root_and_each_capability_have_a_reason() -> None:
    made = service(FACTS)
    assert made.user.root_reason
    assert {one.name for one in made.capabilities} == {"SETUID", "SETGID", "DAC_OVERRIDE"}
    assert all(one.reason for one in made.capabilities)


def test_owner_hears_of_troubles_where_there_is_one() -> None:
    assert "error_notice_recipient = you@home.test" in files()["main.cf"]
    assert "notify_classes =\n" in files(replace(FACTS, owner=""))["main.cf"]
    assert "notify_classes = resource, software, 2bounce\n" in files(replace(FACTS, owner="taro@home.test"))["main.cf"]


@pytest.mark.parametrize(
    ("said", "code"),
    [("", 0), ("postmap: warning: {table}, line 3: expected format", 1), ("postmap: fatal: no", 1)],
)
def test_check_refuses_a_table_that_postmap_complains_about(tmp_path: Path, said: str, code: int) -> None:
    """``postmap -q`` ends with 1 in each of these cases: the name it is asked for is not in the table."""
    for name, script in (("postconf", "exit 0"), ("postmap", f"echo '{said}' >&2; exit 1")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{script}\n".replace("{table}", f"{tmp_path}/transports"), encoding="utf-8")
        program.chmod(0o755)
    (tmp_path / "transports").touch()
    check = str(folder_of("postfix") / "bin" / "check")
    commands = ShellCommands({"PATH": f"{tmp_path}:/usr/bin:/bin"})
    done = commands.run(("sh", check, str(tmp_path)), seconds=30)
    assert done.code == code
    assert said.format(table=f"{tmp_path}/transports") in done.err
