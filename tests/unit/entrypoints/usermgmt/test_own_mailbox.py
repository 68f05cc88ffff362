"""What the owner of a mailbox does: app passwords, rules, quarantine, where the mail is – the own mailbox only."""

import asyncio
import hashlib
from contextlib import closing

import pytest

from fakes.caller import Caller
from fakes.html_page import read_page
from fakes.mail_room import FakeScanner
from fakes.usermgmt_site import OTHER, YOU, Site
from machiya.accounts.app_passwords import add_app_password, list_app_passwords
from machiya.accounts.rules.changes import show_rules
from machiya.accounts.rules.model import Comparison, Condition, Field, Filter, Rules, Vacation
from machiya.core.addresses import EmailAddress
from machiya.core.identifiers import DeliveryId, new_delivery_id
from machiya.mail.ingest import Ingest, IngestRules
from machiya.mail.model import Envelope, InboundMessage, Verdict, VerdictAction
from machiya.mail.outgoing import LogPosition, OutgoingEvent, OutgoingFacts, OutgoingKind

VIRUS = Verdict(VerdictAction.QUARANTINE, ("virus Eicar",))
CLEAN = Verdict(VerdictAction.ACCEPT)
CONTENT = b"From: shop@street.example\r\nSubject: =?utf-8?b?6KuL5rGC5pu4?=\r\n\r\nthe body stays unseen\r\n"


def devices(site: Site, address: str = YOU) -> list[str]:
    found = list_app_passwords(site.house.accounts_uow(read_only=True), EmailAddress.parse(address))
    return [one.name for one in found]


def rules(site: Site) -> Rules:
    return show_rules(site.house.accounts_uow(read_only=True), EmailAddress.parse(YOU))


def arrive(site: Site, recipient: str, verdict: Verdict) -> DeliveryId:
    """A message comes in."""

    async def come() -> DeliveryId:
        house, made, store = site.house, new_delivery_id(site.house.clock.now()), site.house.mail_store()
        with closing(house.ledger_transactions()) as ledger:
            ingest = Ingest(
                directory=house.directory,
                scanner=FakeScanner(verdict),
                store=store,
                quarantine=house.scanning.files(),
                ledger=ledger,
                clock=house.clock,
                rules=IngestRules(hostname="machiya.home.test"),
            )
            envelope = Envelope("shop@street.example", recipient, house.clock.now(), len(CONTENT))
            digest = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
            await ingest(InboundMessage(made, envelope, digest, CONTENT))
        await store.close()
        return made

    return asyncio.run(come())


def copies(site: Site, address: str) -> int:
    return site.house.mailbox_files().message_count(EmailAddress.parse(address))


def test_app_password_is_made_shown_once_and_revoked(site: Site, you: Caller) -> None:
    answer = you.fill("/my/app-passwords/", name="電話")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    password = read_page(answer.text).text.partition("only now. ")[2].split()[0]
    page = you.page("/my/app-passwords/")
    assert ("電話" in page.text, password in page.text, devices(site)) == (True, False, ["電話"])
    [revoke] = [form for form in page.forms if form.action.endswith("/revoke")]
    you.submit(revoke, "/my/app-passwords/")
    assert devices(site) == []
    assert [action.split()[1] for action in site.actions()[-2:]] == ["app_password.add", "app_password.revoke"]
    assert password not in "".join(str(entry) for entry in site.house.access.audit.entries())


@pytest.mark.parametrize(("name", "status"), [("", 400), ("Phone", 409), ("x" * 65, 400)])
def test_app_password_needs_a_name_of_its_own(site: Site, you: Caller, name: str, status: int) -> None:
    you.fill("/my/app-passwords/", name="Phone")
    assert you.fill("/my/app-passwords/", name=name).status_code == status
    assert devices(site) == ["Phone"]


def test_app_password_of_another_cannot_be_revoked(site: Site, you: Caller) -> None:
    made = add_app_password(site.house.accounts_uow(), site.house.clock, EmailAddress.parse(OTHER), "tablet")
    for which in (made.app_password.id, "tablet"):
        token = you.token()
        data = {"csrf_token": token, "address": OTHER, "mailbox": OTHER}
        assert you.post(f"/my/app-passwords/{which}/revoke", data).status_code == 404
    assert devices(site, OTHER) == ["tablet"]


def test_administrator_revokes_and_requires_app_passwords(site: Site, olga: Caller) -> None:
    made = add_app_password(site.house.accounts_uow(), site.house.clock, EmailAddress.parse(YOU), "tablet")
    show, revoke = f"/mailboxes/{YOU}", f"/mailboxes/{YOU}/app-passwords/{made.app_password.id}/revoke"
    assert olga.fill(show, revoke).location == show
    assert devices(site) == []
    olga.fill(show, f"/mailboxes/{YOU}/app-passwords/require", required="yes")
    with site.house.accounts_uow(read_only=True) as work:
        found = work.accounts.mailbox(EmailAddress.parse(YOU))
    assert found is not None
    assert found.app_passwords_required
    assert "checked" in olga.get(show).text


