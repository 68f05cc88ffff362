"""The fence of a house around its containers, put up and taken down on this machine."""

import os

import yaml

from machiya.adapters.iptables.fence import IptablesFence
from machiya.core.commands import Commands
from machiya.stacks.facts import HouseFacts
from machiya.stacks.fence import chain_name
from machiya.stacks.render import COMPOSE_FILE
from machiya.stacks.services import services
from machiya.stacks.walls import breaches
from machiya.stacks.way_in import house_fence


class Walls:
    """One house; ``commands`` starts iptables. Needs root, but neither Docker nor the house's networks."""

    def __init__(self, facts: HouseFacts, commands: Commands) -> None:
        self._facts, self._fence = facts, IptablesFence(commands)

    def put_up(self) -> None:
        """Let packets reach the house's networks only where the house means them to; twice is as good as once.

        Raises:
            FenceFailed: the packet filter refused.
            ProgramMissing: there is no iptables.
        """
        self._fence.put_up(house_fence(self._facts, services(self._facts)))

    def take_down(self) -> None:
        """Remove the rules; no error if there are none.

        Raises:
            FenceFailed: they are still there.
        """
        self._fence.take_down(chain_name(self._facts.project))

    def stand(self) -> bool | None:
        """Whether the rules are there and packets pass by them; None where only root may know."""
        return self._fence.guards(chain_name(self._facts.project)) if os.geteuid() == 0 else None

    def breaches(self) -> tuple[str, ...]:
        """What the Compose file that lies there opens, edits included; nothing where there is no YAML."""
        try:
            project = yaml.safe_load((self._facts.root / "rendered" / COMPOSE_FILE).read_text("utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            return ()
        known = {one.name: one for one in services(self._facts)}
        try:
            return breaches(project, known, self._facts.vpn_address)
        except (AttributeError, LookupError, TypeError):  # YAML, but of another shape
            return ("nobody can tell, for it is not of the shape that machiya render writes",)
