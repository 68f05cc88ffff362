import io
import tarfile
from datetime import UTC, datetime

import pytest

from fakes.commands import FakeCommands
from machiya.adapters.docker.engine import DockerCli
from machiya.adapters.docker.images import BuildFailed, BuildInput, ImageBuilder
from machiya.core.commands import Finished
from machiya.stacks.images import BuildContext

CONTEXT = BuildContext("dovecot", {"Dockerfile": b"FROM x\n"})
SECRET = "https://user:secret@index.test/"
GIVEN = BuildInput({"PIP_INDEX_URL": SECRET, "UNKNOWN": "1"}, b"PEM")
SAID = """\
Step 1/2 : FROM x
 ---> 123
Step 2/2 : RUN apt-get install nonsense
E: Unable to locate package nonsense
"""


def build(done: Finished, *, fresh: bool = False) -> tuple[FakeCommands, list[str]]:
    commands, steps = FakeCommands({("docker", "build"): done}), list[str]()
    ImageBuilder(DockerCli(commands), GIVEN).build(CONTEXT, "machiya/dovecot:1", fresh=fresh, on_step=steps.append)
    return commands, steps


def test_build_tells_each_step() -> None:
    assert build(Finished(0, SAID, ""))[1] == ["1/2 FROM x", "2/2 RUN apt-get install nonsense"]


def test_build_gives_arguments_by_name_only() -> None:
    commands, _ = build(Finished(0, SAID, ""))
    assert "PIP_INDEX_URL" in commands.ran[0]
    assert not any(SECRET in word for argv in commands.ran for word in argv)
    assert commands.environments[0]["PIP_INDEX_URL"] == SECRET
    assert "UNKNOWN" not in commands.ran[0]


def test_build_sends_the_files_and_the_certificates() -> None:
    commands, _ = build(Finished(0, SAID, ""))
    sent = commands.stdins[0]
    assert isinstance(sent, bytes)
    with tarfile.open(fileobj=io.BytesIO(sent)) as tar:
        assert tar.getnames() == ["Dockerfile", "certificates.pem"]


def test_build_removes_the_stages_that_knew_the_arguments() -> None:
    commands, _ = build(Finished(0, SAID, ""))
    assert commands.ran[-1] == ("docker", "image", "prune", "--force", "--filter", "label=machiya.stage=build")


def test_build_keeps_the_stages_that_knew_nothing() -> None:
    commands = FakeCommands({("docker", "build"): Finished(0, SAID, "")})
    builder = ImageBuilder(DockerCli(commands), BuildInput({}))
    builder.build(CONTEXT, "machiya/dovecot:1", fresh=False, on_step=lambda _: None)
    assert len(commands.ran) == 1


def test_build_fresh_takes_nothing_from_the_cache() -> None:
    assert "--no-cache" in build(Finished(0, SAID, ""), fresh=True)[0].ran[0]


def test_build_shows_what_the_failing_step_said() -> None:
    with pytest.raises(BuildFailed) as caught:
        build(Finished(1, SAID, "The command '/bin/sh -c apt-get install nonsense' returned a non-zero code: 100\n"))
    assert "returned a non-zero code: 100" in caught.value.message
    assert "E: Unable to locate package nonsense" in caught.value.message
    assert "FROM x" not in caught.value.message


def test_find_reads_size_and_age() -> None:
    found = Finished(0, '[{"Size": 5, "Created": "2026-11-28T22:17:01.123456789Z"}]', "")
    image = ImageBuilder(DockerCli(FakeCommands({("docker", "image"): found})), GIVEN).find("t")
    assert image
    assert (image.tag, image.size_bytes, image.built) == ("t", 5, datetime(2026, 11, 28, 22, 17, 1, tzinfo=UTC))
