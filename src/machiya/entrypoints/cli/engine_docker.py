"""The house in containers at the command line."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from machiya.entrypoints.cli import console
from machiya.entrypoints.cli.running import first_mailboxes
from machiya.settings import origins
from machiya.stacks.ingress import STAND_IN_WEBMAIL
from machiya.stacks.ports import NotUp

if TYPE_CHECKING:
    from machiya.bootstrap import House
    from machiya.settings import Settings
    from machiya.stacks.running import HouseInContainers

# What Compose says of a container is worth a line once it is done; what it is about to do is not.
_WORTH_TELLING = re.compile(r"\b(Started|Recreated|Healthy|Removed|Error|checking|takes up)\b")


class DockerHouse:
    """As ``Engine``; containers run on when the command ends, so ``up`` always returns."""

    def __init__(self, house: "House") -> None:
        self._house = house

    def up(self, *, detach: bool) -> None:  # noqa: ARG002 – containers are detached from the beginning
        """Have it running and healthy."""
        _warn_of_environment(self._house)
        with self._house.lock("up"):
            if made := self._house.complete_keys():
                console.note(f"made, for this house had none: {', '.join(made)}")
            self._containers().up()
        console.say(_greeting(self._house, first_mailboxes(self._house)))

    def down(self) -> None:
        """Stop it; what is stored stays."""
        with self._house.lock("up"):
            try:
                self._containers().down()
            except NotUp:
                console.note("The house is not up.")
                return
        console.say("The house has stopped.")

    def restart(self, parts: Sequence[str]) -> None:
        """Stop and start services."""
        with self._house.lock("up"):
            self._containers().restart(parts)
        console.say("Restarted and healthy.")

    def logs(self, parts: Sequence[str], *, lines: int, follow: bool) -> None:
        """As the containers wrote them."""
        self._containers().logs(parts, lines=lines, follow=follow, on_line=console.say)

    def _containers(self) -> "HouseInContainers":
        return self._house.containers(_tell)


def _tell(line: str) -> None:
    if _WORTH_TELLING.search(line):
        console.note(" ".join(line.split()))


def _warn_of_environment(house: "House") -> None:
    """Our parts in containers read machiya.toml; this process's environment they never see."""
    for origin in origins(house.root):
        if origin.source.startswith("environment"):
            console.warn(f"{origin.path} comes from the environment, which no container sees; set it in machiya.toml.")


def _webmail(settings: "Settings") -> str:
    if not settings.webmail.enabled:
        return "none (webmail.enabled is false)"
    if settings.tunnel.provider == "stand-in":
        return f"http://{STAND_IN_WEBMAIL}:{settings.tunnel.stand_in_port} on this machine"
    return f"https://{settings.webmail_hostname}"


def _greeting(house: "House", mailboxes: tuple[str, ...]) -> str:
    settings = house.settings
    door, first = settings.front_door, mailboxes[0] if mailboxes else "NAME@DOMAIN"
    way_in = "cloudflared"
    if settings.tunnel.provider == "stand-in":
        way_in = f"stand-in; the front door {door.host}:{door.port} takes mail over SMTP, as the edge would"
    return f"""\
The house is ready.
  mail programs  {settings.vpn.address} (IMAP 993, POP3 995, submission 465 and 587, ManageSieve 4190)
  usermgmt       {settings.usermgmt_url} (mailboxes and passwords in the browser)
  administer     machiya admin invite NAME --role owner prints the link for the first administrator
  way in         {way_in}
  webmail        {_webmail(settings)}
  mailboxes      {", ".join(mailboxes) or "none yet: machiya init again, or machiya domain add and mailbox add"}
  configuration  {house.root / "rendered"}
Send a message:   machiya send-test {first}
How it is:        machiya status
What it says:     machiya logs [SERVICE]
Stop:             machiya down"""
