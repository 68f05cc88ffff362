"""Webmail through the tunnel's stand-in: a person reads and answers mail; nobody gets anything else."""

import email
import email.policy
import re
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import PurePosixPath

import pytest

from house.clients import letter, open_mailbox, send
from house.house import PASSWORD, House
from house.waiting import soon
from house.webmail import HOSTNAME, LOG_IN, Browser, inputs
from house.yard import PREFIX
from integration.closed.commands import attempt, run
from integration.closed.places import scan_by
from machiya.stacks.networks import SHAPES, Network, address

pytestmark = [pytest.mark.house, pytest.mark.timeout(600)]

OUTSIDE = "friend@street.example"
SUBJECT = "打ち合わせの件①　～髙橋さん"
BODY = "拝啓、山田様。\r\n\r\n①明日の会議は 10 時からです。\r\n.点で始まる行\r\n〜以上〜"
FILE_NAME = "見積書（最終版）.pdf"
FILE = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def reader(house: House) -> str:
    return open_mailbox(house, "hanako")


@pytest.fixture(scope="module")
def friend(house: House) -> str:
    return open_mailbox(house, "taro")


@pytest.fixture(scope="module")
def browser(house: House, reader: str) -> Browser:
    made = Browser(house)
    page = made.enter(reader, PASSWORD)
    assert 'lang="ja"' in page.text
    return made


def parsed(content: bytes) -> EmailMessage:
    found = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


@pytest.mark.parametrize(("asked", "language", "word"), [("ja,en;q=0.5", "ja", "ログイン"), ("en-GB", "en", "Login")])
def test_the_first_page_speaks_the_language_of_the_browser(house: House, asked: str, language: str, word: str) -> None:
    page = Browser(house, asked).get("/")
    assert page.status_code == 200
    assert f'lang="{language}"' in page.text
    assert word in page.text
    assert "<title>mail.home.test" in page.text
    assert "1.6." not in page.text
    assert '"rcversion":0' in page.text


