"""Which adapter a house gets for what mail programs have open."""

from pathlib import Path

import pytest

from machiya.accounts.sessions import NoSessions
from machiya.adapters.dovecot.sessions import DoveadmSessions
from machiya.bootstrap import House

LMTP = '[mail]\nstore = "lmtp"\n[lmtp]\ndoveadm_url = "http://127.0.0.1:8099"\n'
CONTAINERS = '[house]\nengine = "docker"\n[docker]\nnetwork_prefix = "172.20"\n'


def sessions_of(root: Path, text: str) -> object:
    (root / "machiya.toml").write_text(text)
    return House(root).sessions()


def test_embedded_house_has_no_sessions(tmp_path: Path) -> None:
    assert isinstance(sessions_of(tmp_path, ""), NoSessions)


@pytest.mark.parametrize(
    ("text", "where"),
    [(LMTP, "http://127.0.0.1:8099"), (CONTAINERS, "http://172.20.1.14:8080")],
    ids=["lmtp", "docker"],
)
def test_house_with_dovecot_ends_sessions_there(tmp_path: Path, text: str, where: str) -> None:
    found = sessions_of(tmp_path, text)
    assert isinstance(found, DoveadmSessions)
    assert found._api.url == f"{where}/doveadm/v1"
