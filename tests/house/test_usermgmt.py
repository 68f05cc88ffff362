"""usermgmt in the house: pages for the VPN alone, no way to the mail, a renewed certificate, an upgrade of a house."""

import hashlib
import json
import ssl
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import pymysql
import pytest

from house.house import HOSTNAME, PASSWORD, House
from house.waiting import soon
from integration.closed.commands import run
from machiya.bootstrap import open_house
from machiya.stacks.networks import Network

pytestmark = [pytest.mark.house, pytest.mark.timeout(900)]

PORT, WEBMAIL_PORT = 8443, 8089
# Run inside a network namespace: its arguments are the rest of the command line.
ASK = """
import http.client, json, ssl, sys
host, port, name, authority, method, path, headers, body = sys.argv[1:]
context = ssl.create_default_context(cafile=authority) if authority else None
if context:
    connection = http.client.HTTPSConnection(name, int(port), timeout=120, context=context)
    connection._create_connection = lambda _, *more: __import__("socket").create_connection((host, int(port)), *more)
else:
    connection = http.client.HTTPConnection(host, int(port), timeout=120)
connection.request(method, path, body or None, json.loads(headers))
answer = connection.getresponse()
print(json.dumps([answer.status, answer.read().decode()]))
"""
INSIDE = """
import json, sys
from pathlib import Path
from machiya.adapters.dovecot.http_api import DoveadmApi
from machiya.bootstrap import house_at
from machiya.core.addresses import EmailAddress
house, address = house_at(Path("/house")), EmailAddress.parse(sys.argv[1])
files = house.mailbox_files()
api = DoveadmApi(house._lmtp.doveadm_url, house.settings.secrets.doveadm_api_key.get_secret_value())
whose, every = {"user": str(address)}, {"query": ["ALL"]}
refused = [api.ask(*asked) for asked in (
    ("fetch", whose | every | {"field": ["text"]}), ("mailboxList", whose), ("expunge", whose | every),
    ("mailboxDelete", whose | {"mailbox": ["INBOX"]}))]
print(json.dumps({"count": files.message_count(address), "bytes": files.usage_bytes(address), "refused": refused,
                  "mail": Path("/srv/bulk/mail").exists(), "bulk": sorted(p.name for p in Path("/srv/bulk").iterdir()),
                  "key": house.settings.secrets.usermgmt_webmail_key.get_secret_value()}))
"""


def browse(house: House, path: str) -> tuple[int, str]:
    """A page as a browser on the VPN gets it, which believes the house's own authority."""
    words = (house.vpn.machine, str(PORT), HOSTNAME, str(house.root / "data/tls/ca.crt"), "GET", path, "{}", "")
    status, text = json.loads(house.vpn.run(sys.executable, "-c", ASK, *words))
    return status, text


def inside(house: House, address: str) -> dict[str, object]:
    """What usermgmt's container can see and do."""
    python = ("docker", "exec", house.container("usermgmt"), "/opt/machiya/bin/python", "-c")
    found: dict[str, object] = json.loads(run(*python, INSIDE, address))
    return found


def bring_password(house: House, service: str, form: Mapping[str, str], key: str) -> int:
    """As ``service`` would bring a new password: from its own address."""
    pid = str(house.inspect(service)["State"]["Pid"])
    headers = {"X-Machiya-Webmail-Key": key, "Content-Type": "application/x-www-form-urlencoded"}
    where = (house.at(Network.MAILSERVER, "usermgmt"), str(WEBMAIL_PORT), "", "")
    words = (*where, "POST", "/internal/v1/password", json.dumps(headers), urlencode(form))
    status, _ = json.loads(run("nsenter", "--net", "--target", pid, sys.executable, "-c", ASK, *words))
    return int(status)


def test_its_pages_are_there_over_https_on_the_vpn(house: House) -> None:
    assert browse(house, "/healthz") == (200, "ok\n")
    status, text = browse(house, "/login")
    assert (status, "<form" in text) == (200, True)
    assert "usermgmt" in {part["part"] for part in house.status()["parts"] if part["healthy"]}


def test_it_counts_what_a_mailbox_holds_and_sees_no_mail(house: House) -> None:
    mailbox = house.mailbox(f"counted-{uuid.uuid4().hex[:6]}")
    soon(lambda: house.attempt("send-test", mailbox).code == 0, "the edge knows the mailbox, and the message is there")
    found = inside(house, mailbox)
    assert (found["count"], int(str(found["bytes"])) >= 1024) == (1, True)
    assert (found["mail"], found["bulk"]) == (False, ["quarantine"])
    assert {answer[1]["type"] for answer in found["refused"]} == {"unAuthorized"}, found["refused"]  # type: ignore[attr-defined]


def test_a_new_password_comes_from_webmail_alone(house: House) -> None:
    mailbox = house.mailbox(f"changes-{uuid.uuid4().hex[:6]}")
    key = str(inside(house, mailbox)["key"])
    form = {"user": mailbox, "curpass": PASSWORD, "newpass": "another horse entirely"}
    assert bring_password(house, "roundcube", form, "wrong") == 403
    for service in ("mail-api", "postfix", "dovecot"):
        assert bring_password(house, service, form, key) == 403
    assert bring_password(house, "roundcube", form | {"curpass": "wrong"}, key) == 401
    assert bring_password(house, "roundcube", form, key) == 200
    assert bring_password(house, "roundcube", form, key) == 401


def test_a_renewed_certificate_is_taken_without_a_new_container(house: House) -> None:
    before = house.inspect("usermgmt")["Id"]
    house.machiya("tls", "renew", "--force")
    wanted = str(json.loads(house.machiya("tls", "show", "--json"))["sha256"]).replace(":", "").lower()

    def shown() -> bool:
        with house.vpn.inside():
            pem = ssl.get_server_certificate((house.vpn.machine, PORT), timeout=60)
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest() == wanted

    soon(shown, "the new certificate", 120, lambda: house.tail("usermgmt"))
    assert house.inspect("usermgmt")["Id"] == before
    assert browse(house, "/healthz")[0] == 200


def test_a_house_from_before_usermgmt_gets_it_by_machiya_up_alone(house: House) -> None:
    """As an earlier Machiya left it: no container, no keys, no user of the database."""
    secrets, names = open_house(house.root).secrets, ("usermgmt_database_password", "usermgmt_webmail_key", "totp_key")
    run("docker", "rm", "--force", house.container("usermgmt"))
    secrets.change(dict.fromkeys(names, ""))
    forget_user(house.root / "data/run/mariadb/socket")
    house.machiya("boot", "prepare")
    assert set(names) <= set(secrets.read())
    secrets.change(dict.fromkeys(names, ""))
    house.machiya("up", seconds=600)
    assert set(names) <= set(secrets.read())
    house.wait_healthy()
    assert browse(house, "/healthz")[0] == 200


def forget_user(socket: Path) -> None:
    """As the administrator of the database."""
    with (
        pymysql.connect(unix_socket=str(socket), user="root", autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT host FROM mysql.global_priv WHERE user = 'usermgmt'")
        for (host,) in cursor.fetchall():
            cursor.execute("DROP USER 'usermgmt'@%s", (host,))
