"""Acceptance cases of filters: spam, viruses, the quarantine, and that nothing is delivered unscanned."""

import base64
import io
import json
import zipfile

import pytest

from house.clients import STRANGER, letter, mail_program, open_mailbox, send
from house.house import House
from house.waiting import soon

pytestmark = [pytest.mark.house, pytest.mark.timeout(600)]

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
GTUBE_JUNK = "YJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def attached(token: str, name: str, content: bytes) -> bytes:
    """A message with a file."""
    encoded = base64.encodebytes(content).replace(b"\n", b"\r\n").decode()
    head = 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n'
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nsee attachment\r\n--b\r\n"
        f'Content-Type: application/octet-stream; name="{name}"\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{encoded}--b--\r\n"
    )
    return letter(token, body, head=head)


def zipped(content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("test.txt", content)
    return made.getvalue()


def quarantined(house: House, token: str) -> dict[str, str] | None:
    items = json.loads(house.machiya("quarantine", "list", "--json"))
    return next((item for item in items if item["subject"] == token), None)


@pytest.fixture(scope="module")
def mailbox(house: House) -> str:
    return open_mailbox(house, "filtered")


def test_gtube_add_header_goes_into_junk_with_the_reason(house: House, mailbox: str) -> None:
    send(house, mailbox, letter("spam-junk", GTUBE_JUNK + "\r\n"))
    content = house.arrives(mailbox, "spam-junk", folder="Junk")
    assert b"\nX-Machiya-Verdict: junk" in content


def test_gtube_reject_goes_into_the_quarantine(house: House, mailbox: str) -> None:
    send(house, mailbox, letter("spam-worst", GTUBE + "\r\n"))
    assert soon(lambda: quarantined(house, "spam-worst"), "in the quarantine", tell=lambda: house.machiya("trace"))
    assert not house.find(mailbox, "spam-worst")


@pytest.mark.parametrize("kind", ["plain", "zipped"])
def test_eicar_goes_into_the_quarantine_and_a_release_arrives_unchanged(house: House, mailbox: str, kind: str) -> None:
    token, file = f"virus-{kind}", EICAR if kind == "plain" else zipped(EICAR)
    sent = attached(token, "test.zip" if kind == "zipped" else "test.com", file)
    send(house, mailbox, sent)
    item = soon(lambda: quarantined(house, token), "in the quarantine", tell=lambda: house.machiya("trace"))
    assert "virus" in " ".join(item["reasons"])
    assert not house.find(mailbox, token)
    house.machiya("quarantine", "release", item["delivery_id"])
    assert house.arrives(mailbox, token).endswith(sent.replace(b"\r\n", b"\n"))
    assert quarantined(house, token) is None


@pytest.mark.parametrize("service", ["clamav", "rspamd"])
def test_scanner_down_is_held_at_the_edge_and_delivered_when_it_is_back(
    house: House, mailbox: str, service: str
) -> None:
    house.stop(service)
    try:
        send(house, mailbox, letter(f"down-{service}"))
        soon(lambda: "scan" in _story(house, service), "the trace tells", tell=lambda: _story(house, service))
        assert not house.find(mailbox, f"down-{service}")
        assert house.attempt("status").code == 10
    finally:
        house.start(service)
    house.arrives(mailbox, f"down-{service}", seconds=300)


def _story(house: House, service: str) -> str:
    return house.machiya("trace", f"down-{service}@street.example", good=False).lower()


def test_moved_to_junk_is_learned(house: House, mailbox: str) -> None:
    words = " ".join(f"unusual{number} words{number}" for number in range(60))
    send(house, mailbox, letter("to-be-learned", f"{words}\r\n"))
    house.arrives(mailbox, "to-be-learned")
    with mail_program(house, mailbox) as session:
        session.select("INBOX")
        _, found = session.search(None, "SUBJECT", "to-be-learned")
        assert session.copy(found[0].split()[0], "Junk")[0] == "OK"
    soon(lambda: "spam learned" in house.tail("dovecot"), "rspamd learned it", tell=lambda: house.tail("dovecot"))


def test_no_scanner_header_of_a_stranger_is_believed(house: House, mailbox: str) -> None:
    send(house, mailbox, letter("forged-verdict", head="X-Machiya-Verdict: junk; forged\r\n", sender=STRANGER))
    house.arrives(mailbox, "forged-verdict")
