"""A mail server that does not answer keeps no page from being shown, and is asked once."""

from datetime import UTC, datetime
from pathlib import PurePath

import pytest

from fakes.usermgmt_site import YOU, Site
from machiya.core.addresses import EmailAddress
from machiya.core.errors import Unavailable
from machiya.entrypoints.usermgmt.mailboxes.usage import UNKNOWN, PatientFiles


class SilentFiles:
    """Nobody tells."""

    def __init__(self) -> None:
        self.asked = 0

    def usage_bytes(self, address: EmailAddress) -> int:
        self.asked += 1
        raise Unavailable(f"nobody tells of {address}")

    def message_count(self, address: EmailAddress) -> int:
        return self.usage_bytes(address)

    def require_movable(self) -> None:
        """Yes."""

    def retire(self, address: EmailAddress) -> PurePath | None:
        return PurePath(str(address))

    def retired_since(self, address: EmailAddress, since: datetime) -> tuple[PurePath, ...]:
        return (PurePath(str(address)) / f"{since:%Y}",)


def test_patient_files_ask_a_silent_server_once() -> None:
    silent, address = SilentFiles(), EmailAddress.parse(YOU)
    files = PatientFiles(silent)
    assert [files.usage_bytes(address), files.message_count(address), files.usage_bytes(address)] == [UNKNOWN] * 3
    assert silent.asked == 1
    assert files.retire(address) == PurePath(YOU)
    assert files.retired_since(address, datetime(2026, 1, 1, tzinfo=UTC)) == (PurePath(YOU) / "2026",)


def test_pages_are_shown_while_nobody_tells_how_full_mailboxes_are(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site.house, "mailbox_files", SilentFiles)
    olga, you = site.as_("olga"), site.as_(YOU)
    for caller, path in ((olga, "/mailboxes/"), (olga, f"/mailboxes/{YOU}"), (you, "/")):
        assert "not known at the moment" in caller.page(path).text
