"""What running the house in containers needs from outside: the engine, Compose, the machine's folders."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from machiya.core.commands import Finished
from machiya.core.errors import Conflict, InvalidInput, NotFound, Refused, Unavailable
from machiya.core.plan import Plan
from machiya.stacks.changes import Difference
from machiya.stacks.containers import Container
from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import Service
from machiya.stacks.render import RenderedSecret


class ImagesMissing(NotFound):
    """Images of the house are not built."""

    code = "images_missing"


class PlaceTaken(Conflict):
    """Something else on this machine runs under the project's name."""

    code = "place_taken"


class NetworkTaken(Conflict):
    """Something else on this machine uses the addresses of the house's networks."""

    code = "network_taken"


class SecretsMissing(NotFound):
    """A service needs a secret that is not set."""

    code = "secrets_missing"


class ConfigurationRefused(InvalidInput):
    """A daemon refuses its new configuration; the one that works stays."""

    code = "configuration_refused"


class HouseIll(Unavailable):
    """The house was started, and not all of it became healthy."""

    code = "house_ill"


class NotUp(Conflict):
    """The house does not run."""

    code = "not_up"


class RootNeeded(Refused):
    """Only root may do this."""

    code = "root_needed"


class Engine(Protocol):
    """The engine that runs containers."""

    def version(self) -> str:
        """Its version; an error where nobody answers."""
        ...

    def containers(self, project: str) -> tuple[Container, ...]:
        """Every container of ``project``."""
        ...

    def subnets(self) -> Mapping[str, tuple[str, tuple[str, ...]]]:
        """Every network: its name → the project that made it, its subnets."""
        ...

    def has_image(self, tag: str) -> bool:
        """Whether the image is here."""
        ...

    def throwaway(self, image: str, command: Sequence[str], *, options: Sequence[str] = (), seconds: float) -> Finished:
        """Run ``command`` in a container that leaves nothing behind."""
        ...

    def execute(self, container: str, command: Sequence[str], *, seconds: float) -> Finished:
        """Run ``command`` in a running container."""
        ...


class Project(Protocol):
    """The Compose project."""

    @property
    def program(self) -> tuple[str, ...]:
        """What runs it; an error where Compose is missing."""
        ...

    def up(self, services: Sequence[str] = (), on_line: Callable[[str], None] | None = None) -> None:
        """Make and start ``services``; none named: all."""
        ...

    def down(self) -> None:
        """Remove containers and networks."""
        ...

    def restart(self, services: Sequence[str]) -> None:
        """Stop and start ``services``."""
        ...

    def logs(self, services: Sequence[str], *, lines: int, follow: bool, on_line: Callable[[str], None]) -> None:
        """Let the logs be heard."""
        ...


class Host(Protocol):
    """The folders of this machine that containers use."""

    def require_root(self) -> None:
        """Go on only as root."""
        ...

    def make_folder(self, path: Path, mode: int, owner: tuple[int, int]) -> None:
        """Have a folder with this mode and owner (uid, gid); what another user left in it is given to the owner too."""
        ...

    def write_secrets(self, services: Iterable[str], secrets: Iterable[RenderedSecret]) -> set[str]:
        """Put secrets into memory, a folder for each of ``services``; the services whose secrets changed."""
        ...

    def remember(self, services: Iterable[str]) -> None:
        """Keep in mind which services have to take up a new configuration."""
        ...

    def remembered(self) -> set[str]:
        """The services kept in mind."""
        ...


class Rendered(Protocol):
    """The configuration of the house as it would be, beside what lies there."""

    @property
    def facts(self) -> HouseFacts:
        """What it was rendered from."""
        ...

    @property
    def services(self) -> tuple[Service, ...]:
        """The services of this house."""
        ...

    @property
    def changes(self) -> tuple[Difference, ...]:
        """What would be written or removed."""
        ...

    @property
    def plan(self) -> Plan:
        """The changes with their checksum."""
        ...

    def staged(self) -> AbstractContextManager[Path]:
        """A folder with everything as it would lie there."""
        ...

    def write(self, checksum: str) -> None:
        """Do the plan that was read."""
        ...
