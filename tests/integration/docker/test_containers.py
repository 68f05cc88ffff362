"""A small Compose project on the real engine, as Machiya sees it."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from machiya.adapters.docker.compose import Compose, ComposeFailed
from machiya.adapters.docker.containers import DockerEngine
from machiya.adapters.docker.engine import DockerCli
from machiya.adapters.shell.commands import ShellCommands
from machiya.stacks.containers import ServiceState, statuses

pytestmark = pytest.mark.docker

SLEEPER = {"image": "debian:trixie-slim", "init": True, "network_mode": "none", "stop_grace_period": "1s"}
SERVICES = {
    "well": SLEEPER | {"command": ["sleep", "600"], "healthcheck": {"test": ["CMD", "true"], "interval": "1s"}},
    "ill": SLEEPER
    | {
        "command": ["sleep", "600"],
        "healthcheck": {"test": ["CMD", "sh", "-c", "echo nobody answers; exit 1"], "interval": "1s", "retries": 1},
    },
    "ended": SLEEPER | {"command": ["sh", "-c", "echo my last words; exit 3"]},
}


@pytest.fixture
def compose(commands: ShellCommands, docker: DockerCli, project: str, tmp_path: Path) -> Iterator[Compose]:
    assert docker.version()
    file = tmp_path / "compose.yaml"
    services = {name: one | {"container_name": f"{project}-{name}"} for name, one in SERVICES.items()}
    file.write_text(json.dumps({"services": services}))
    made = Compose(commands, project, file)
    yield made
    made.down()


def soon(look: Callable[[], bool], seconds: float = 180) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if look():
            return True
        time.sleep(0.2)  # noqa: TID251 – another program: there is nothing to wait on
    return False


def test_services_are_seen_as_they_are_and_why(compose: Compose, docker: DockerCli, project: str) -> None:
    compose.up()
    containers = DockerEngine(docker)

    def settled() -> bool:
        states = {one.service: one.state for one in statuses(SERVICES, containers.containers(project))}
        return states == {
            "well": ServiceState.HEALTHY, "ill": ServiceState.UNHEALTHY, "ended": ServiceState.STOPPED,
        }  # fmt: skip

    assert soon(settled), containers.containers(project)
    why = {one.service: one.why for one in statuses(SERVICES, containers.containers(project))}
    assert why == {"well": "", "ill": "nobody answers", "ended": "exit code 3"}


def test_logs_and_restart_and_down(compose: Compose, docker: DockerCli, project: str) -> None:
    compose.up(["ended", "well"])
    heard: list[str] = []

    def said() -> bool:
        compose.logs(["ended"], lines=10, follow=False, on_line=heard.append)
        return any("my last words" in line for line in heard)

    assert soon(said), heard
    started = ("inspect", "--format", "{{.State.StartedAt}}", f"{project}-well")  # finer than Container.since
    before = docker.ask(*started)
    compose.restart(["well"])
    assert soon(lambda: docker.ask(*started) > before)
    compose.down()
    assert DockerEngine(docker).containers(project) == ()


def test_a_compose_file_that_cannot_be_is_refused_with_a_reason(compose: Compose) -> None:
    compose._file.write_text(
        json.dumps({"services": {"x": {"image": "machiya/no-such-image:1", "pull_policy": "never"}}})
    )
    with pytest.raises(ComposeFailed, match="no-such-image"):
        compose.up()
