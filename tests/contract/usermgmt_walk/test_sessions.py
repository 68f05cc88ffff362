"""Sessions that cannot be foisted on anybody, and headers that nobody believes."""

import re

import pyotp
import pytest

from contract.usermgmt_walk.conftest import Walked
from contract.usermgmt_walk.people import PEOPLE, SESSION_COOKIE, Person, session_of, token_of
from fakes.caller import HOST, OWN_FORM, Caller
from fakes.furnished_house import PASSWORD
from fakes.house_state import rows_of

LIES = {
    "X-Forwarded-For": "127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "CF-Connecting-IP": "127.0.0.1",
    "Forwarded": "for=127.0.0.1;host=street.example;proto=http",
    "X-Forwarded-Host": "street.example",
    "X-Forwarded-Server": "street.example",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Prefix": "//street.example",
    "X-Original-URL": "/style.css",
    "X-Rewrite-URL": "/style.css",
    "X-HTTP-Method-Override": "GET",
    "X-Remote-User": "alice",
    "Remote-User": "alice",
    "Authorization": "Basic YWxpY2U6",
}
OTHERS_ARE_OVER = {
    "en": "Two-step log-in is on. Other sessions of yours are over",
    "ja": "2 段階ログインをオンにしました。パスワードだけで開かれていた、ほかのセッションは終了しました。",
}
LINK = r"https://machiya\.home\.test(/invitation/[\w-]+)"
FIXED = "zqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqz"


def found(pattern: str, text: str) -> str:
    """The group of ``pattern``, which is there."""
    match = re.search(pattern, text)
    assert match, text
    return match[1]


def is_in(caller: Caller) -> bool:
    return caller.get("/").status_code == 200


@pytest.mark.parametrize("person", PEOPLE)
def test_a_session_set_beforehand_is_not_taken_up(walked: Walked, person: Person) -> None:
    caller = Caller(walked.app)
    session_of(caller, FIXED)
    assert not is_in(caller)
    caller.log_in(PEOPLE[person].name, PASSWORD)
    assert is_in(caller)
    assert token_of(caller) not in {"", FIXED}
    fixed = Caller(walked.app)
    session_of(fixed, FIXED)
    assert not is_in(fixed)


def test_giving_the_password_again_ends_the_token_before(walked: Walked) -> None:
    caller = walked.caller(Person.MAILBOX)
    first = token_of(caller)
    assert caller.fill("/confirm", "/confirm", password=PASSWORD).status_code == 303
    assert token_of(caller) not in {"", first}
    assert is_in(caller)
    old = Caller(walked.app)
    session_of(old, first)
    assert not is_in(old)


def test_logging_out_ends_the_session_in_the_house(walked: Walked) -> None:
    caller = walked.caller(Person.VIEWER)
    token = token_of(caller)
    caller.fill("/", "/logout")
    assert not token_of(caller)
    session_of(caller, token)
    assert not is_in(caller)


def test_the_cookie_is_out_of_reach(walked: Walked) -> None:
    answer = Caller(walked.app).log_in(PEOPLE[Person.OWNER].name, PASSWORD)
    cookies = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith(f"{SESSION_COOKIE}=")]
    assert len(cookies) == 1
    attributes = {part.strip().lower() for part in cookies[0].split(";")[1:]}
    assert {"secure", "httponly", "path=/", "samesite=strict"} <= attributes
    assert not [attribute for attribute in attributes if attribute.startswith("domain")]
    assert answer.text.count(token_of_line(cookies[0])) == 0


def token_of_line(line: str) -> str:
    return line.partition("=")[2].partition(";")[0]


def test_the_token_is_kept_only_as_its_digest(walked: Walked) -> None:
    rows = repr(rows_of(walked.root))
    assert [person for person, token in walked.tokens.items() if token in rows] == []


def test_a_wrong_password_and_a_stranger_are_answered_alike(walked: Walked) -> None:
    answers: list[tuple[int, str, str]] = []
    for name in ("alice", "nobody", "you@home.test", "nobody@home.test", "nobody@street.example", "gone@second.test"):
        answer = Caller(walked.app, address=f"100.64.1.{len(answers)}").log_in(name, "not the password")
        answers.append((answer.status_code, answer.text.replace(name, ""), token_of_answer(answer.headers)))
    texts = {strip_token(text) for _, text, _ in answers}
    assert ({status for status, _, _ in answers}, len(texts), {token for *_, token in answers}) == ({401}, 1, {""})


def token_of_answer(headers: object) -> str:
    return SESSION_COOKIE if f"{SESSION_COOKIE}=" in str(headers) else ""


def strip_token(text: str) -> str:
    head, _, tail = text.partition('name="csrf_token" value="')
    return text if not tail else head + strip_token(tail[64:])


