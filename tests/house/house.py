"""The whole house as README's section says, by its own commands, once for all tests of this lane."""

import json
import ssl
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit

from fakes.certificates import TestAuthority
from fakes.smtp_relay import FakeRelay
from house.waiting import soon
from house.yard import PREFIX, PROJECT, VPN_NETWORK, HousePlace
from integration.closed.commands import Done, attempt
from integration.ports import free_ports
from machiya.stacks.networks import Network, address, gateway

DOMAIN, HOSTNAME = "home.test", "mail.home.test"
RELAY, RELAY_USER, RELAY_PASSWORD = "relay.test", "house", "relay secret"
PASSWORD = "correct horse battery"
UP_SECONDS = 600.0
# Clamd starts with these instead of the official database, and finds the test virus.
_EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
VIRUSES = {
    "test.hdb": b"44d88612fea8a8f36de82e1278abb02f:68:Test.EICAR.HDB\n",
    "test.ndb": b"Test.EICAR.NDB:0:*:" + _EICAR.hex().encode() + b"\n",
}


@dataclass
class House:
    """Its folder, its doors and its surroundings."""

    root: Path
    vpn: HousePlace
    street: HousePlace
    front_door_port: int
    stand_in_port: int
    authority: TestAuthority = field(default_factory=TestAuthority)
    relay: FakeRelay | None = None
    known: set[str] = field(default_factory=set)

    def machiya(self, *words: str, stdin: str = "", good: bool = True, seconds: float = 180.0) -> str:
        """A command as a person types it; its standard output, with its errors if it need not be good."""
        done = self.attempt(*words, stdin=stdin, seconds=seconds)
        assert not good or done.code == 0, f"machiya {' '.join(words)}: exit code {done.code}\n{done.err}\n{done.out}"
        return done.out if good else done.out + done.err

    def attempt(self, *words: str, stdin: str = "", seconds: float = 180.0) -> Done:
        """A command; any end is fine."""
        argv = [sys.executable, "-m", "machiya", "--house", str(self.root), *words]
        return attempt(argv, stdin.encode(), seconds)

    def mailbox(self, name: str, quota: str = "") -> str:
        """A new mailbox whose password is ``PASSWORD``, known at the edge."""
        address = f"{name}@{DOMAIN}"
        quota_words = ("--quota", quota) if quota else ()
        self.machiya("mailbox", "add", address, "--password-stdin", *quota_words, stdin=f"{PASSWORD}\n")
        return address

    def trace(self, query: str) -> list[dict[str, Any]]:
        """What the house knows of messages."""
        found: list[dict[str, Any]] = json.loads(self.machiya("trace", query, "--json", good=False) or "[]")
        return found

    def status(self) -> dict[str, Any]:
        """What ``machiya status`` says."""
        found: dict[str, Any] = json.loads(self.attempt("status", "--json").out)
        return found

    def folder_of(self, mailbox: str, folder: str = "") -> Path:
        """The Maildir of a mailbox, or of a folder in it, on the disk."""
        local, _, domain = mailbox.partition("@")
        inbox = self.root / "data/bulk/mail" / domain / local / "Maildir"
        return inbox / f".{folder}" if folder else inbox

    def stored(self, mailbox: str, folder: str = "") -> list[bytes]:
        """Every message there, as it lies on the disk."""
        place = self.folder_of(mailbox, folder)
        return [file.read_bytes() for part in ("new", "cur") for file in sorted((place / part).glob("*"))]

    def find(self, mailbox: str, token: str, folder: str = "") -> list[bytes]:
        """Those that speak of ``token``."""
        return [content for content in self.stored(mailbox, folder) if token.encode() in content]

    def arrives(self, mailbox: str, token: str, folder: str = "", seconds: float = 180.0) -> bytes:
        """The one message that speaks of ``token``, waited for."""
        what = f"{token} in {folder or 'INBOX'} of {mailbox}"
        (found,) = soon(
            lambda: self.find(mailbox, token, folder), what, seconds, lambda: self.machiya("trace", good=False)
        )
        return found

    def held(self) -> list[Path]:
        """What waits at the edge."""
        return list((self.root / "data/bulk/hold/in").glob("*.json"))

    def container(self, service: str) -> str:
        """The name of a service's container."""
        return f"{PROJECT}-{service}"

    def inspect(self, service: str) -> dict[str, Any]:
        """What the engine says of it."""
        done = attempt(["docker", "inspect", self.container(service)])
        found: list[dict[str, Any]] = json.loads(done.out or "[]")
        return found[0] if found else {}

    def services(self) -> list[str]:
        """All that run under this house's name."""
        listing = ("ps", "--all", "--filter", f"name=^{PROJECT}-", "--format", "{{.Names}}")
        names = attempt(["docker", *listing]).out.split()
        return sorted(name.removeprefix(f"{PROJECT}-") for name in names)

    def healthy(self, service: str) -> bool:
        """Whether the engine calls it healthy."""
        state = self.inspect(service).get("State", {})
        return bool(state.get("Running")) and state.get("Health", {}).get("Status") == "healthy"

    def all_healthy(self) -> bool:
        """Whether every container is."""
        return all(self.healthy(service) for service in self.services())

    def wait_healthy(self, *services: str, seconds: float = 180.0) -> float:
        """How many seconds it took until ``services`` (none named: all) are healthy."""
        begin = time.monotonic()
        for service in services or self.services():
            soon(lambda name=service: self.healthy(name), f"{service} healthy", seconds, lambda: self.tail(service))  # type: ignore[misc]  # noqa: B023 – called at once
        return time.monotonic() - begin

    def tail(self, service: str) -> str:
        """Its last words."""
        done = attempt(["docker", "logs", "--tail", "40", self.container(service)])
        return f"{self.inspect(service).get('State')}\n{done.out}\n{done.err}"

    def stop(self, service: str) -> None:
        """Stop it; it stays so."""
        assert attempt(["docker", "stop", "--time", "5", self.container(service)]).code == 0

    def start(self, service: str) -> None:
        """Start it again and wait until it is healthy."""
        assert attempt(["docker", "start", self.container(service)]).code == 0
        self.wait_healthy(service)

    def at(self, network: Network, service: str) -> str:
        """The address of a service."""
        return address(PREFIX, network, service)

    def trusting(self) -> ssl.SSLContext:
        """What a mail program needs to believe the house."""
        return ssl.create_default_context(cafile=str(self.root / "data/tls/ca.crt"))


