"""What runs the parts of the house: processes of this machine, or containers."""

from typing import TYPE_CHECKING

from machiya.bootstrap.rooms import Rooms

if TYPE_CHECKING:
    from machiya.adapters.shell.embedded import EmbeddedParts

# ruff: noqa: PLC0415 – adapters are imported where they are made: see bootstrap/__init__.py


class Engines(Rooms):
    """The engine that the settings ask for."""

    def embedded_parts(self) -> "EmbeddedParts":
        """The processes of the embedded house, for up, down and status."""
        from machiya.adapters.shell.embedded import EmbeddedParts
        from machiya.adapters.shell.part import Listener

        api, door = self.settings.mail_api, self.settings.front_door
        return EmbeddedParts(
            root=self.root,
            door=Listener("mail_api.port", api.host, api.port),
            private=Listener("mail_api.private_port", api.private_host, api.private_port),
            street=Listener("front_door.port", door.host, door.port),
            run_folder=self.run_folder,
            log_folder=self.log_folder,
            clock=self.clock,
        )
