"""The house in containers, made by its own commands, with its own project name and addresses."""

import contextlib
import shutil
from collections.abc import Mapping
from pathlib import Path

import tomlkit

from bench.inbound.ours import give_mailboxes
from bench.inbound.plan import DOMAIN
from bench.inbound.processes import BenchError, free_ports, inherited, python, run
from machiya.bootstrap import open_house
from machiya.stacks.compose import PROJECT_LABEL
from machiya.stacks.listening import PORTS
from machiya.stacks.networks import Network, address

PROJECT, PREFIX = "mbench", "10.236"
_LABEL = f"label={PROJECT_LABEL}={PROJECT}"
# Clamd wants a database; this one knows the test virus only, which the house's self-test asks for.
_VIRUS = "44d88612fea8a8f36de82e1278abb02f:68:Test.EICAR.HDB\n"


class ContainerHouse:
    """Args: folder: on the disk to be measured."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "house"
        self.mail = self.root / "data" / "bulk" / "mail"
        self.key = ""

    def machiya(self, *words: str, seconds: float = 120.0) -> str:
        """One of the house's commands."""
        return run([python(), "-m", "machiya", "--house", str(self.root), *words], seconds=seconds)

    def raise_(self) -> None:
        """init, images build, up, with all mailboxes."""
        self.machiya("init", "--engine", "docker", "--yes", "--domain", DOMAIN, "--hostname", f"mail.{DOMAIN}")
        front_door, stand_in = free_ports(2)
        self._set("docker", {"project": PROJECT, "network_prefix": PREFIX, "resolver": "none"})
        self._set("vpn", {"address": "127.0.0.236"})
        self._set("front_door", {"port": front_door})
        self._set("tunnel", {"stand_in_port": stand_in})
        self._give_virus_database()
        self.machiya("images", "build", "--base", "debootstrap", seconds=1500)
        self.machiya("up", seconds=500)
        self.machiya("domain", "add", DOMAIN)
        house = open_house(self.root)
        (self.key, *_) = house.signing_keys()
        give_mailboxes(house, first=0)

    def without_scanning(self) -> None:
        """The same house with scanning switched off."""
        self._set("scanner", {"enabled": False})
        self.machiya("up", seconds=300)

    def down(self) -> None:
        """Stop and remove what runs; also what a killed run left."""
        if (self.root / "rendered" / "compose.yaml").exists():
            with contextlib.suppress(BenchError):  # an earlier one may be half; what is left goes below
                self.machiya("down")
        for container in self._listed("ps", "--all"):
            run(["docker", "rm", "--force", "--volumes", container], seconds=60)
        for network in self._listed("network", "ls"):
            run(["docker", "network", "rm", network], seconds=60)
        shutil.rmtree(Path("/run/machiya") / PROJECT, ignore_errors=True)

    def containers(self) -> dict[str, str]:
        """Container by service."""
        names = run(["docker", "ps", "--filter", _LABEL, "--format", "{{.Names}}"], seconds=60).split()
        return {name.removeprefix(f"{PROJECT}-"): name for name in names}

    def image(self, service: str) -> str:
        """The image of a service that runs."""
        return run(["docker", "inspect", "--format", "{{.Config.Image}}", f"{PROJECT}-{service}"], seconds=60).strip()

    def rendered(self, service: str, file: str) -> str:
        """A file of a service's configuration."""
        return (self.root / "rendered" / "config" / service / file).read_text()

    @property
    def door(self) -> tuple[str, int]:
        """Where cloudflared would hand in what it has: the stand-in, behind which is nginx."""
        return address(PREFIX, Network.EDGE, "tunnel"), PORTS["stand_in"]

    def at(self, service: str) -> str:
        """The address of a service within the mail stack."""
        return address(PREFIX, Network.MAILSERVER, service)

    def _listed(self, *words: str) -> list[str]:
        return run(["docker", *words, "--quiet", "--filter", _LABEL], seconds=60).split()

    def _set(self, section: str, values: Mapping[str, object]) -> None:
        path = self.root / "machiya.toml"
        document = tomlkit.parse(path.read_text("utf-8"))
        document.setdefault(section, tomlkit.table()).update(values)
        path.write_text(tomlkit.dumps(document), "utf-8")

    def _give_virus_database(self) -> None:
        folder = self.root / "data" / "bulk" / "clamav"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "test.hdb").write_text(_VIRUS)


def require_root_and_docker() -> None:
    """Say at once what is missing.

    Raises:
        BenchError: no Docker engine answers.
    """
    try:
        run(["docker", "version", "--format", "{{.Server.Version}}"], seconds=30, environment=inherited())
    except BenchError as error:
        raise BenchError(f"the bench needs root and a Docker engine: {error}") from error
