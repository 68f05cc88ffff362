import os
from pathlib import Path

import pytest

from machiya.adapters.files.ownership import give_folder

ME = (os.geteuid(), os.getegid())
VMAIL = (ME[0] + 5000, ME[1] + 5000)


class Chown:
    """Keeps what was asked for; nobody but root may do it. ``fails_at``: the call that the disk refuses."""

    def __init__(self, fails_at: int = -1) -> None:
        self.given: list[tuple[str, tuple[int, int]]] = []
        self._fails_at = fails_at

    def __call__(
        self, path: str | Path, uid: int, gid: int, *, dir_fd: int | None = None, follow_symlinks: bool = True
    ) -> None:
        assert follow_symlinks is (dir_fd is None)
        if len(self.given) == self._fails_at:
            raise OSError(5, "no")
        self.given.append((Path(path).name, (uid, gid)))


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "not ours").touch()
    mail = tmp_path / "mail"
    (mail / "home.test/you/Maildir/new").mkdir(parents=True)
    (mail / "home.test/you/Maildir/new/1").touch()
    (mail / "home.test/link").symlink_to(outside)
    return mail


def test_give_folder_gives_all_that_another_user_left_and_itself_last(mail: Path) -> None:
    chown = Chown()
    give_folder(mail, VMAIL, chown)
    assert sorted(name for name, _ in chown.given) == sorted(
        ["home.test", "link", "you", "Maildir", "new", "1", "mail"]
    )
    assert chown.given[-1][0] == "mail"
    assert {owner for _, owner in chown.given} == {VMAIL}


def test_give_folder_that_is_right_already_looks_at_nothing_in_it(mail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def walked(*_: object) -> None:
        raise AssertionError("it was looked through")

    monkeypatch.setattr(os, "fwalk", walked)
    chown = Chown()
    give_folder(mail, ME, chown)
    give_folder(mail, (ME[0], VMAIL[1]), chown)
    assert [name for name, _ in chown.given] == ["mail", "mail"]


def test_give_folder_that_was_interrupted_is_not_called_done(mail: Path) -> None:
    chown = Chown(fails_at=3)
    with pytest.raises(OSError, match="no"):
        give_folder(mail, VMAIL, chown)
    assert "mail" not in [name for name, _ in chown.given]


def test_give_folder_may_be_a_link_to_another_disk(mail: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").symlink_to(mail)
    chown = Chown()
    give_folder(tmp_path / "elsewhere", VMAIL, chown)
    assert len(chown.given) == 7
