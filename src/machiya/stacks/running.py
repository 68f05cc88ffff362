"""Raises the house in containers, takes it down, and tells how it is."""

from collections.abc import Callable, Mapping, Sequence

from machiya.core.errors import NotFound, Unavailable
from machiya.stacks.compose import networks_digest
from machiya.stacks.containers import Container, ServiceStatus
from machiya.stacks.model import Service
from machiya.stacks.outside import Outside
from machiya.stacks.place import Place
from machiya.stacks.ports import (
    HouseIll,
    NotUp,
    Rendered,
)
from machiya.stacks.preparing import Preparation
from machiya.stacks.watch import Watch

DATABASE = "mariadb"
_RELOAD_SECONDS = 60.0


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
        self._facts, self._services, self._outside = rendered.facts, rendered.services, outside
        self._place = Place(rendered.facts, rendered.services, tags, outside.engine)
        self._preparation = Preparation(rendered, self._place, outside)
        self._watch = Watch(rendered, outside, patience_seconds)

    def statuses(self) -> tuple[ServiceStatus, ...]:
        """Every service of the house: healthy or not, and why."""
        return self._watch.statuses()

    def logs(self, services: Sequence[str], *, lines: int, follow: bool, on_line: Callable[[str], None]) -> None:
        """Let the last ``lines`` lines of each of ``services`` (none named: all) be heard, and what follows.

        Raises:
            NotFound: there is no such service.
            NotUp: the house has no containers.
        """
        self._require_known(services)
        self._require_up()
        self._outside.project.logs(services, lines=lines, follow=follow, on_line=on_line)

    def _require_known(self, services: Sequence[str]) -> None:
        known = [service.name for service in self._services]
        for name in services:
            if name not in known:
                raise NotFound(f"there is no service {name!r}", hint=f"There are {', '.join(known)}.")

    def _require_up(self) -> None:
        self._place.require_ours()
        if not self._watch.containers():
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
        self._preparation.prepare()
        self._preparation.configure()
        self._start()

    def take_up_secrets(self) -> None:
        """Give the services their secrets and certificates as they are now; those that run take them up.

        Raises:
            SecretsMissing: a service needs one that is not set.
        """
        self._outside.host.require_root()
        self._place.require_ours()
        self._preparation.write_secrets()
        self._take_up_news(self._watch.running())

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
        self._watch.wait_for(services)

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
        self._preparation.prepare()
        self._preparation.configure()

    def _start(self) -> None:
        self._leave_old_networks()
        before = self._watch.running()
        self._outside.fence()
        self._compose_up([DATABASE] if any(service.name == DATABASE for service in self._services) else [])
        self._outside.settle()
        self._compose_up([])
        self._take_up_news(before)
        self._watch.wait_for([])

    def _leave_old_networks(self) -> None:
        """The engine does not change a network that containers hang on."""
        wanted = networks_digest(self._facts)
        if any(container.networks != wanted for container in self._watch.containers()):
            self._outside.tell("the networks are made anew: the house is taken down first")
            self._outside.project.down()

    def _compose_up(self, services: Sequence[str]) -> None:
        """All if none is named, or the named ones, which are waited for."""
        try:
            self._outside.project.up(services, on_line=self._outside.tell)
        except Unavailable as error:
            ill = "\n".join(self._watch.ill(services))
            raise HouseIll(f"{error.message}\n{ill}".rstrip(), hint=error.hint) from error
        if services:
            self._watch.wait_for(services)

    def _take_up_news(self, before: Mapping[str, str]) -> None:
        """Containers that were not made anew read their new configuration or secrets."""
        stayed = {one.service: one for one in self._watch.containers() if before.get(one.service) == one.id}
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
