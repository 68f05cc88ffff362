"""The owner of a mailbox at usermgmt, in Chromium, on the VPN: absence, forwarding, the quarantine, where mail is."""

import email
import email.policy
import json
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from browser.hands import fill, form_of, press_to, words
from browser.visit import Language, Visitor
from fakes.smtp_relay import Carried
from house.clients import letter, open_mailbox, send
from house.house import House
from house.people import People, people
from house.waiting import soon

pytestmark = [pytest.mark.house, pytest.mark.timeout(600)]

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
AWAY = "ただいま①休暇中です。\n.点で始まる行\n〜月曜日に戻ります〜"
STATES = {"ja": {"in": "配達済み", "aside": "隔離中"}, "en": {"in": "delivered", "aside": "in the quarantine"}}


@pytest.fixture(scope="module")
def visitors(house: House) -> Iterator[People]:
    with people(house) as made:
        yield made


@pytest.fixture(params=["ja", "en"])
def language(request: pytest.FixtureRequest) -> Language:
    found: Language = request.param
    return found


def tick(page: Visitor, *names: str) -> None:
    for name in names:
        page.page.locator(f'main [name="{name}"]').check()


def to(house: House, recipient: str) -> list[Carried]:
    """What the relay got for somebody outside."""
    assert house.relay
    return [one for one in house.relay.carried if recipient in one.recipients]


def parsed(content: bytes) -> EmailMessage:
    found = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def aside(house: House) -> set[str]:
    """Subjects of what is in the quarantine."""
    return {item["subject"] for item in json.loads(house.machiya("quarantine", "list", "--json"))}


def nothing_waits(house: House) -> bool:
    """Whether all that was to leave has left."""
    return house.machiya("queue", "list", "--json").strip() == "[]"


def delivered(house: House, token: str) -> bool:
    return [one["state"] for one in house.trace(f"{token}@street.example")] == ["delivered"]


def test_who_writes_twice_to_somebody_away_gets_one_answer(house: House, visitors: People, language: Language) -> None:
    owner, friend = open_mailbox(house, f"away-{language}"), f"twice-{language}@street.example"
    with visitors.at_usermgmt(owner, language) as page:
        page.go("/my/vacation/")
        tick(page, "enabled")
        fill(page.page, subject="休暇中です①", text=AWAY, days="7")
        page.go("/my/vacation/")
        assert form_of(page.page, "text").locator('[name="text"]').input_value() == AWAY
    for number in (1, 2):
        token = f"to-somebody-away-{language}-{number}"
        send(house, owner, letter(token, sender=friend, to=owner), friend)
        house.arrives(owner, token)
        soon(lambda token=token: delivered(house, token), "traced")  # type: ignore[misc]
    soon(lambda: to(house, friend), "the answer", tell=lambda: house.machiya("queue", "list"))
    soon(lambda: nothing_waits(house), "nothing more on its way", tell=lambda: house.machiya("queue", "list"))
    [answer] = to(house, friend)
    message = parsed(answer.content)
    assert message["from"].addresses[0].addr_spec == owner
    assert (message["subject"], message["auto-submitted"].partition(" ")[0]) == ("休暇中です①", "auto-replied")
    assert message.get_content().splitlines() == AWAY.splitlines()


def test_what_is_forwarded_outside_leaves_under_the_own_address(
    house: House, visitors: People, language: Language
) -> None:
    owner, elsewhere = open_mailbox(house, f"forwarder-{language}"), f"elsewhere-{language}@street.example"
    with visitors.at_usermgmt(owner, language) as page:
        page.go("/my/forwarding/")
        tick(page, "enabled", "keep_copy")
        fill(page.page, targets=elsewhere)
        assert elsewhere in page.page.locator('[name="targets"]').input_value()
    token = f"to-be-forwarded-{language}"
    send(house, owner, letter(token, "①転送\r\n", to=owner, head="Content-Type: text/plain; charset=utf-8\r\n"))
    house.arrives(owner, token)
    soon(lambda: to(house, elsewhere), "forwarded", tell=lambda: house.machiya("queue", "list"))
    [went] = to(house, elsewhere)
    message = parsed(went.content)
    assert went.sender == owner
    assert [one.addr_spec for one in message["from"].addresses] == [owner]
    assert [one.addr_spec for one in message["reply-to"].addresses] == ["stranger@street.example"]
    assert message["subject"] == token
    assert went.content.endswith("\r\n\r\n①転送\r\n".encode())


def test_what_was_set_aside_is_let_out_and_seen_on_its_way(house: House, visitors: People, language: Language) -> None:
    owner, other = open_mailbox(house, f"spammed-{language}"), open_mailbox(house, f"bystander-{language}")
    token = f"set-aside-{language}"
    send(house, owner, letter(token, f"{GTUBE}\r\n", to=owner))
    soon(lambda: token in aside(house), "in the quarantine", tell=lambda: house.machiya("trace"))
    with visitors.at_usermgmt(other, language) as page:
        page.go("/my/quarantine/")
        assert token not in words(page)
    with visitors.at_usermgmt(owner, language) as page:
        assert where(page, token) == STATES[language]["aside"]
        page.go("/my/quarantine/")
        page.page.get_by_role("link", name=token).click()
        press_to(page.page, "/release")
        assert page.page.locator("main [role=status]").inner_text()
        page.go("/my/quarantine/")
        assert token not in words(page)
        assert GTUBE.encode() in house.arrives(owner, token)
        assert where(page, token) == STATES[language]["in"]
    assert not house.find(other, token)


def where(page: Visitor, subject: str) -> str:
    """What "Where is my mail?" says of the one message with this subject."""
    page.go("/my/mail/")
    fill(page.page, text=subject)
    article = page.page.locator("main article")
    assert article.count() == 1
    article.locator("summary").click()
    assert article.locator(".steps li").count() > 1
    return article.locator(".mark").inner_text()