def raise_house(root: Path, vpn: HousePlace, street: HousePlace) -> House:
    """init, images build, render, up."""
    front_door, stand_in = free_ports(2)
    house = House(root, vpn, street, front_door, stand_in)
    house.machiya("init", "--engine", "docker", "--yes", "--domain", DOMAIN, "--hostname", HOSTNAME)
    _configure(house)
    (root / "relay-ca.pem").write_bytes(house.authority.pem)
    house.machiya("secret", "set", "relay_password", stdin=f"{RELAY_PASSWORD}\n")
    _give_virus_database(root / "data/bulk/clamav")
    begin = time.monotonic()
    house.machiya("images", "build", "--base", "debootstrap", seconds=1500)
    print(f"images built in {time.monotonic() - begin:.0f} s")
    begin = time.monotonic()
    house.machiya("render", seconds=300)
    _give_resolver_the_street(house)
    house.machiya("up", seconds=UP_SECONDS)
    print(f"up in {time.monotonic() - begin:.0f} s")
    house.machiya("domain", "add", DOMAIN)
    house.relay = _relay(house)
    return house


def _configure(house: House) -> None:
    path = house.root / "machiya.toml"
    document = tomlkit.parse(path.read_text("utf-8"))
    relay_port, *_ = free_ports(1)
    for section, values in {
        "docker": {"project": PROJECT, "network_prefix": PREFIX, "resolver": "none"},
        "vpn": {"address": f"{VPN_NETWORK}.1", "interface": house.vpn.interface},
        "front_door": {"port": house.front_door_port},
        "tunnel": {"stand_in_port": house.stand_in_port},
        "edge": {"sweep_interval_seconds": 0.5, "recipients_interval_seconds": 1.0},
        "relay": {"preset": "custom", "host": RELAY, "port": relay_port, "user": RELAY_USER, "ca_file": "relay-ca.pem"},
    }.items():
        document.setdefault(section, tomlkit.table()).update(values)
    path.write_text(tomlkit.dumps(document), "utf-8")


def _give_virus_database(folder: Path) -> None:
    """Readable by clamd, whoever that is; the folder gets its owner from the house."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in VIRUSES.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o644)


def _give_resolver_the_street(house: House) -> None:
    """The names of the street, in a house without one; a file that a person edited is kept by ``up``."""
    path = house.root / "rendered/config/unbound/unbound.conf"
    names = f'server:\n  local-data: "{RELAY}. 60 IN A {gateway(PREFIX, Network.OUTSIDE)}"\n'
    path.write_text(path.read_text() + names)


def _relay(house: House) -> FakeRelay:
    certificate, key = house.authority.issue(RELAY)
    pair = house.root.parent / "relay.pem"
    pair.write_bytes(certificate + key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair)
    port = tomlkit.parse((house.root / "machiya.toml").read_text("utf-8"))["relay"]["port"]
    relay = FakeRelay(gateway(PREFIX, Network.OUTSIDE), int(str(port)), context, RELAY_PASSWORD)
    relay.start()
    return relay
