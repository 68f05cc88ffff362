"""Raises the house in containers, takes it down, and tells how it is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from machiya.core.commands import Finished
from machiya.core.errors import NotFound, Unavailable
from machiya.stacks.checking import CHECK_SECONDS, check_options, compose_changes, configured_anew
from machiya.stacks.compose import networks_digest, volume_path
from machiya.stacks.containers import Container, ServiceState, ServiceStatus, statuses
from machiya.stacks.model import Publication, Service
from machiya.stacks.place import Place
from machiya.stacks.ports import (
    ConfigurationRefused,
    Engine,
    Host,
    HouseIll,
    NotUp,
    Project,
    Rendered,
)
from machiya.stacks.secrets_in_memory import write_secrets

DATABASE = "mariadb"
_RELOAD_SECONDS = 60.0
_LOOK_SECONDS = 1.0
_MESSAGE_LINES = 6
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the house in containers is given.

    Args:
        engine, project, host: see ``ports``.
        secrets: every secret by its name; empty text: not set.
        require_free: an error where a port is taken by somebody else.
        certify: has the certificates that services use; called before secrets are written, for they are among them.
        fence, unfence: let packets reach the containers only where the house means them to; called before the first
            container starts, and after the last one ended.
        settle: brings the database up to date; called when it is healthy, before anything else starts.
        pause: waits so many seconds.
        tell: hears what is going on.
    """

    engine: Engine
    project: Project
    host: Host
    secrets: Callable[[], Mapping[str, str]]
    require_free: Callable[[Publication], None]
    certify: Callable[[], object]
    fence: Callable[[], None]
    unfence: Callable[[], None]
    settle: Callable[[], None]
    pause: Callable[[float], None]
    tell: Callable[[str], None]


