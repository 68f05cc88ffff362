"""A house of two small services on the real engine: raised, changed, refused, slept through a start of the machine."""

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import Event

import pytest

from fakes.stacks_samples import facts_at
from integration.ports import free_prefix
from machiya.adapters.docker.compose import Compose
from machiya.adapters.docker.containers import DockerEngine
from machiya.adapters.docker.engine import DockerCli
from machiya.adapters.files.host import HostFolders
from machiya.adapters.shell.commands import ShellCommands
from machiya.adapters.shell.memory import MemoryMount
from machiya.bootstrap.rendering import Rendering
from machiya.core.sizes import MIB
from machiya.stacks.compose import compose_text
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import (
    Attachment,
    ConfigFile,
    Health,
    Image,
    Limits,
    SecretFile,
    Service,
    Storage,
    User,
    Volume,
)
from machiya.stacks.networks import Network
from machiya.stacks.outside import Outside
from machiya.stacks.ports import ConfigurationRefused, HouseIll, NetworkTaken, NotUp, PlaceTaken
from machiya.stacks.render import RenderedFile
from machiya.stacks.running import HouseInContainers
from machiya.stacks.secrets_in_memory import write_secrets

pytestmark = [pytest.mark.docker, pytest.mark.timeout(400)]

UID = 5011
# Healthy while it can read its secret, its configuration and write to its volume; says which configuration it has read.
PROGRAM = """
trap 'exit 0' TERM
while true; do cp /etc/small/small.conf /srv/seen; sleep 0.2 & wait $!; done
"""
HEALTH = (
    "grep -q . /run/secrets/key && grep -q colour= /srv/seen && [ ! -e /srv/ill ] || { echo the paint is wet; exit 1; }"
)


def small(name: str, *needs: str) -> Service:
    return Service(
        name=name,
        about="for the test",
        image=Image(reference="debian:trixie-slim"),
        user=User(UID, UID),
        networks=(Attachment(Network.MAILSERVER, "for the test"),),
        health=Health(test=("sh", "-c", HEALTH), interval_seconds=1, timeout_seconds=60, retries=2, start_seconds=3),
        command=("sh", "-c", PROGRAM),
        volumes=(Volume(storage=Storage.BULK, name=name, target="/srv"),),
        configs=(ConfigFile("small.conf.j2", "small.conf"),),
        config_target="/etc/small",
        secrets=(SecretFile(path="key", secret="key"),),
        limits=Limits(memory_bytes=32 * MIB, processes=20),
        check=("sh", "-c", "grep -q -v purple /etc/small/small.conf || { echo no such colour >&2; exit 1; }"),
        needs=needs,
        stop_seconds=2,
    )


class SmallRendering(Rendering):
    """``colour`` is all that can be configured."""

    colour = "red"

    @cached_property
    def services(self) -> tuple[Service, ...]:
        return (small("redis"), small("nginx", "redis"))

    @cached_property
    def files(self) -> tuple[RenderedFile, ...]:
        conf = f"colour={self.colour}\n".encode()
        configs = (RenderedFile(f"config/{one.name}/small.conf", conf) for one in self.services)
        return (*configs, RenderedFile("compose.yaml", compose_text(self.facts, self.services, {}).encode(), 0o600))


class Yard:
    """One house and all that is around it; ``house(colour)`` describes it anew."""

    def __init__(self, root: Path, project: str, commands: ShellCommands, docker: DockerCli) -> None:
        self.facts = facts_at(
            root, project=project, hostname="h.home.test", owner="", secrets=root / "memory" / project,
            network_prefix=free_prefix(100, 60), message_bytes=MIB,
        )  # fmt: skip
        self.engine, self.commands, self.secret = DockerEngine(docker), commands, "first"
        self.docker = docker
        self.host = HostFolders(self.facts.secrets, root / "reload.json", MemoryMount(commands))
        self.told: list[str] = []

    def house(
        self, colour: str = "red", facts: HouseFacts | None = None, *, patience_seconds: float = 180
    ) -> HouseInContainers:
        rendering = SmallRendering(facts or self.facts, {})
        rendering.colour = colour
        project = Compose(self.commands, rendering.facts.project, rendering.folder / "compose.yaml")
        outside = Outside(
            engine=self.engine, project=project, host=self.host, secrets=lambda: {"key": self.secret},
            require_free=lambda _: None, certify=_nothing, fence=_nothing, unfence=_nothing, settle=_nothing,
            pause=_pause, tell=self.told.append,
        )  # fmt: skip
        return HouseInContainers(rendering, {}, outside, patience_seconds=patience_seconds)

    def seen(self, service: str) -> str:
        return (self.facts.bulk / service / "seen").read_text().strip()

    def started(self) -> dict[str, str]:
        return {one.service: one.since + one.id for one in self.engine.containers(self.facts.project)}

    def states(self) -> dict[str, str]:
        return {one.service: str(one.state) for one in self.house().statuses()}

    def remove(self) -> None:
        with contextlib.suppress(NotUp):
            self.house().down()
        self.commands.run(["umount", str(self.facts.secrets.parent)], seconds=30)


