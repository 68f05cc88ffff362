"""A machine that runs containers, without an engine: every container is healthy at once unless told otherwise."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from fakes.stacks_samples import FACTS, SERVICE
from machiya.core.commands import Finished
from machiya.core.errors import Unavailable
from machiya.core.plan import Action, Change, Plan
from machiya.stacks.changes import Difference
from machiya.stacks.compose import networks_digest
from machiya.stacks.containers import Container
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import ConfigFile, Publication, Service
from machiya.stacks.outside import Outside
from machiya.stacks.render import RenderedFile, RenderedSecret
from machiya.stacks.running import HouseInContainers

DATABASE = replace(SERVICE, name="mariadb", publishes=(), secrets=(), needs=())
DOVECOT = replace(
    SERVICE, configs=(ConfigFile("dovecot.conf.j2", "dovecot.conf"),), config_target="/etc/dovecot", check=("doveconf",)
)
TAG = "machiya/dovecot:1"


@dataclass
class FakeMachine:
    """Engine, Compose and host in one; ``done`` keeps what was asked, in its order."""

    running: dict[str, Container] = field(default_factory=dict)
    images: set[str] = field(default_factory=lambda: {TAG})
    networks: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    ill: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    changed_secrets: set[str] = field(default_factory=set)
    news: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    options: tuple[str, ...] = ()
    compose_error: str = ""
    reload_works: bool = True
    generation: int = 0

    # engine
    def version(self) -> str:
        return "28"

    def containers(self, project: str) -> tuple[Container, ...]:
        assert project == FACTS.project
        return tuple(
            replace(one, health="unhealthy", health_output=self.ill[name]) if name in self.ill else one
            for name, one in self.running.items()
        )

    def subnets(self) -> Mapping[str, tuple[str, tuple[str, ...]]]:
        return self.networks

    def has_image(self, tag: str) -> bool:
        return tag in self.images

    def throwaway(self, image: str, command: Sequence[str], *, options: Sequence[str] = (), seconds: float) -> Finished:
        assert seconds
        self.done.append(f"check {image} {' '.join(command)}")
        self.options = tuple(options)
        return Finished(1, "", self.refusal) if self.refusal else Finished(0, "", "")

    def execute(self, container: str, command: Sequence[str], *, seconds: float) -> Finished:
        assert seconds
        self.done.append(f"exec {container} {' '.join(command)}")
        return Finished(0 if self.reload_works else 1, "", "")

    # Compose
    program = ("docker", "compose")

    def up(self, services: Sequence[str] = (), on_line: Callable[[str], None] | None = None) -> None:
        self.done.append(f"up {' '.join(services)}".strip())
        if self.compose_error:
            raise Unavailable(self.compose_error)
        for name in services or ("mariadb", "dovecot"):
            self.running.setdefault(name, self.container(name))
        if on_line:
            on_line("started")

    def down(self) -> None:
        self.done.append("down")
        self.running.clear()

    def restart(self, services: Sequence[str]) -> None:
        self.done.append(f"restart {' '.join(services)}".strip())

    def logs(self, services: Sequence[str], *, lines: int, follow: bool, on_line: Callable[[str], None]) -> None:
        on_line(f"{services} {lines} {follow}")

    # host
    def require_root(self) -> None:
        self.done.append("root")

    def make_folder(self, path: Path, mode: int, owner: tuple[int, int]) -> None:
        self.done.append(f"folder {path} {mode:o} {owner[0]}:{owner[1]}")

    def write_secrets(self, services: Iterable[str], secrets: Iterable[RenderedSecret]) -> set[str]:
        self.done.append(f"secrets {' '.join(services)}: {' '.join(one.path for one in secrets)}")
        return self.changed_secrets

    def remember(self, services: Iterable[str]) -> None:
        self.news = set(services)

    def remembered(self) -> set[str]:
        return self.news

    def container(
        self,
        name: str,
        house: str = str(FACTS.root),
        networks: str = networks_digest(FACTS),
    ) -> Container:
        self.generation += 1
        return Container(
            name, f"machiya-{name}", f"id{self.generation}", house, "running", "healthy", networks=networks
        )


@dataclass
class FakeRendered:
    """``rendered/`` with ``changes`` to make; ``written`` counts how often."""

    machine: FakeMachine
    changes: tuple[Difference, ...] = ()
    facts: HouseFacts = FACTS
    services: tuple[Service, ...] = (DATABASE, DOVECOT)

    @property
    def plan(self) -> Plan:
        change = (Change(Action.CREATE, "rendered.file", one.path, "new", None, "1") for one in self.changes)
        return Plan("rendered", tuple(change), 0)

    @contextmanager
    def staged(self) -> Iterator[Path]:
        yield Path("/srv/house/rendered/.staged")

    def write(self, checksum: str) -> None:
        assert checksum == self.plan.checksum
        self.machine.done.append("write")


def change(path: str) -> Difference:
    """A file that is new."""
    return Difference(path, None, RenderedFile(path, b"new"))


def house(
    machine: FakeMachine,
    *changes: str,
    secrets: Mapping[str, str] | None = None,
    require_free: Callable[[Publication], None] = lambda _: None,
    patience_seconds: float = 3,
) -> HouseInContainers:
    """The house on ``machine``, with ``changes`` (paths) to its configuration."""

    def note(what: str) -> Callable[[], None]:
        return lambda: machine.done.append(what)

    outside = Outside(
        engine=machine,
        project=machine,
        host=machine,
        secrets=lambda: {"doveadm_api_key": "k"} if secrets is None else secrets,
        require_free=require_free,
        certify=note("certify"),
        fence=note("fence"),
        unfence=note("unfence"),
        settle=note("settle"),
        pause=lambda _: None,
        tell=lambda _: None,
    )
    rendered = FakeRendered(machine, tuple(change(path) for path in changes))
    return HouseInContainers(rendered, {"dovecot": TAG}, outside, patience_seconds=patience_seconds)
