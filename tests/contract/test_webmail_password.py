"""A new password from webmail: who may bring it, what it takes, how often somebody may guess."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyotp import TOTP
from werkzeug.test import Client

from machiya.access.model import Who, WhoKind
from machiya.access.throttle import ACCOUNT
from machiya.accounts.domains import add_domain
from machiya.accounts.mailboxes import add_mailbox
from machiya.bootstrap import House
from machiya.core.addresses import EmailAddress
from machiya.entrypoints.usermgmt.webmail import BODY_BYTES, KEY_HEADER, PATH, webmail_desk

KEY, WEBMAIL = "k" * 43, "10.77.1.20"
TARO = EmailAddress.parse("taro@home.test")
OLD, NEW = "correct horse battery", "another horse entirely"
FORM = {"user": str(TARO), "curpass": OLD, "newpass": NEW}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("MACHIYA_SECRETS__USERMGMT_WEBMAIL_KEY", KEY)
    monkeypatch.setenv("MACHIYA_SECRETS__TOTP_KEY", "t" * 43)
    (tmp_path / "machiya.toml").write_text("")
    house = House(tmp_path)
    house.prepare_storage()
    add_domain(house.accounts_uow(), house.clock, TARO.domain)
    add_mailbox(house.accounts_uow(), house.clock, house.password_hasher(), TARO, password=OLD)
    yield house
    house.engine.dispose()


def post(house: House, form: Any = FORM, *, key: str = KEY, peer: str = WEBMAIL, path: str = PATH) -> tuple[int, str]:
    answer = Client(webmail_desk(house)).post(
        path, data=form, headers={KEY_HEADER: key}, environ_overrides={"REMOTE_ADDR": peer}
    )
    return answer.status_code, answer.text


def opens(house: House, password: str) -> bool:
    with house.accounts_uow(read_only=True) as work:
        mailbox = work.accounts.mailbox(TARO)
    return mailbox is not None and house.password_hasher().verify(mailbox.password, password)


def test_the_owner_s_new_password_counts_at_once_and_is_audited(house: House) -> None:
    assert post(house) == (200, "ok\n")
    assert (opens(house, NEW), opens(house, OLD)) == (True, False)
    [entry] = [one for one in house.access.audit.entries() if one.action == "password.change"]
    assert (entry.actor, entry.target) == (f"mailbox:{TARO}", str(TARO))


@pytest.mark.parametrize(
    "caller",
    [
        {"key": ""}, {"key": "K" * 43}, {"key": "\xff"}, {"peer": "10.77.1.15"}, {"peer": "10.77.1.1"}, {"peer": ""},
    ],
)  # fmt: skip
def test_anybody_else_is_refused(house: House, caller: dict[str, str]) -> None:
    assert post(house, **caller)[0] == 403
    assert opens(house, OLD)


def test_without_a_key_nobody_is_let_in(tmp_path: Path) -> None:
    (tmp_path / "machiya.toml").write_text("")
    assert post(House(tmp_path), key="")[0] == 403


def test_a_forged_address_counts_for_nothing(house: House) -> None:
    answer = Client(webmail_desk(house)).post(
        PATH, data=FORM, headers={KEY_HEADER: KEY, "X-Forwarded-For": WEBMAIL, "X-Real-IP": WEBMAIL},
        environ_overrides={"REMOTE_ADDR": "10.77.1.15"},
    )  # fmt: skip
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"curpass": "wrong"}, 401), ({"user": "nobody@home.test"}, 401), ({"user": "no address"}, 400),
        ({"newpass": "short"}, 400), ({"newpass": OLD}, 400), ({"newpass": "with\0control"}, 400),
        ({"newpass": "x" * BODY_BYTES}, 413),
    ],
)  # fmt: skip
def test_what_cannot_be_done_changes_nothing(house: House, change: dict[str, str], status: int) -> None:
    assert post(house, FORM | change)[0] == status
    assert opens(house, OLD)


@pytest.mark.parametrize("missing", FORM)
def test_a_form_with_a_field_missing_is_refused(house: House, missing: str) -> None:
    assert post(house, {name: value for name, value in FORM.items() if name != missing})[0] == 400


def test_other_paths_and_methods_are_not_there(house: House) -> None:
    assert post(house, path="/")[0] == 404
    assert Client(webmail_desk(house)).get(PATH, environ_overrides={"REMOTE_ADDR": WEBMAIL}).status_code == 405


def test_who_guesses_too_often_waits_even_with_the_right_password(house: House) -> None:
    for _ in range(ACCOUNT.failures):
        assert post(house, FORM | {"curpass": "wrong"})[0] == 401
    assert post(house)[0] == 429
    assert opens(house, OLD)


def test_who_logs_in_in_two_steps_changes_it_in_usermgmt(house: House) -> None:
    factors, who = house.access.second_factors, Who(WhoKind.MAILBOX, str(TARO))
    factors.confirm(who, TOTP(factors.begin(who).secret).now(), by=str(who))
    assert post(house) == (409, "two-step log-in is on: webmail asks for no code\n")
    assert opens(house, OLD)


def test_a_success_takes_the_count_back(house: House) -> None:
    for _ in range(ACCOUNT.failures - 1):
        post(house, FORM | {"curpass": "wrong"})
    assert post(house)[0] == 200
    assert post(house, FORM | {"curpass": NEW, "newpass": OLD})[0] == 200
