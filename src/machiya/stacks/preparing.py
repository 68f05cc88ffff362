"""Makes ready what containers need before they start: folders, secrets, a configuration that the daemons accept."""

from collections.abc import Sequence

from machiya.core.commands import Finished
from machiya.stacks.checking import CHECK_SECONDS, check_options, compose_changes, configured_anew
from machiya.stacks.compose import volume_path
from machiya.stacks.model import Service
from machiya.stacks.outside import Outside
from machiya.stacks.place import Place
from machiya.stacks.ports import ConfigurationRefused, Rendered
from machiya.stacks.secrets_in_memory import write_secrets

_MESSAGE_LINES = 6


class Preparation:
    """For one house; which services have news to take up is remembered on the host.

    Args:
        rendered: its configuration.
        place: knows its images.
        outside: everything else.
    """

    def __init__(self, rendered: Rendered, place: Place, outside: Outside) -> None:
        self._rendered, self._place, self._outside = rendered, place, outside
        self._facts, self._services = rendered.facts, rendered.services

    def prepare(self) -> None:
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
        self.write_secrets()

    def write_secrets(self) -> None:
        """Have the secrets as they are now in memory.

        Raises:
            SecretsMissing: a service needs one that is not set.
        """
        changed = write_secrets(self._facts, self._services, self._outside.secrets(), self._outside.host)
        self._outside.host.remember(self._outside.host.remembered() | changed)

    def configure(self) -> None:
        """Have the daemons check what changed, then write it; nothing is reloaded yet.

        Raises:
            ConfigurationRefused: a daemon refuses it; what was written before stays.
        """
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