def _nothing() -> None:
    return


def _pause(seconds: float) -> None:
    Event().wait(seconds)


@pytest.fixture
def yard(tmp_path: Path, project: str, commands: ShellCommands, docker: DockerCli) -> Iterator[Yard]:
    assert os.geteuid() == 0, "the docker lane runs as root"
    made = Yard(tmp_path, project, commands, docker)
    try:
        made.house().up()
        yield made
    finally:
        made.remove()


def soon(yard: Yard, service: str, wanted: str) -> bool:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        if yard.seen(service) == wanted:
            return True
        time.sleep(0.1)  # noqa: TID251 – another program: there is nothing to wait on
    return False


def test_up_raises_the_house_and_again_changes_nothing(yard: Yard) -> None:
    assert yard.states() == {"redis": "healthy", "nginx": "healthy"}
    folder = (yard.facts.bulk / "redis").stat()
    assert (folder.st_uid, oct(folder.st_mode & 0o777)) == (UID, "0o700")
    before = yard.started()
    yard.house().up()
    assert yard.started() == before


def test_a_changed_configuration_is_taken_up_and_one_that_its_daemon_refuses_is_not(yard: Yard) -> None:
    yard.house("blue").up()
    assert soon(yard, "nginx", "colour=blue")
    before = yard.started()
    with pytest.raises(ConfigurationRefused, match="no such colour"):
        yard.house("purple").up()
    assert yard.started() == before
    assert "colour=blue" in (yard.facts.root / "rendered/config/nginx/small.conf").read_text()
    assert yard.states() == {"redis": "healthy", "nginx": "healthy"}


def test_secrets_lie_in_memory_for_their_owner_and_a_new_one_is_taken_up(yard: Yard) -> None:
    path = yard.facts.secrets / "redis" / "key"
    assert (path.stat().st_uid, oct(path.stat().st_mode & 0o777)) == (UID, "0o400")
    assert yard.commands.run(["findmnt", "-n", "-o", "FSTYPE", "-T", str(path)], seconds=30).out == "tmpfs\n"
    assert "first" not in yard.docker.ask("inspect", f"{yard.facts.project}-redis")
    before = yard.started()
    yard.secret = "second"
    yard.house().up()
    inside = yard.docker.ask("exec", f"{yard.facts.project}-redis", "cat", "/run/secrets/key")
    assert inside == "second"
    assert yard.started()["redis"] != before["redis"]


def test_after_a_start_of_the_machine_the_house_is_well_again_by_itself(yard: Yard) -> None:
    """What systemd does: memory is empty, machiya boot prepare runs, the engine starts its containers."""
    containers = [f"{yard.facts.project}-{name}" for name in ("redis", "nginx")]
    yard.docker.ask("kill", *containers)
    for folder in yard.facts.secrets.iterdir():
        shutil.rmtree(folder)
    write_secrets(yard.facts, (small("redis"), small("nginx", "redis")), {"key": "first"}, yard.host)
    yard.docker.ask("start", *containers)
    deadline = time.monotonic() + 180
    while set(yard.states().values()) != {"healthy"} and time.monotonic() < deadline:
        time.sleep(0.2)  # noqa: TID251 – another program: there is nothing to wait on
    assert yard.states() == {"redis": "healthy", "nginx": "healthy"}


def test_an_ill_service_is_named_with_what_it_said(yard: Yard) -> None:
    (yard.facts.bulk / "nginx" / "ill").touch()
    house = yard.house(patience_seconds=40)
    with pytest.raises(HouseIll, match="nginx is unhealthy: the paint is wet"):
        house.restart(["nginx"])


def test_another_house_of_the_same_name_or_addresses_is_left_alone(yard: Yard, tmp_path: Path) -> None:
    before = yard.started()
    with pytest.raises(PlaceTaken, match=str(yard.facts.root)):
        yard.house(facts=replace(yard.facts, root=tmp_path / "other")).up()
    with pytest.raises(NetworkTaken, match=yard.facts.network_prefix):
        yard.house(facts=replace(yard.facts, project=f"{yard.facts.project}x")).up()
    assert yard.started() == before


def test_down_leaves_what_is_stored(yard: Yard) -> None:
    yard.house().down()
    assert yard.states() == {"redis": "absent", "nginx": "absent"}
    assert yard.seen("redis") == "colour=red"
    yard.house().up()
    assert yard.states() == {"redis": "healthy", "nginx": "healthy"}
