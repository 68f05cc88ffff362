"""App passwords, as a person sees them."""

import json
import re
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("house")

YOU = "you@home.test"
PASSWORD = re.compile(r"Password \(shown only now\): ([a-z0-9-]{23})\n")


def test_add_shows_the_password_once_and_list_never(machiya: Any) -> None:
    made = machiya("mailbox", "app-password", "add", YOU, "Mia's phone")
    assert made.out.startswith(f"Mia's phone may log in as {YOU}.\n")
    (password,) = PASSWORD.findall(made.out)
    assert "no IMAP server" in made.err
    scripted = machiya("mailbox", "app-password", "add", YOU, "テレビ", "--json")
    assert (scripted.code, scripted.err) == (0, "")
    data = json.loads(scripted.out)
    assert re.fullmatch("[a-z0-9-]{23}", data.pop("password"))
    listed = machiya("mailbox", "app-password", "list", YOU)
    assert [line.split()[-3:-1] for line in listed.out.splitlines()[1:]] == [[data["created_at"][:10], "never"]] * 2
    assert "Mia's phone" in listed.out
    assert password not in listed.out
    found = json.loads(machiya("mailbox", "app-password", "list", YOU, "--json").out)["app_passwords"]
    assert found[1] == data
    assert (data["name"], data["last_use"]) == ("テレビ", None)


def test_show_counts_them_and_says_who_requires_them(machiya: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "app passwords  none\n" in machiya("mailbox", "show", YOU).out
    machiya("mailbox", "app-password", "add", YOU, "Phone")
    changed = machiya("mailbox", "change", YOU, "--require-app-passwords")
    assert changed.out == f"{YOU}: enabled, quota none, mail programs need app passwords.\n"
    assert "app passwords  1, required by the mailbox\n" in machiya("mailbox", "show", YOU).out
    shown = json.loads(machiya("mailbox", "show", YOU, "--json").out)
    assert (shown["app_passwords"], shown["app_passwords_required"]) == (1, True)
    assert machiya("mailbox", "change", YOU, "--no-require-app-passwords").out == f"{YOU}: enabled, quota none.\n"
    monkeypatch.setenv("MACHIYA_MAIL__APP_PASSWORDS_REQUIRED", "true")
    assert "app passwords  1, required by mail.app_passwords_required\n" in machiya("mailbox", "show", YOU).out


def test_new_password_says_how_many_app_passwords_live_on(machiya: Any) -> None:
    machiya("mailbox", "app-password", "add", YOU, "Phone")
    outcome = machiya("mailbox", "change", YOU, "--generate-password")
    assert "1 app password opens it as before" in outcome.err


def test_revoke_rename_and_all(machiya: Any) -> None:
    for name in ("Phone", "Tablet", "Laptop"):
        machiya("mailbox", "app-password", "add", YOU, name)
    assert machiya("mailbox", "app-password", "revoke", YOU, "Phone").out == f"Revoked for {YOU}: Phone.\n"
    assert machiya("mailbox", "app-password", "revoke", YOU, "Phone").code == 4
    assert machiya("mailbox", "app-password", "rename", YOU, "Tablet", "Old tablet").code == 0
    assert machiya("mailbox", "app-password", "revoke", YOU, "--all").code == 7
    done = machiya("mailbox", "app-password", "revoke", YOU, "--all", "--yes")
    assert done.out == f"Revoked for {YOU}: Old tablet, Laptop.\n"
    written = json.loads(machiya("audit", "list", "--json").out)["entries"]
    revoked = [one for one in written if one["action"] == "app_password.revoke"]
    assert {(one["target"], json.dumps(one["details"])) for one in revoked} == {
        (YOU, '{"name": "Phone"}'),
        (YOU, '{"name": "all"}'),
    }
    empty = machiya("mailbox", "app-password", "list", YOU)
    assert "machiya mailbox app-password add you@home.test NAME" in empty.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", YOU, " "), 2),
        (("add", YOU, "x" * 65), 2),
        (("add", "nobody@home.test", "Phone"), 4),
        (("list", "hello@home.test"), 4),
        (("revoke", YOU), 2),
        (("revoke", YOU, "Phone", "--all"), 2),
    ],
)
def test_mistakes_are_refused_clearly(machiya: Any, arguments: tuple[str, ...], code: int) -> None:
    outcome = machiya("mailbox", "app-password", *arguments)
    assert outcome.code == code
    assert outcome.out == ""
    assert outcome.err