@pytest.mark.parametrize("header", LIES)
def test_headers_that_lie_open_nothing_and_are_not_repeated(walked: Walked, header: str) -> None:
    stranger = Caller(walked.app)
    answer = stranger.get("/", {header: LIES[header]})
    assert (answer.status_code, (answer.location or "").partition("?")[0]) == (303, "/login")
    answer = stranger.get("/login", {header: LIES[header]})
    assert "street.example" not in answer.text + str(answer.headers)
    refused = walked.caller(Person.VIEWER).get("/audit/", {header: LIES[header]})
    assert refused.status_code == 403


@pytest.mark.parametrize(
    "host", ["street.example", "machiya.home.test.street.example", "", "street.example:443", "[::"]
)
def test_another_host_name_is_refused(walked: Walked, host: str) -> None:
    answer = walked.caller(Person.OWNER).get("/", {"Host": host})
    assert answer.status_code == 400
    assert "street.example" not in answer.text + str(answer.headers)


def test_the_address_written_down_is_the_peers(walked: Walked) -> None:
    caller = Caller(walked.app, address="100.64.9.9")
    form = caller.page("/login").forms[0]
    values = form.values(name="alice", password=PASSWORD)
    caller.post("/login", values, OWN_FORM | LIES)
    rows = rows_of(walked.root)
    assert "100.64.9.9" in repr(rows["access_sessions"])
    assert "127.0.0.1" not in repr(rows["access_sessions"]) + repr(rows["audit_log"])


def test_changing_what_the_headers_say_does_not_undo_the_throttle(walked: Walked) -> None:
    statuses = []
    for number in range(40):
        caller = Caller(walked.app, address="100.64.9.9")
        form = caller.page("/login").forms[0]
        lies = dict.fromkeys(("X-Forwarded-For", "X-Real-IP", "CF-Connecting-IP"), f"10.0.0.{number}")
        values = form.values(name=f"nobody{number}", password="not the password")
        statuses.append(caller.post("/login", values, OWN_FORM | lies).status_code)
    assert statuses[-1] == 429


def test_the_session_cookie_of_a_plain_page_does_not_count_over_tls(walked: Walked) -> None:
    caller = Caller(walked.app)
    caller.client.set_cookie("machiya-session", walked.tokens[Person.OWNER], domain=HOST)
    assert not is_in(caller)


@pytest.mark.parametrize("language", OTHERS_ARE_OVER)
@pytest.mark.parametrize("person", PEOPLE)
def test_turning_on_two_steps_ends_the_other_sessions_and_says_so(
    walked: Walked, person: Person, language: str
) -> None:
    elsewhere, here = walked.caller(person), Caller(walked.app, language=language)
    here.log_in(PEOPLE[person].name, PASSWORD)
    begun = here.fill("/account/second-factor").text
    secret = found(r'class="value">([A-Z2-7 ]+)<', begun).replace(" ", "")
    wrong = here.fill("/account/second-factor/code", code="000000")
    assert (wrong.status_code, is_in(elsewhere)) == (400, True)
    copied = Caller(walked.app)
    session_of(copied, token_of(here))
    done = here.fill("/account/second-factor/code", code=pyotp.TOTP(secret).at(walked.clock.now()))
    assert OTHERS_ARE_OVER[language] in done.text
    assert (is_in(here), is_in(elsewhere), is_in(copied)) == (True, False, False)
    anew = here.fill("/account/recovery-codes").text
    assert found("<li>([a-z0-9-]{19})</li>", anew) not in done.text
    assert OTHERS_ARE_OVER[language] not in anew


@pytest.mark.parametrize("values", [{"act": "role", "role": "administrator"}, {"act": "disable"}])
def test_a_link_opens_nothing_once_its_inviter_may_invite_no_more(walked: Walked, values: dict[str, str]) -> None:
    alice, adam = walked.caller(Person.OWNER), walked.caller(Person.ADMINISTRATOR)
    to_adam = {"csrf_token": alice.token()}
    assert alice.post("/administrators/adam", to_adam | {"act": "role", "role": "owner"}).status_code == 303
    invited = adam.fill("/administrators/invite", name="accomplice", role="owner").text
    link = found(LINK, invited)
    stranger = Caller(walked.app)
    form = stranger.page(link).form(link)
    assert alice.post("/administrators/adam", to_adam | values).status_code == 303
    answers = [stranger.get(link), stranger.submit(form, link, new=PASSWORD, again=PASSWORD)]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert Caller(walked.app).log_in("accomplice", PASSWORD).status_code == 401
    assert "/accomplice/" not in alice.get("/administrators/").text
    assert "invited_by: administrator:adam" in alice.get("/audit/").text


def test_ones_own_new_password_ends_a_link_for_a_new_one(walked: Walked) -> None:
    alice, adam, new = walked.caller(Person.OWNER), walked.caller(Person.ADMINISTRATOR), "another long password"
    invited = alice.post("/administrators/adam", {"csrf_token": alice.token(), "act": "invite-again"}).text
    link = found(LINK, invited)
    assert Caller(walked.app).get(link).status_code == 200
    assert adam.fill("/account/password", old=PASSWORD, new=new, again=new).status_code == 303
    assert Caller(walked.app).get(link).status_code == 401