def test_the_first_page_is_guarded_by_its_headers(house: House) -> None:
    answer = Browser(house).get("/")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert answer.headers.get_list("x-frame-options") == ["SAMEORIGIN"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "max-age=31536000" in answer.headers["strict-transport-security"]
    assert "camera=()" in answer.headers["permissions-policy"]
    assert "no-store" in answer.headers["cache-control"]
    assert {"x-powered-by"}.isdisjoint(answer.headers)
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-webmail=")
    for word in ("Secure", "HttpOnly", "SameSite=Lax", "path=/"):
        assert word.lower() in cookie.lower()
    assert "domain" not in cookie.lower()


def test_every_file_that_the_first_page_asks_for_is_there(house: House) -> None:
    browser = Browser(house)
    wanted = set(re.findall(r'(?:src|href)="((?:\./)?/?(?:skins|program|plugins|house)[^"]+)"', browser.get("/").text))
    assert {PurePosixPath(name.partition("?")[0]).suffix for name in wanted} >= {".css", ".js", ".svg"}
    for name in wanted:
        answer = browser.get(f"/{name.removeprefix('./').removeprefix('/')}")
        assert answer.status_code == 200, name
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "text/html" not in answer.headers["content-type"]


def test_mail_from_the_street_is_read_and_answered_in_japanese(house: House, browser: Browser, reader: str) -> None:
    came = EmailMessage()
    came["From"], came["To"], came["Subject"] = f"友人 <{OUTSIDE}>", reader, SUBJECT
    came["Message-ID"] = "<webmail-1@street.example>"
    came["Date"] = formatdate()
    came.set_content(BODY)
    send(house, reader, came.as_bytes(policy=email.policy.SMTP), OUTSIDE)
    house.arrives(reader, "webmail-1@street.example")
    number = next(uid for uid, subject in browser.listed().items() if subject == SUBJECT)
    page = browser.shown(number)
    assert "①明日の会議は 10 時からです。" in page

    said = browser.send(OUTSIDE, f"Re: {SUBJECT}", BODY, [(FILE_NAME, FILE)], reply_to=number)
    assert "sent_successfully" in said, said
    relay = house.relay
    assert relay
    carried = soon(
        lambda: next((one.content for one in relay.carried if b"webmail-1@street.example" in one.content), b""),
        "answer",
    )
    message = parsed(carried)
    assert message["subject"] == f"Re: {SUBJECT}"
    assert message["in-reply-to"] == "<webmail-1@street.example>"
    text = message.get_body(("plain",))
    assert text
    assert text.get_content().splitlines() == BODY.splitlines()
    (attachment,) = message.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == (FILE_NAME, FILE)
    assert {"user-agent", "x-originating-ip"}.isdisjoint({name.lower() for name in message})
    assert "roundcube" not in carried.decode("utf-8", "replace").lower()


def test_mail_inside_the_house_arrives_and_is_kept_in_sent(house: House, browser: Browser, friend: str) -> None:
    assert "sent_successfully" in browser.send(friend, "家の中 inside-1", "こんにちは")
    content = house.arrives(friend, "From: hanako@home.test")
    assert parsed(content)["subject"] == "家の中 inside-1"
    assert "家の中 inside-1" in browser.listed("Sent").values()


def test_a_sender_who_is_somebody_else_is_refused(browser: Browser, friend: str) -> None:
    fields = {"_task": "settings", "_action": "save-identity", "_framed": "1", "_token": browser.token, "_iid": ""}
    browser.ask("POST", "/?_task=settings&_framed=1", data=fields | {"_name": "forged", "_email": friend})
    said = browser.send(friend, "forged", "not me", sender="forged")
    assert "sent_successfully" not in said
    assert "display_message" in said


@pytest.mark.parametrize(
    "path",
    [
        *("/config/config.inc.php", "/config/", "/SQL/mysql.initial.sql", "/installer/", "/installer/index.php"),
        *("/bin/gc.sh", "/vendor/", "/logs/", "/temp/", "/.htaccess", "/composer.json", "/static.php"),
        *("/index.php/x", "/index.phpx", "/program/include/iniset.php", "/plugins/password/password.php"),
        *("/plugins/machiya/machiya.php", "/skins/elastic/templates/login.html", "/program/../config/config.inc.php"),
        *("/skins/..%2f..%2findex.php", "/program/js/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/skins/", "/house/"),
        *("/ping", "/status", "/v1/recipients", "/health", "//etc/passwd", "/program/js/app.min.js/x.php"),
    ],
)
def test_nothing_but_pages_and_their_files_is_there(house: House, path: str) -> None:
    answer = Browser(house).get(path)
    assert answer.status_code in {400, 404}, answer.text
    assert "<?php" not in answer.text


def test_other_methods_are_refused(house: House) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        assert Browser(house).ask(method, "/").status_code == 403


def test_webmail_answers_to_its_own_name_alone(house: House) -> None:
    assert Browser(house).ask("GET", "/", name="webmail.localhost").status_code == 200
    for name in ("other.test", "home.test", f"x.{HOSTNAME}", "127.0.0.1", "mail.home.test"):
        assert Browser(house).ask("GET", "/", name=name).status_code == 404
    assert Browser(house).ask("GET", "/", headers={"X-Forwarded-Host": "evil.test"}).status_code == 200


def test_php_listens_on_no_port_and_its_socket_is_closed_to_others(house: House) -> None:
    inside = str(house.inspect("roundcube")["State"]["Pid"])
    here = ["nsenter", "--net", "--target", inside]
    assert scan_by(here, [("127.0.0.1", "1-10000"), (house.at(Network.MAILSERVER, "roundcube"), "1-10000")]) == set()
    socket = house.root / "data/run/roundcube/php.sock"
    assert (socket.stat().st_mode & 0o777, socket.stat().st_gid) == (0o660, 5017)
    assert (socket.parent.stat().st_mode & 0o777, socket.parent.stat().st_gid) == (0o750, 5017)
    mounted = {one for one in house.services() if "/run/roundcube" in str(house.inspect(one)["Mounts"])}
    assert mounted == {"nginx", "roundcube"}


def test_roundcube_reaches_what_it_needs_and_no_other_network(house: House) -> None:
    pid = str(house.inspect("roundcube")["State"]["Pid"])
    ports = "25,465,587,993,995,3306,4190,8025,8080,10025"
    edge = [(address(PREFIX, Network.EDGE, name), ports) for name in ("nginx", "mail-api", "tunnel")]
    assert scan_by(["nsenter", "--net", "--target", pid], edge) == set()
    own = f"{PREFIX}.{SHAPES[Network.MAILSERVER].third}."
    networks = house.inspect("roundcube")["NetworkSettings"]["Networks"].values()
    assert [one["IPAddress"].startswith(own) for one in networks] == [True]


def test_its_database_user_sees_its_own_database_alone(house: House) -> None:
    script = (
        "require '/etc/machiya/config.inc.php'; $p = parse_url($config['db_dsnw']);"
        "$d = new mysqli($p['host'], $p['user'], rawurldecode($p['pass']));"
        "foreach ($d->query('SHOW DATABASES') as $row) { echo $row['Database'], ' '; }"
        "try { $d->query('SELECT * FROM machiya.published_mailboxes'); echo 'read'; }"
        "catch (Exception $e) { echo 'denied'; }"
    )
    said = run("docker", "exec", house.container("roundcube"), "php", "-r", script)
    assert said == "information_schema roundcube denied"


def test_its_schema_is_made_again_without_harm(house: House, browser: Browser) -> None:
    program = "/usr/local/lib/machiya/bin/schema.php"
    done = attempt(["docker", "exec", house.container("roundcube"), "php", program])
    assert (done.code, done.out) == (0, "")
    assert browser.listed("Sent")


def test_while_roundcube_is_away_people_are_told_and_mail_still_comes_in(house: House, reader: str) -> None:
    house.stop("roundcube")
    try:
        answer = Browser(house).get("/")
        assert answer.status_code == 503
        assert "ウェブメールが応答しません" in answer.text
        assert "x-frame-options" in answer.headers
        send(house, reader, letter("webmail-away"))
        house.arrives(reader, "webmail-away")
    finally:
        house.start("roundcube")
    assert Browser(house).get("/").status_code == 200


def test_filters_and_vacation_reach_managesieve(house: House, browser: Browser, reader: str) -> None:
    path = "/?_task=settings&_action=plugin.managesieve-vacation&_framed=1"
    fields = inputs(browser.get(path).text) | {"vacation_status": "on", "vacation_subject": "不在です"}
    said = browser.remote(
        "POST", f"{path}&_remote=1", data=fields | {"vacation_reason": "出張中です①", "vacation_action": "keep"}
    )
    assert '"confirmation"' in said["exec"], said
    script = house.folder_of(reader).parent / "sieve/webmail.sieve"
    assert "出張中です①" in script.read_text("utf-8")


def test_a_wrong_password_is_refused_and_guessing_ends(house: House, reader: str) -> None:
    """The last of this module: for a minute nobody at this address can log in."""
    guesser = Browser(house)
    assert guesser.log_in(reader, PASSWORD, where="/?_task=mail").status_code == 400
    assert guesser.log_in(reader, PASSWORD, where="/?_task=login&x=1").status_code == 400
    first = guesser.log_in(reader, "wrong")
    assert first.status_code == 401
    assert 'id="login-form"' in first.text
    answers = [guesser.ask("POST", LOG_IN, data={"_user": reader, "_pass": "wrong"}).status_code for _ in range(12)]
    assert answers[-1] == 429
    assert guesser.log_in(reader, PASSWORD).status_code == 429
    forged = {"CF-Connecting-IP": "198.51.100.77", "X-Forwarded-For": "198.51.100.77"}
    assert guesser.ask("POST", LOG_IN, data={}, headers=forged).status_code == 429
    assert guesser.get("/").status_code == 200
