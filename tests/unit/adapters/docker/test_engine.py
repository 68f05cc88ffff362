from collections.abc import Sequence

import pytest

from fakes.commands import FakeCommands
from machiya.adapters.docker.engine import DockerCli, EngineDead, EngineFailed, EngineMissing
from machiya.core.commands import Finished, ProgramSlow


def docker(done: Finished, *words: str) -> DockerCli:
    return DockerCli(FakeCommands({("docker", *words): done}))


def test_call_never_uses_buildkit() -> None:
    commands = FakeCommands()
    DockerCli(commands).call("build", "-")
    assert commands.environments[0]["DOCKER_BUILDKIT"] == "0"


def test_call_tells_that_docker_is_missing() -> None:
    with pytest.raises(EngineMissing) as caught:
        DockerCli(FakeCommands(missing={"docker"})).version()
    assert "apt-get install docker.io" in caught.value.hint


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?", "start"),
        ("permission denied while trying to connect to the Docker daemon socket at unix:///x", "root"),
    ],
)
def test_call_tells_that_the_engine_does_not_answer(said: str, hint: str) -> None:
    with pytest.raises(EngineDead) as caught:
        docker(Finished(1, "", said)).version()
    assert hint in caught.value.hint


def test_ask_tells_the_last_words_of_a_failure() -> None:
    with pytest.raises(EngineFailed, match="docker import failed: no space left"):
        docker(Finished(1, "", "importing\nno space left\n")).ask("import", "-")


def test_inspect_finds_only_what_exists() -> None:
    done = Finished(1, '[{"Id": "sha256:1"}]', "Error: No such image: b\n")
    assert docker(done, "image").inspect("image", ["a", "b"]) == [{"Id": "sha256:1"}]


def test_inspect_of_nothing_asks_nobody() -> None:
    commands = FakeCommands()
    assert DockerCli(commands).inspect("image", []) == []
    assert commands.ran == []


def test_throwaway_leaves_nothing_and_has_no_network() -> None:
    commands = FakeCommands()
    DockerCli(commands).throwaway("image", ["nginx", "-t"], options=["--read-only"], seconds=5)
    (ran,) = commands.ran
    assert ran[:4] == ("docker", "run", "--rm", "--name")
    assert ran[4].startswith("machiya-throwaway-")
    assert ran[5:] == ("--network", "none", "--read-only", "--entrypoint", "nginx", "image", "-t")


@pytest.mark.parametrize("ended", [ProgramSlow("docker did not end"), KeyboardInterrupt()], ids=["slow", "interrupt"])
@pytest.mark.parametrize("removed", [Finished(0, "", ""), Finished(1, "", "Cannot connect to the Docker daemon")])
def test_throwaway_that_does_not_end_is_removed_and_its_error_is_told(ended: BaseException, removed: Finished) -> None:
    def never_ends(argv: Sequence[str]) -> Finished:
        assert "image" in argv
        raise ended

    commands = FakeCommands({("docker", "run"): never_ends, ("docker", "rm"): removed})
    with pytest.raises(type(ended)):
        DockerCli(commands).throwaway("image", ["nginx", "-t"], seconds=5)
    run, remove = commands.ran
    assert remove == ("docker", "rm", "--force", "--volumes", run[4])
