"""Whoever is logged in reaches what is theirs only, whatever ids are written into the address."""

import sqlite3
from contextlib import closing
from pathlib import Path

from contract.usermgmt_walk.conftest import Walked
from contract.usermgmt_walk.people import PEOPLE, Person
from corpus.fields import TAG
from fakes.caller import Caller
from fakes.furnished_house import OTHER, PASSWORD
from fakes.house_state import DATABASE, MAIL
from machiya.access.model import Factor, Who, WhoKind
from machiya.access.throttle import admit, by_account, by_code
from machiya.accounts.mailboxes import add_mailbox, remove_mailbox
from machiya.bootstrap import House
from machiya.core.addresses import EmailAddress

OWN_PAGES = (
    *("/", "/account/", "/my/quarantine/", "/my/mail/"),
    *("/my/app-passwords/", "/my/vacation/", "/my/forwarding/", "/my/filters/"),
)
OF_THE_OLD_OWNER = (TAG, "For the whole team", "Hello", "Thunderbird", "書店", "不在", str(OTHER))


def session_ids(root: Path, name: str) -> set[str]:
    with closing(sqlite3.connect(root / DATABASE)) as connection:
        return {row[0] for row in connection.execute("SELECT id FROM access_sessions WHERE who_name = ?", (name,))}


def another_moves_in(walked: Walked) -> None:
    """The mailbox of somebody who had two-step log-in and failed to type it is removed, and made for somebody else."""
    name, house = PEOPLE[Person.MAILBOX].name, House(walked.root, walked.clock)
    who = Who(WhoKind.MAILBOX, name)
    with house.access_uow() as work:
        work.factors.save(Factor(who, "sealed", confirmed=True, last_step=1, created_at=walked.clock.now()))
        for counted in (by_account(name), by_code(str(who))):
            for _ in range(counted.limit.failures):
                admit(work.attempts, walked.clock.now(), (counted,))
        work.commit()
    walked.clock.move(seconds=1)
    address = EmailAddress.parse(name)
    remove_mailbox(house.accounts_uow(), house.mailbox_files(), address)
    add_mailbox(house.accounts_uow(), house.clock, house.password_hasher(), address, password=PASSWORD)
    house.engine.dispose()


def press(caller: Caller, path: str) -> int:
    return caller.post(path, {"csrf_token": caller.token()}).status_code


def test_what_was_set_aside_for_somebody_else_is_not_there(walked: Walked) -> None:
    before, caller = walked.state(), walked.caller(Person.MAILBOX)
    for which in (walked.held.others, walked.held.arrived):
        answer = caller.get(f"/my/quarantine/{which}")
        assert answer.status_code == 404
        assert "For somebody else" not in answer.text
        assert press(caller, f"/my/quarantine/{which}/release") == 404
    for path in ("/my/quarantine/", "/my/mail/", "/my/mail/?text=somebody", "/my/mail/?text=other@home.test", "/"):
        assert "For somebody else" not in caller.get(path).text, path
    assert walked.state() == before


def test_mailbox_made_again_shows_its_new_owner_nothing_of_the_old_one(walked: Walked) -> None:
    old, new, listed = walked.caller(Person.MAILBOX), Caller(walked.app), f"/my/quarantine/{walked.held.yours}"
    before = {path: old.page(path) for path in OWN_PAGES}
    assert listed in before["/my/quarantine/"].links
    assert all(word in "".join(page.text for page in before.values()) for word in OF_THE_OLD_OWNER)
    assert "only after" not in walked.caller(Person.OPERATOR).page(f"/quarantine/{walked.held.yours}").text
    another_moves_in(walked)
    assert old.get("/").status_code == 303
    assert new.log_in(PEOPLE[Person.MAILBOX].name, PASSWORD).location == "/"
    for path in OWN_PAGES:
        text = new.page(path).text
        assert not [word for word in OF_THE_OLD_OWNER if word in text], path
    assert new.get(listed).status_code == 404
    assert press(new, f"{listed}/release") == 404
    assert list((walked.root / MAIL / "mail").glob("home.test/you/Maildir/new/*")) == []
    told = walked.caller(Person.OPERATOR).page(f"/quarantine/{walked.held.yours}").text
    assert "made only after this message came" in told.lower()


def test_what_was_set_aside_for_several_goes_to_the_one_who_asked(walked: Walked) -> None:
    caller = walked.caller(Person.MAILBOX)
    assert press(caller, f"/my/quarantine/{walked.held.shared}/release") == 303
    mail = walked.root / MAIL / "mail"
    assert len(list(mail.glob("home.test/you/Maildir/new/*"))) == 2
    assert list(mail.glob("home.test/other/Maildir/new/*")) + list(mail.glob("second.test/*/Maildir/new/*")) == []
    assert caller.get(f"/my/quarantine/{walked.held.shared}").status_code == 404
    assert walked.caller(Person.OPERATOR).get(f"/quarantine/{walked.held.shared}").status_code == 200


def test_the_device_of_somebody_else_stays(walked: Walked) -> None:
    before, caller = walked.state(), walked.caller(Person.MAILBOX)
    assert "tablet" not in caller.get("/my/app-passwords/").text
    assert press(caller, f"/my/app-passwords/{walked.held.others_device}/revoke") == 404
    assert walked.state() == before
    assert press(walked.caller(Person.OPERATOR), f"/mailboxes/you@home.test/app-passwords/{'0' * 32}/revoke") == 404
    crossed = f"/mailboxes/you@home.test/app-passwords/{walked.held.others_device}/revoke"
    assert press(walked.caller(Person.OPERATOR), crossed) == 404
    assert walked.state() == before


def test_the_session_of_somebody_else_goes_on(walked: Walked) -> None:
    for person in (Person.MAILBOX, Person.VIEWER):
        for other in set(PEOPLE) - {person}:
            [session] = session_ids(walked.root, PEOPLE[other].name)
            assert press(walked.caller(person), f"/account/sessions/{session}/end") == 404
            assert walked.caller(other).get("/").status_code == 200
        press(walked.caller(person), "/account/sessions/end-others")
        assert all(walked.caller(other).get("/").status_code == 200 for other in PEOPLE)


def test_another_session_of_ones_own_is_ended(walked: Walked) -> None:
    name, elsewhere = PEOPLE[Person.MAILBOX].name, Caller(walked.app)
    before = session_ids(walked.root, name)
    elsewhere.log_in(name, PASSWORD)
    [second] = session_ids(walked.root, name) - before
    assert press(walked.caller(Person.MAILBOX), f"/account/sessions/{second}/end") == 303
    assert elsewhere.get("/").status_code == 303
    assert walked.caller(Person.MAILBOX).get("/").status_code == 200
