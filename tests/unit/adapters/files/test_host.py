import os
from pathlib import Path

import pytest

from machiya.adapters.files.host import HostFolders, file_system
from machiya.stacks.ports import RootNeeded
from machiya.stacks.render import RenderedSecret

ME = (os.geteuid(), os.getegid())
MOUNTS = "/dev/sda / ext4 rw 0 0\ntmpfs /run tmpfs rw 0 0\n/dev/sdb /run/disk ext4 rw 0 0\n"


@pytest.fixture
def mounted() -> list[Path]:
    return []


@pytest.fixture
def host(tmp_path: Path, mounted: list[Path], monkeypatch: pytest.MonkeyPatch) -> HostFolders:
    monkeypatch.setattr("machiya.adapters.files.host.file_system", lambda _: "ext4")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return HostFolders(tmp_path / "run/home", tmp_path / "news.json", mounted.append)


def secret(content: str, path: str = "key", service: str = "dovecot") -> RenderedSecret:
    return RenderedSecret(service, path, content.encode(), 0o400, ME)


def test_write_secrets_gives_each_service_its_own_folder(host: HostFolders, tmp_path: Path) -> None:
    changed = host.write_secrets(["dovecot", "postfix"], [secret("a"), secret("b", "map", "postfix")])
    assert changed == {"dovecot", "postfix"}
    assert (tmp_path / "run/home/dovecot/key").read_text() == "a"
    assert [path.name for path in (tmp_path / "run/home/postfix").iterdir()] == ["map"]


def test_write_secrets_lets_nobody_else_in(host: HostFolders, tmp_path: Path) -> None:
    host.write_secrets(["dovecot"], [secret("a")])
    modes = [oct((tmp_path / "run" / name).stat().st_mode & 0o777) for name in ("", "home", "home/dovecot/key")]
    assert modes == ["0o700", "0o700", "0o400"]


def test_write_secrets_mounts_memory_where_there_is_a_disk(
    host: HostFolders, tmp_path: Path, mounted: list[Path]
) -> None:
    host.write_secrets([], [])
    assert mounted == [tmp_path / "run"]


def test_write_secrets_again_changes_nothing_and_keeps_the_mounted_folder(host: HostFolders, tmp_path: Path) -> None:
    host.write_secrets(["dovecot"], [secret("a")])
    folder = (tmp_path / "run/home/dovecot").stat().st_ino
    assert host.write_secrets(["dovecot"], [secret("a")]) == set()
    assert host.write_secrets(["dovecot"], [secret("b")]) == {"dovecot"}
    assert (tmp_path / "run/home/dovecot").stat().st_ino == folder


def test_write_secrets_removes_what_no_service_has_any_more(host: HostFolders, tmp_path: Path) -> None:
    host.write_secrets(["dovecot", "gone"], [secret("a"), secret("b", "old"), secret("c", service="gone")])
    assert host.write_secrets(["dovecot"], [secret("a")]) == {"dovecot"}
    assert sorted(str(path.relative_to(tmp_path / "run")) for path in (tmp_path / "run").rglob("*")) == [
        "home", "home/dovecot", "home/dovecot/key",
    ]  # fmt: skip


def test_write_secrets_needs_root(host: HostFolders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(RootNeeded):
        host.write_secrets([], [])


def test_make_folder_sets_mode_and_owner_of_what_is_there_too(host: HostFolders, tmp_path: Path) -> None:
    for mode in (0o750, 0o700):
        host.make_folder(tmp_path / "data/mail", mode, ME)
        assert oct((tmp_path / "data/mail").stat().st_mode & 0o777) == oct(mode)


def test_remembered_survives_until_it_is_done(host: HostFolders, tmp_path: Path) -> None:
    assert host.remembered() == set()
    host.remember({"dovecot", "nginx"})
    assert HostFolders(tmp_path, tmp_path / "news.json", lambda _: None).remembered() == {"dovecot", "nginx"}
    host.remember(())
    assert host.remembered() == set()


@pytest.mark.parametrize(
    ("path", "found"), [("/run/machiya", "tmpfs"), ("/run/disk/x", "ext4"), ("/srv", "ext4"), ("/running", "ext4")]
)
def test_file_system_is_that_of_the_nearest_mount(path: str, found: str) -> None:
    assert file_system(Path(path), MOUNTS) == found
