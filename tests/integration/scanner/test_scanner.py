"""Real rspamd, clamd, redis and unbound, as the house renders them: facts/mail.md's cases of the filters."""

import asyncio
import gzip
import io
import json
import secrets
import time
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import localtime

import httpx
import pytest

from fakes.mail_room import MailRoom
from integration.scanner import sealed
from integration.scanner.ward import CONTROLLER_PASSWORD, MESSAGE_BYTES, NAMES, Ward
from machiya.adapters.rspamd.eicar import eicar_message
from machiya.adapters.rspamd.scanner import RspamdScanner
from machiya.mail.model import InboundMessage, Verdict, VerdictAction
from machiya.mail.ports import ScannerUnavailable

pytestmark = [pytest.mark.scanner, pytest.mark.timeout(540)]

REJECT = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
ADD_HEADER = "YJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
EICAR = eicar_message("x").rpartition(b"\r\n\r\n")[2]
HEALTH_SECONDS = 120


def letter(text: str = "Hello Taro,\n\nsee you tomorrow at the station.\n", **attachments: bytes) -> bytes:
    message = EmailMessage()
    message["From"] = "Hanako <hanako@good.example>"
    message["To"] = "taro@house.test"
    message["Subject"] = "tomorrow"
    message["Date"] = localtime()  # an old date, or one to come, would be a reason
    message["Message-ID"] = f"<{time.monotonic_ns()}@good.example>"
    message.set_content(f"{text}\n{secrets.token_hex(8)}\n")
    for name, content in attachments.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=f"{name}.bin")
    return message.as_bytes().replace(b"\n", b"\r\n")


def inbound(content: bytes) -> InboundMessage:
    return MailRoom().message("taro@house.test", content, sender="hanako@good.example")


def zipped(content: bytes, name: str = "invoice.com") -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return archive.getvalue()


def from_cloudflare(address: str, content: bytes) -> bytes:
    line = f"Received: from mail.good.example ({address})\r\n        by cloudflare-email.net (cloudflare) id x\r\n"
    return f"{line}        for <taro@house.test>; Sat, 28 Nov 2026 10:00:00 +0000\r\n".encode() + content


async def symbols(scanner: RspamdScanner, content: bytes) -> set[str]:
    """All that rspamd names for a message."""
    from machiya.adapters.rspamd.scanner import _headers  # noqa: PLC0415 – beside its only use

    return set((await scanner._ask(content, _headers(inbound(content)))).symbols)


async def judged_again(scanner: RspamdScanner, content: bytes) -> Verdict:
    """The first verdict after something was away: the edge asks again, too."""
    for _ in range(120):
        try:
            return await scanner.scan(inbound(content))
        except ScannerUnavailable:
            await asyncio.sleep(0.5)
    raise AssertionError("no verdict although everything is healthy")


async def unscannable(scanner: RspamdScanner) -> str:
    """What the scanner says while it cannot judge."""
    with pytest.raises(ScannerUnavailable) as caught:
        await scanner.scan(inbound(letter()))
    return caught.value.message


async def test_clean_mail_is_clean(scanner: RspamdScanner) -> None:
    verdict = await scanner.scan(inbound(from_cloudflare("198.51.100.7", letter())))
    assert verdict.action is VerdictAction.ACCEPT, verdict.reasons
    assert verdict.scanned


async def test_gtube_reject_is_quarantined(scanner: RspamdScanner) -> None:
    verdict = await scanner.scan(inbound(letter(REJECT)))
    assert (verdict.action, any("GTUBE" in reason for reason in verdict.reasons)) == (VerdictAction.QUARANTINE, True)


async def test_gtube_add_header_is_junk(scanner: RspamdScanner) -> None:
    verdict = await scanner.scan(inbound(letter(ADD_HEADER)))
    assert (verdict.action, any("GTUBE" in reason for reason in verdict.reasons)) == (VerdictAction.JUNK, True)


@pytest.mark.parametrize(
    "content",
    [
        letter(EICAR.decode()),
        letter(eicar=EICAR),
        letter(archive=zipped(EICAR)),
        letter(archive=zipped(zipped(EICAR))),
        EICAR,
    ],
    ids=["text", "attachment", "zipped", "zipped twice", "no mail at all"],
)
async def test_eicar_is_quarantined(scanner: RspamdScanner, content: bytes) -> None:
    verdict = await scanner.scan(inbound(content))
    assert verdict.action is VerdictAction.QUARANTINE
    assert verdict.reasons[0].startswith("virus Test.EICAR"), verdict.reasons


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped(content, "report.txt")], ids=["gzip", "zip"])
async def test_what_is_too_large_to_unpack_is_not_called_clean(
    scanner: RspamdScanner, pack: Callable[[bytes], bytes]
) -> None:
    verdict = await scanner.scan(inbound(letter(archive=pack(bytes(MESSAGE_BYTES * 6) + EICAR))))
    assert verdict.action is VerdictAction.QUARANTINE
    assert "too large" in verdict.reasons[0]