@pytest.mark.parametrize("language", ["ja", "en"])
def test_vacation_begins_with_the_time_zone_of_the_house(
    site: Site, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/Lima")
    form = next(form for form in site.as_(YOU, language).page("/my/vacation/").forms if form.action == "/my/vacation/")
    assert form.values()["time_zone"] == "America/Lima"


def test_vacation_is_saved_and_shown_again(site: Site, you: Caller) -> None:
    wanted = {"enabled": "yes", "first_day": "2026-12-28", "last_day": "2027-01-04", "time_zone": "Asia/Tokyo"}
    said = {"subject": "留守です", "text": "年始に\r\n戻ります", "days": "7"}
    assert you.fill("/my/vacation/", **wanted, **said).location == "/my/vacation/"
    saved = rules(site).vacation
    assert isinstance(saved, Vacation)
    assert (saved.text, saved.subject, saved.days, str(saved.last_day)) == (
        "年始に\n戻ります",
        "留守です",
        7,
        "2027-01-04",
    )
    assert "年始に\n戻ります</textarea>" in you.get("/my/vacation/").text
    assert site.actions()[-1] == f"mailbox:{YOU} rules.vacation {YOU}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"days": "x"},
        {"days": "0"},
        {"first_day": "soon"},
        {"time_zone": "Moon/Base"},
        {"subject": "x" * 300},
    ],
)
def test_vacation_that_cannot_be_is_refused(site: Site, you: Caller, wrong: dict[str, str]) -> None:
    good = {"enabled": "yes", "text": "away", "days": "7", "time_zone": "UTC"}
    assert you.fill("/my/vacation/", **(good | wrong)).status_code == 400
    assert rules(site).vacation is None


def test_forwarding_outside_and_without_a_copy_is_warned_about(site: Site, you: Caller) -> None:
    answer = you.fill("/my/forwarding/", enabled="yes", targets="me@far.example", keep_copy="")
    assert answer.status_code == 303
    saved = rules(site).forwarding
    assert saved is not None
    assert [str(target) for target in saved.targets] == ["me@far.example"]
    assert "leaves this house under the address" in you.page("/my/forwarding/").text


def test_forwarding_to_itself_is_refused(site: Site, you: Caller) -> None:
    answer = you.fill("/my/forwarding/", enabled="yes", targets=YOU)
    assert answer.status_code == 409
    assert "forward to itself" in answer.text
    assert rules(site).forwarding is None


def test_forwarding_that_goes_round_is_told(site: Site, you: Caller) -> None:
    site.as_(OTHER).fill("/my/forwarding/", enabled="yes", targets=YOU)
    you.fill("/my/forwarding/", enabled="yes", targets=OTHER)
    assert "goes round" in you.page("/my/forwarding/").text


FILTER = {
    "name": "Shops",
    "match": "any",
    "field1": "subject",
    "comparison1": "contains",
    "text1": "請求書",
    "folder": "Shops",
}


def test_filter_is_added_in_plain_words_changed_moved_and_removed(site: Site, you: Caller) -> None:
    you.fill(
        "/my/filters/add", **FILTER, mark_read="yes", text2="shop@street.example", comparison2="is", field2="sender"
    )
    assert rules(site).filters == (
        Filter(
            "Shops",
            (
                Condition(Field.SUBJECT, Comparison.CONTAINS, "請求書"),
                Condition(Field.SENDER, Comparison.IS, "shop@street.example"),
            ),
            match_all=False,
            folder="Shops",
            mark_read=True,
        ),
    )
    words = you.page("/my/filters/").text
    assert "the subject contains “請求書” the sender is “shop@street.example”" in words
    assert "put it into the folder “Shops” mark it as read" in words
    you.fill("/my/filters/add", **(FILTER | {"name": "Family"}))
    you.fill("/my/filters/", "/my/filters/2/up")
    assert [one.name for one in rules(site).filters] == ["Family", "Shops"]
    you.fill("/my/filters/1", name="Kin", folder="Kin")
    assert [(one.name, one.folder) for one in rules(site).filters] == [("Kin", "Kin"), ("Shops", "Shops")]
    you.fill("/my/filters/", "/my/filters/2/remove")
    assert [one.name for one in rules(site).filters] == ["Kin"]


@pytest.mark.parametrize(
    "wrong", [{"text1": ""}, {"name": ""}, {"folder": ""}, {"field1": "body"}, {"forward_to": "x"}]
)
def test_filter_that_cannot_be_is_refused(site: Site, you: Caller, wrong: dict[str, str]) -> None:
    assert you.fill("/my/filters/add", **(FILTER | wrong)).status_code == 400
    assert rules(site).filters == ()


