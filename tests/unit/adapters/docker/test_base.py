import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from fakes.commands import FakeCommands
from machiya.adapters.docker.base import BaseImage, BaseMissing, DebootstrapMissing
from machiya.adapters.docker.engine import DockerCli
from machiya.core.commands import Finished

HERE = Finished(0, '[{"Id": "sha256:1"}]', "")
NOT_HERE = Finished(1, "[]", "Error: No such image")
INSPECT, PULL, IMPORT = ("docker", "image"), ("docker", "pull"), ("docker", "import")


def debootstrap(argv: Sequence[str]) -> Finished:
    root = Path(argv[3])
    for name in ("etc/apt/apt.conf.d", "etc/dpkg/dpkg.cfg.d", "usr/share/doc/bash", "var/log/apt", "bin"):
        (root / name).mkdir(parents=True)
    (root / "etc/apt/sources.list").write_text("deb http://archive.test/debian trixie main\n")
    (root / "usr/share/doc/bash/copyright").touch()
    (root / "var/log/bootstrap.log").touch()
    return Finished(0, "", "")


def base(commands: FakeCommands) -> BaseImage:
    return BaseImage(DockerCli(commands), commands)


def test_ensure_does_nothing_when_it_is_here() -> None:
    commands = FakeCommands({INSPECT: HERE})
    assert base(commands).ensure("pull") is False
    assert len(commands.ran) == 1


def test_ensure_fresh_pulls_again() -> None:
    assert base(FakeCommands({INSPECT: HERE})).ensure("pull", fresh=True)


def test_ensure_names_the_other_way_when_pulling_fails() -> None:
    commands = FakeCommands({INSPECT: NOT_HERE, PULL: Finished(1, "", "no route to host")})
    with pytest.raises(BaseMissing, match="no route to host") as caught:
        base(commands).ensure("pull")
    assert "--base debootstrap" in caught.value.hint


def test_ensure_makes_it_without_documents_and_with_security_updates() -> None:
    seen: dict[str, str] = {}
    commands = FakeCommands({INSPECT: NOT_HERE, ("debootstrap",): debootstrap})

    def imported(_: Sequence[str]) -> Finished:
        archive = commands.stdins[-1]
        assert isinstance(archive, Path)
        with tarfile.open(archive) as tar:
            seen["names"] = " ".join(tar.getnames())
            sources = tar.extractfile("./etc/apt/sources.list")
            seen["sources"] = sources.read().decode() if sources else ""
        return Finished(0, "sha256:1\n", "")

    commands.answers[IMPORT] = imported
    assert base(commands).ensure("debootstrap")
    assert "bash" not in seen["names"]
    assert "bootstrap.log" not in seen["names"]
    assert "deb http://archive.test/debian-security trixie-security main" in seen["sources"]


def test_ensure_tells_that_debootstrap_is_missing() -> None:
    commands = FakeCommands({INSPECT: NOT_HERE}, missing={"debootstrap"})
    with pytest.raises(DebootstrapMissing) as caught:
        base(commands).ensure("debootstrap")
    assert caught.value.hint == "apt-get install debootstrap"


def test_ensure_tells_why_debootstrap_failed() -> None:
    commands = FakeCommands({INSPECT: NOT_HERE, ("debootstrap",): Finished(1, "", "E: no mirror\n")})
    with pytest.raises(BaseMissing, match="E: no mirror"):
        base(commands).ensure("debootstrap")
