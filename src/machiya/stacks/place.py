"""Whether the house has its place on this machine: engine, images, its name, its addresses, its ports."""

from collections.abc import Callable, Mapping
from ipaddress import ip_network

from machiya.stacks.facts import HouseFacts
from machiya.stacks.model import Publication, Service
from machiya.stacks.networks import Network, subnet
from machiya.stacks.ports import Engine, ImagesMissing, NetworkTaken, PlaceTaken, Project


class Place:
    """Looks only; nothing is stopped or changed before it says yes.

    Args:
        facts, services: of the house.
        tags: the image of each catalogue folder.
        engine: runs containers.
    """

    def __init__(
        self, facts: HouseFacts, services: tuple[Service, ...], tags: Mapping[str, str], engine: Engine
    ) -> None:
        self._facts, self._services, self._tags, self._engine = facts, services, tags, engine

    def image(self, service: Service) -> str:
        """The image of a service, with its tag."""
        return service.image.reference or self._tags[service.image.folder]

    def require(self, project: Project, require_free: Callable[[Publication], None]) -> None:
        """Go on only if everything is there and free.

        Raises:
            ImagesMissing, PlaceTaken, NetworkTaken: it is not; and as ``require_free``.
        """
        _ = self._engine.version(), project.program
        self.require_ours()
        self.require_images()
        self._require_networks()
        running = {one.service for one in self._engine.containers(self._facts.project) if one.state == "running"}
        for service in self._services:
            for publication in service.publishes if service.name not in running else ():
                require_free(publication)

    def require_ours(self) -> None:
        """Go on only if what runs under the project's name is this very house.

        Raises:
            PlaceTaken: it is another.
        """
        for container in self._engine.containers(self._facts.project):
            if container.house != str(self._facts.root):
                whose = f"the house in {container.house}" if container.house else f"the container {container.name}"
                raise PlaceTaken(
                    f"{whose} runs under the name {self._facts.project} already",
                    hint="Give this house another docker.project and docker.network_prefix in machiya.toml.",
                )

    def require_images(self) -> None:
        """Go on only if every image that is built here is here.

        Raises:
            ImagesMissing: it is not.
        """
        wanted = {self.image(service) for service in self._services if service.image.folder}
        missing = sorted(image.split(":")[0] for image in wanted if not self._engine.has_image(image))
        if missing:
            raise ImagesMissing(
                f"not built as this program describes them: {', '.join(missing)}", hint="machiya images build"
            )

    def _require_networks(self) -> None:
        ours = [ip_network(subnet(self._facts.network_prefix, network)) for network in Network]
        for name, (project, subnets) in self._engine.subnets().items():
            theirs = [ip_network(text) for text in subnets if ":" not in text]
            if project != self._facts.project and any(one.overlaps(other) for one in ours for other in theirs):
                raise NetworkTaken(
                    f"the network {name} uses addresses of {self._facts.network_prefix}.0.0 ({', '.join(subnets)})",
                    hint="Set docker.network_prefix in machiya.toml to a free one, for example 10.78.",
                )
