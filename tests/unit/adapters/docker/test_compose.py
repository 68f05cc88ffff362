from pathlib import Path

import pytest

from fakes.commands import FakeCommands
from machiya.adapters.docker.compose import Compose, ComposeFailed, ComposeMissing
from machiya.adapters.docker.engine import EngineDead
from machiya.core.commands import Finished

PLUGIN, ALONE = ("docker", "compose", "version"), ("docker-compose", "version")
NEW = Finished(0, "5.6.1\n", "")
FILE = Path("/house/rendered/compose.yaml")
PREFIX = ("docker-compose", "--project-name", "home", "--file", str(FILE))


def compose(commands: FakeCommands) -> Compose:
    return Compose(commands, "home", FILE)


def alone(**answers: Finished) -> FakeCommands:
    no_plugin = Finished(1, "", "docker: 'compose' is not a docker command.")
    commands = FakeCommands({PLUGIN: no_plugin, ALONE: NEW})
    commands.answers.update({(*PREFIX, verb): done for verb, done in answers.items()})
    return commands


def test_program_is_the_plugin_where_there_is_one() -> None:
    assert compose(FakeCommands({PLUGIN: Finished(0, "v2.26.1\n", "")})).program == ("docker", "compose")


def test_program_is_docker_compose_otherwise() -> None:
    assert compose(alone()).program == ("docker-compose",)


def test_program_refuses_the_old_one() -> None:
    commands = FakeCommands({PLUGIN: Finished(1, "", ""), ALONE: Finished(0, "1.29.2\n", "")})
    with pytest.raises(ComposeMissing, match=r"1\.29\.2 is too old"):
        _ = compose(commands).program


def test_program_is_missing() -> None:
    with pytest.raises(ComposeMissing) as caught:
        _ = compose(FakeCommands(missing={"docker", "docker-compose"})).program
    assert "docker-compose-plugin" in caught.value.hint


def test_up_of_all_removes_what_the_file_no_longer_has() -> None:
    commands = alone()
    compose(commands).up()
    assert commands.ran[-1] == (*PREFIX, "up", "--detach", "--no-build", "--remove-orphans")


def test_up_of_some_leaves_the_others_alone() -> None:
    commands = alone()
    compose(commands).up(["mariadb"])
    assert commands.ran[-1] == (*PREFIX, "up", "--detach", "--no-build", "mariadb")


def test_a_failure_has_its_own_words() -> None:
    with pytest.raises(ComposeFailed, match="docker compose up failed: no such network"):
        compose(alone(up=Finished(1, "", "Creating\nno such network\n"))).up()


def test_a_dead_engine_is_named() -> None:
    with pytest.raises(EngineDead):
        compose(alone(down=Finished(1, "", "Cannot connect to the Docker daemon at unix:///x"))).down()


def test_logs_are_heard_line_by_line() -> None:
    heard: list[str] = []
    compose(alone(logs=Finished(0, "dovecot-1 | one\ndovecot-1 | two\n", ""))).logs(
        ["dovecot"], lines=2, follow=False, on_line=heard.append
    )
    assert heard == ["dovecot-1 | one", "dovecot-1 | two"]