def test_filter_that_is_another_meanwhile_is_left_alone(site: Site, you: Caller) -> None:
    you.fill("/my/filters/add", **FILTER)
    data = {"csrf_token": you.token(), "before": "Family"}
    assert you.post("/my/filters/1/remove", data).status_code == 409
    assert you.post("/my/filters/9/remove", data).status_code == 404
    assert len(rules(site).filters) == 1


def test_rules_are_refused_before_anybody_types_where_nothing_carries_them_out(you: Caller) -> None:
    for path in ("/my/vacation/", "/my/forwarding/", "/my/filters/"):
        assert "does not carry out" in you.page(path).text


def test_quarantine_releases_to_its_owner_alone(site: Site, you: Caller) -> None:
    which = arrive(site, "team@home.test", VIRUS)
    page = you.page(f"/my/quarantine/{which}")
    assert ("請求書" in page.text, "virus Eicar" in page.text, "the body" in page.text) == (True, True, False)
    assert OTHER not in page.text
    answer = you.fill(f"/my/quarantine/{which}", f"/my/quarantine/{which}/release")
    assert answer.location == "/my/quarantine/"
    assert (copies(site, YOU), copies(site, OTHER)) == (1, 0)
    assert "Nothing was set aside for you." in you.page("/my/quarantine/").text
    assert site.actions()[-1] == f"mailbox:{YOU} quarantine.release {which}"
    assert f"/my/quarantine/{which}" in site.as_(OTHER).page("/my/quarantine/").links


def test_quarantine_of_another_is_not_there(site: Site, you: Caller) -> None:
    which = arrive(site, OTHER, VIRUS)
    assert which not in you.get("/my/quarantine/").text
    assert you.get(f"/my/quarantine/{which}").status_code == 404
    data = {"csrf_token": you.token()}
    assert you.post(f"/my/quarantine/{which}/release", data).status_code == 404
    assert copies(site, OTHER) == 0


def test_quarantine_is_released_and_deleted_by_administrators(site: Site, olga: Caller) -> None:
    first, second = arrive(site, "team@home.test", VIRUS), arrive(site, YOU, VIRUS)
    assert "the body" not in olga.get(f"/quarantine/{first}").text
    olga.fill(f"/quarantine/{first}", f"/quarantine/{first}/release")
    olga.fill(f"/quarantine/{second}/delete")
    assert (copies(site, YOU), copies(site, OTHER)) == (1, 1)
    assert "The quarantine is empty." in olga.page("/quarantine/").text
    assert site.actions()[-2:] == [
        f"administrator:olga quarantine.release {first}",
        f"administrator:olga quarantine.delete {second}",
    ]


def test_trace_tells_an_owner_about_the_own_mail_only(site: Site, you: Caller) -> None:
    arrive(site, YOU, CLEAN)
    arrive(site, OTHER, VIRUS)
    page = you.page("/my/mail/")
    assert page.text.count("請求書") == 1
    assert "stored for you@home.test" in page.text
    assert "No message fits." in you.page("/my/mail/?text=nobody").text
    assert "請求書" in you.page("/my/mail/?text=STREET&day=2026-11-23").text
    assert "This is no day." in you.page("/my/mail/?day=soon").text


def test_trace_is_told_in_japanese(site: Site) -> None:
    arrive(site, YOU, CLEAN)
    words = site.as_(YOU, "ja").page("/my/mail/").text
    assert "エッジで you@home.test 宛てに受け付けました" in words
    assert "you@home.test に保存しました" in words


def sent(site: Site, queue_id: str, *to: str) -> None:
    """What Postfix logged of a message from you."""
    at = site.house.clock.now()
    made = [OutgoingEvent(f"{queue_id}{one}", queue_id, at, OutgoingKind.RELAYED, one) for one in to]
    facts = [OutgoingFacts(queue_id, at, f"{queue_id}@home.test", YOU, YOU)]
    facts += [OutgoingFacts(queue_id, at, event=event) for event in made]
    site.house.outgoing_book().take_log(facts, LogPosition("log", 1))


@pytest.mark.parametrize(
    ("language", "one", "many", "none", "day"),
    [
        ("en", "To a@x.test", "To a@x.test, b@x.test, c@x.test and 2 more", "Recipients not known yet", "23 Nov 2026"),
        ("ja", "a@x.test 宛て", "a@x.test, b@x.test, c@x.test ほか 2 件宛て", "宛先はまだ不明", "2026年11月23日"),
    ],
)
def test_trace_tells_to_whom_and_when_a_message_was_sent(
    site: Site, language: str, one: str, many: str, none: str, day: str
) -> None:
    sent(site, "4dQ1", "a@x.test")
    sent(site, "4dQ2", *(f"{letter}@x.test" for letter in "abcde"))
    sent(site, "4dQ3")
    page = site.as_(YOU, language).get("/my/mail/").text
    titles = [title.partition("<span")[0].strip() for title in page.split("<h3>")[1:]]
    assert sorted(titles) == sorted([one, many, none])
    assert page.count(f">{day}") >= len(titles)
    assert "4dQ1" not in page