class HouseInContainers:
    """One house.

    Args:
        rendered: its configuration.
        tags: the image of each catalogue folder.
        outside: everything else.
        patience_seconds: how long all services together may take to become healthy.
    """

    def __init__(
        self, rendered: Rendered, tags: Mapping[str, str], outside: Outside, *, patience_seconds: float = 300.0
    ) -> None:
        self._rendered, self._outside, self._patience = rendered, outside, patience_seconds
        self._facts, self._services = rendered.facts, rendered.services
        self._place = Place(rendered.facts, rendered.services, tags, outside.engine)

    def statuses(self) -> tuple[ServiceStatus, ...]:
        """Every service of the house: healthy or not, and why."""
        ours = [one for one in self._containers() if one.house == str(self._facts.root)]
        return statuses([service.name for service in self._services], ours)

    def logs(self, services: Sequence[str], *, lines: int, follow: bool, on_line: Callable[[str], None]) -> None:
        """Let the last ``lines`` lines of each of ``services`` (none named: all) be heard, and what follows.

        Raises:
            NotFound: there is no such service.
            NotUp: the house has no containers.
        """
        self._require_known(services)
        self._require_up()
        self._outside.project.logs(services, lines=lines, follow=follow, on_line=on_line)

    def _containers(self) -> tuple[Container, ...]:
        return self._outside.engine.containers(self._facts.project)

    def _require_known(self, services: Sequence[str]) -> None:
        known = [service.name for service in self._services]
        for name in services:
            if name not in known:
                raise NotFound(f"there is no service {name!r}", hint=f"There are {', '.join(known)}.")

    def _require_up(self) -> None:
        self._place.require_ours()
        if not self._containers():
            raise NotUp("the house is not up", hint="machiya up starts it.")

    def up(self) -> None:
        """Have the house as the settings describe it, running and healthy; what is so already is left alone.

        Raises:
            ImagesMissing, PlaceTaken, NetworkTaken, SecretsMissing: before anything was changed.
            ConfigurationRefused: a daemon refuses its new configuration; what ran goes on with the old one.
            HouseIll: it was started, and a service did not become healthy.
        """
        self._outside.host.require_root()
        self._place.require(self._outside.project, self._outside.require_free)
        self._prepare()
        self._configure()
        self._start()

    def _prepare(self) -> None:
        """Have the folders of storage and the secrets in memory, each for its owner.

        Raises:
            SecretsMissing: a service needs one that is not set.
        """
        for service in self._services:
            for volume in service.volumes:
                owner = volume.owner or (service.user.uid, service.user.gid)
                path = self._facts.root / volume_path(self._facts, volume)
                self._outside.host.make_folder(path, volume.mode, owner)
        self._outside.certify()
        self._write_secrets()

    def _write_secrets(self) -> None:
        changed = write_secrets(self._facts, self._services, self._outside.secrets(), self._outside.host)
        self._outside.host.remember(self._outside.host.remembered() | changed)

    def take_up_secrets(self) -> None:
        """Give the services their secrets and certificates as they are now; those that run take them up.

        Raises:
            SecretsMissing: a service needs one that is not set.
        """
        self._outside.host.require_root()
        self._place.require_ours()
        self._write_secrets()
        self._take_up_news(self._running())

    def down(self) -> None:
        """Stop and remove the containers; what is stored stays.

        Raises:
            NotUp: there are none.
        """
        self._require_up()
        self._outside.project.down()
        self._outside.unfence()

    def restart(self, services: Sequence[str]) -> None:
        """Stop and start ``services`` (none named: all) and wait until they are healthy.

        Raises:
            NotFound: there is no such service.
            NotUp: the house has no containers.
            HouseIll: a service did not become healthy.
        """
        self._require_known(services)
        self._require_up()
        self._outside.project.restart(services)
        self._wait_for(services)

    def configure(self) -> None:
        """Have the daemons check what changed, then write it; nothing is reloaded yet.

        Folders and secrets are made ready first: a daemon checks the files that its configuration names, too.

        Raises:
            RootNeeded: this is somebody else.
            SecretsMissing: a service needs one that is not set.
            ImagesMissing: there is nothing to check with.
            ConfigurationRefused: a daemon refuses it; what was written before stays.
        """
        self._outside.host.require_root()
        self._place.require_images()
        self._prepare()
        self._configure()

    def _configure(self) -> None:
        changes = self._rendered.changes
        if not changes:
            return
        anew = configured_anew(changes)
        checked = [one for one in self._services if one.check and (one.name in anew or compose_changes(changes))]
        with self._rendered.staged() as staged:
            for service in checked:
                self._outside.tell(f"checking the configuration of {service.name}")
                options = check_options(self._facts, service, staged)
                self._require_accepted(service, self._check(service, options))
        self._outside.host.remember(self._outside.host.remembered() | anew)
        self._rendered.write(self._rendered.plan.checksum)

    def _check(self, service: Service, options: Sequence[str]) -> Finished:
        return self._outside.engine.throwaway(
            self._place.image(service), service.check, options=options, seconds=CHECK_SECONDS
        )

    def _require_accepted(self, service: Service, done: Finished) -> None:
        if not done.good:
            raise ConfigurationRefused(
                f"{service.name} refuses its new configuration:\n{done.last_words(_MESSAGE_LINES)}",
                hint="What ran goes on as it was. Correct machiya.toml or the edited file, then machiya up again.",
            )

    def _start(self) -> None:
        self._leave_old_networks()
        before = self._running()
        self._outside.fence()
        self._compose_up([DATABASE] if any(service.name == DATABASE for service in self._services) else [])
        self._outside.settle()
        self._compose_up([])
        self._take_up_news(before)
        self._wait_for([])

    def _leave_old_networks(self) -> None:
        """The engine does not change a network that containers hang on."""
        wanted = networks_digest(self._facts)
        if any(container.networks != wanted for container in self._containers()):
            self._outside.tell("the networks are made anew: the house is taken down first")
            self._outside.project.down()

    def _running(self) -> dict[str, str]:
        return {container.service: container.id for container in self._containers() if container.state == "running"}

    def _compose_up(self, services: Sequence[str]) -> None:
        """All if none is named, or the named ones, which are waited for."""
        try:
            self._outside.project.up(services, on_line=self._outside.tell)
        except Unavailable as error:
            ill = "\n".join(self._ill(services))
            raise HouseIll(f"{error.message}\n{ill}".rstrip(), hint=error.hint) from error
        if services:
            self._wait_for(services)

    def _take_up_news(self, before: Mapping[str, str]) -> None:
        """Containers that were not made anew read their new configuration or secrets."""
        stayed = {one.service: one for one in self._containers() if before.get(one.service) == one.id}
        news = self._outside.host.remembered()
        for service in self._services:
            if service.name in news and service.name in stayed:
                self._reload(service, stayed[service.name])
        self._outside.host.remember(())

    def _reload(self, service: Service, container: Container) -> None:
        self._outside.tell(f"{service.name} takes up its new configuration")
        if (
            service.reload
            and self._outside.engine.execute(container.name, service.reload, seconds=_RELOAD_SECONDS).good
        ):
            return
        self._outside.project.restart([service.name])

    def _wait_for(self, services: Sequence[str]) -> None:
        waited = 0.0
        while True:
            waiting = [one for one in self._wanted(services) if not one.healthy]
            if not waiting:
                return
            hopeless = any(one.state == ServiceState.RESTARTING and one.restarts >= _ATTEMPTS for one in waiting)
            if waited >= self._patience or hopeless:
                raise HouseIll(
                    "\n".join(["not all of the house is healthy", *self._ill(services)]),
                    hint="machiya status tells more.",
                )
            self._outside.pause(_LOOK_SECONDS)
            waited += _LOOK_SECONDS

    def _wanted(self, services: Sequence[str]) -> list[ServiceStatus]:
        return [one for one in self.statuses() if not services or one.service in services]

    def _ill(self, services: Sequence[str]) -> Iterator[str]:
        for one in self._wanted(services):
            if not one.healthy:
                yield f"  {one.service} is {one.state}{': ' + one.why if one.why else ''}"