async def test_the_largest_message_is_scanned_to_its_end(scanner: RspamdScanner) -> None:
    padding = b"x" * (MESSAGE_BYTES * 2 // 3)
    verdict = await scanner.scan(inbound(letter(padding=padding, eicar=EICAR)))
    assert verdict.reasons[0].startswith("virus Test.EICAR"), verdict.reasons


@pytest.mark.parametrize(
    "content",
    [b"", b"\r\n", b"\0\xff garbage", b"Subject: hi\r\n\r\nhello\r\n", b"\r\nno header\r\n", "件名".encode("cp932")],
    ids=["nothing", "empty line", "garbage", "little", "no header", "shift_jis"],
)
async def test_odd_bytes_get_a_verdict_and_are_not_the_worst_spam(scanner: RspamdScanner, content: bytes) -> None:
    verdict = await scanner.scan(inbound(content))
    assert verdict.action in {VerdictAction.ACCEPT, VerdictAction.JUNK}, verdict.reasons


async def test_clamd_down_means_no_verdict(ward: Ward, scanner: RspamdScanner) -> None:
    await scanner.scan(inbound(letter()))
    ward.docker("stop", "--time", "5", ward.container("clamav"))
    try:
        assert "virus scanner did not look" in await unscannable(scanner)
    finally:
        ward.docker("start", ward.container("clamav"))
        ward.wait_healthy("clamav")
    assert (await judged_again(scanner, letter())).action is VerdictAction.ACCEPT


async def test_rspamd_started_while_clamd_is_away_keeps_its_rule(ward: Ward, scanner: RspamdScanner) -> None:
    ward.docker("stop", "--time", "5", ward.container("clamav"))
    try:
        ward.docker("restart", "--time", "5", ward.container("rspamd"))
        ward.wait_healthy("rspamd")
        assert "virus scanner did not look" in await unscannable(scanner)
    finally:
        ward.docker("start", ward.container("clamav"))
        ward.wait_healthy("clamav")
    verdict = await judged_again(scanner, letter(eicar=EICAR))
    assert verdict.action is VerdictAction.QUARANTINE


async def test_no_virus_database_at_the_first_start_means_no_verdict(ward: Ward, scanner: RspamdScanner) -> None:
    ward.docker("stop", "--time", "5", ward.container("clamav"))
    ward.forget_database()
    try:
        ward.docker("start", ward.container("clamav"))
        ward.wait(lambda: "no virus database yet" in ward.logs("clamav"), "told", "clamav")
        assert "virus scanner did not look" in await unscannable(scanner)
        health = ward.docker("exec", ward.container("clamav"), "/usr/local/lib/machiya/healthy", check=False)
        assert "no virus database yet" in health
    finally:
        ward.give_database()
        ward.wait_healthy("clamav")
    assert (await judged_again(scanner, letter())).action is VerdictAction.ACCEPT


async def test_rspamd_down_means_no_verdict(ward: Ward, scanner: RspamdScanner) -> None:
    await scanner.scan(inbound(letter()))
    ward.docker("stop", "--time", "5", ward.container("rspamd"))
    try:
        assert "rspamd" in await unscannable(scanner)
    finally:
        ward.docker("start", ward.container("rspamd"))
        ward.wait_healthy("rspamd")
    assert (await judged_again(scanner, letter())).action is VerdictAction.ACCEPT


async def test_dns_dead_means_checks_are_skipped_and_mail_flows(ward: Ward, scanner: RspamdScanner) -> None:
    content = from_cloudflare("198.51.100.7", letter())
    await scanner.scan(inbound(content))
    ward.docker("stop", "--time", "5", ward.container("unbound"))
    try:
        began = time.monotonic()
        verdict: Verdict = await scanner.scan(inbound(content))
        assert verdict.action is VerdictAction.ACCEPT, verdict.reasons
        assert time.monotonic() - began < 25
        assert "DNS did not answer, checks that need it were skipped" in verdict.reasons
    finally:
        ward.docker("start", ward.container("unbound"))
        ward.wait_healthy("unbound")


async def test_the_client_address_is_cloudflares_and_no_strangers(scanner: RspamdScanner) -> None:
    forged = b"Received: from x (198.51.100.7) by mx.street.example\r\n"
    assert "R_SPF_ALLOW" in await symbols(scanner, from_cloudflare("198.51.100.7", letter()))
    assert "R_SPF_FAIL" in await symbols(scanner, from_cloudflare("203.0.113.9", forged + letter()))
    assert not await symbols(scanner, forged + letter()) & {"R_SPF_ALLOW", "R_SPF_FAIL"}


async def test_an_arc_set_with_cloudflares_seal_is_believed(scanner: RspamdScanner) -> None:
    found = await symbols(scanner, (sealed.CLOUDFLARE_SET + sealed.MESSAGE).encode())
    assert {"ARC_ALLOW", "EDGE_DMARC_PASS", "EDGE_DKIM_PASS", "EDGE_SPF_FAIL"} <= found


@pytest.mark.parametrize(
    "text",
    [
        sealed.OTHER_SET + sealed.MESSAGE,
        (sealed.CLOUDFLARE_SET + sealed.MESSAGE).replace("spf=fail", "spf=pass"),
        (sealed.CLOUDFLARE_SET + sealed.MESSAGE).replace("a sealed message", "another message"),
        (sealed.CLOUDFLARE_SET + sealed.MESSAGE).replace("what was sealed", "what was not"),
        sealed.OTHER_SET.replace("d=forwarder.example", "d=cloudflare-email.net") + sealed.MESSAGE,
        "Authentication-Results: mx.cloudflare.net; spf=pass; dkim=pass; dmarc=pass\r\n" + sealed.MESSAGE,
        sealed.CLOUDFLARE_SET.partition("ARC-Authentication")[0] + sealed.MESSAGE,
    ],
    ids=["another's seal", "results", "header", "body", "name", "no ARC", "no results"],
)
async def test_anything_else_gives_no_result(scanner: RspamdScanner, text: str) -> None:
    found = await symbols(scanner, text.encode())
    assert not {name for name in found if name.startswith("EDGE_")}, found


async def test_learning_through_the_controller(ward: Ward) -> None:
    url = f"http://{ward.address('rspamd')}:11334"
    words = " ".join(f"quite{number} ordinary{number}" for number in range(40))
    spam = letter(f"Buy cheap watches now. {words}\n")
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=120) as client:
        stranger = await client.post("/learnspam", content=spam)
        assert stranger.status_code in {401, 403}
        headers = {"Password": CONTROLLER_PASSWORD}
        first = await client.post("/learnspam", content=spam, headers=headers)
        again = await client.post("/learnspam", content=spam, headers=headers)
        assert (first.status_code, again.status_code) == (200, 208), (first.text, again.text)
        ward.docker("restart", ward.container("redis"))  # asked to end: a kill may lose the last two seconds
        ward.wait_healthy("redis")
        after = await client.post("/learnspam", content=spam, headers=headers)
        for _ in range(60):
            if not after.is_server_error:
                break
            await asyncio.sleep(0.5)  # rspamd still has a connection to the one that ended
            after = await client.post("/learnspam", content=spam, headers=headers)
        assert after.status_code == 208, "what was learned survives the end of redis"
        ham = await client.post("/learnham", content=letter("short\n"), headers=headers)
        assert ham.status_code in {200, 204}


def test_every_container_is_closed(ward: Ward) -> None:
    for name in NAMES:
        (made,) = json.loads(ward.docker("inspect", ward.container(name)))
        host, user = made["HostConfig"], made["Config"]["User"]
        assert (host["ReadonlyRootfs"], host["CapDrop"], host["CapAdd"]) == (True, ["ALL"], None)
        assert user.split(":")[0] not in {"", "0"}
        assert host["PortBindings"] in ({}, None)
        assert host["Memory"] > 0


def test_every_configuration_passes_its_daemons_checker(ward: Ward) -> None:
    for service in ward.services:
        if service.check:
            ward.docker("exec", ward.container(service.name), *service.check)


def test_rspamd_looks_for_nothing_outside(ward: Ward) -> None:
    said = ward.docker("logs", ward.container("rspamd"), check=False)
    assert "http://" not in said.replace(ward.url, "")
    assert "https://" not in said
    assert "lua script failed" not in said
