"""What runs the parts of the house: processes of this machine, or containers."""

from collections.abc import Callable
from functools import cached_property
from threading import Event
from typing import TYPE_CHECKING

from machiya.bootstrap.outgoing import Outgoing

if TYPE_CHECKING:
    from machiya.adapters.files.host import HostFolders
    from machiya.adapters.shell.detached import Detached
    from machiya.adapters.shell.embedded import EmbeddedParts
    from machiya.bootstrap.rendering import Rendering
    from machiya.bootstrap.workshop import Workshop
    from machiya.stacks.model import Publication
    from machiya.stacks.running import HouseInContainers

# ruff: noqa: PLC0415 – adapters are imported where they are made: see bootstrap/__init__.py

AGENT_LOCK = "agent"
_NEWS = "reload.json"


class Engines(Outgoing):
    """The engine that the settings ask for."""

    def embedded_parts(self) -> "EmbeddedParts":
        """The processes of the embedded house, for up, down and status."""
        from machiya.adapters.shell.embedded import EmbeddedParts
        from machiya.adapters.shell.part import Listener

        api, door, people = self.settings.mail_api, self.settings.front_door, self.settings.usermgmt
        return EmbeddedParts(
            root=self.root,
            door=Listener("mail_api.port", api.host, api.port),
            private=Listener("mail_api.private_port", api.private_host, api.private_port),
            street=Listener("front_door.port", door.host, door.port),
            people=Listener("usermgmt.port", people.host, people.port),
            people_tls=bool(people.certificate),
            agent_works=lambda: self.lock(AGENT_LOCK).holder() is not None,
            run_folder=self.run_folder,
            log_folder=self.log_folder,
            clock=self.clock,
        )

    def start_detached(self) -> "Detached":
        """``machiya up`` of the embedded house in the background.

        Raises:
            DiskFull, NotWritable, DiskFailed: its log cannot be written.
        """
        from machiya.adapters.files.errors import disk_errors

        parts = self.embedded_parts()
        with disk_errors(parts.up_log):
            return parts.start_detached()

    @cached_property
    def workshop(self) -> "Workshop":
        """Where images are made."""
        from machiya.bootstrap.workshop import Workshop

        return Workshop()

    def rendering(self, *, force: bool = False) -> "Rendering":
        """The configuration of the house in containers, rendered now.

        Raises:
            EngineMissing, EngineDead: the engine tells the base image, and with it the names of all images.
        """
        from machiya.bootstrap.containers import facts_of
        from machiya.bootstrap.rendering import Rendering

        return Rendering(facts_of(self.settings), self.workshop.tags(), force=force)

    def containers(self, tell: Callable[[str], None], *, force: bool = False) -> "HouseInContainers":
        """The house in containers; ``tell`` hears what is going on, ``force`` writes over what a person edited.

        Raises:
            EngineMissing, EngineDead: as ``rendering``.
        """
        from machiya.adapters.docker.compose import Compose
        from machiya.adapters.docker.containers import DockerEngine
        from machiya.bootstrap.workshop import shell_commands
        from machiya.stacks.outside import Outside
        from machiya.stacks.render import COMPOSE_FILE
        from machiya.stacks.running import HouseInContainers

        rendering, walls = self.rendering(force=force), self.walls()
        outside = Outside(
            engine=DockerEngine(self.workshop.docker),
            project=Compose(shell_commands(), rendering.facts.project, rendering.folder / COMPOSE_FILE),
            host=self.host_folders(),
            secrets=self.complete_secret_values,
            require_free=self._require_free,
            certify=self._certify,
            fence=walls.put_up,
            unfence=walls.take_down,
            settle=self.migrate,
            pause=_pause,
            tell=tell,
        )
        return HouseInContainers(rendering, rendering.tags, outside)

    def host_folders(self) -> "HostFolders":
        """The folders of this machine that containers use, and the secrets in memory."""
        from machiya.adapters.files.host import HostFolders
        from machiya.adapters.shell.memory import MemoryMount
        from machiya.bootstrap.containers import facts_of
        from machiya.bootstrap.workshop import shell_commands

        return HostFolders(facts_of(self.settings).secrets, self.run_folder / _NEWS, MemoryMount(shell_commands()))

    @property
    def generated_keys(self) -> tuple[str, ...]:
        """Names of the secrets that this house makes for itself."""
        from machiya.bootstrap.keys import generated_keys

        return generated_keys(in_containers=self.in_containers)

    def complete_keys(self) -> tuple[str, ...]:
        """Make those of them that are not set, since an earlier Machiya did not know them; their names."""
        present = self.settings.secrets
        missing = tuple(name for name in self.generated_keys if not getattr(present, name).get_secret_value())
        if not self.secrets.exists:
            return ()
        if missing:
            with self.folder.lock():
                self.secrets.ensure_keys(missing)
            del self.settings  # read anew, with them
        return missing

    def complete_secret_values(self) -> dict[str, str]:
        """As ``secret_values``, once the keys are complete."""
        self.complete_keys()
        return self.secret_values()

    def secret_values(self) -> dict[str, str]:
        """Every secret by its name, the certificate's too; empty: not set."""
        secrets = self.settings.secrets
        values = {name: getattr(secrets, name).get_secret_value() for name in type(secrets).model_fields}
        return values | self.certificates().secrets()

    def _certify(self) -> None:
        self.certificates().renew()

    def _require_free(self, publication: "Publication") -> None:
        from machiya.adapters.shell.part import Listener
        from machiya.adapters.shell.ports import require_free
        from machiya.stacks.compose import LOOPBACK
        from machiya.stacks.model import Reachable

        host = self.settings.vpn.address if publication.reachable is Reachable.VPN else LOOPBACK
        ports = {
            self.settings.front_door.port: "front_door.port",
            self.settings.tunnel.stand_in_port: "tunnel.stand_in_port",
            self.settings.usermgmt.vpn_port: "usermgmt.vpn_port",
        }
        require_free([Listener(ports.get(publication.port, "vpn.address"), host, publication.port)])


def _pause(seconds: float) -> None:
    Event().wait(seconds)
