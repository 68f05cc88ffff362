"""The peer: Postfix of the same image as a mail server would have it, before the house's own Dovecot."""

import contextlib
import smtplib
import time
from pathlib import Path

from bench.inbound.containers.house import PREFIX, PROJECT, ContainerHouse
from bench.inbound.containers.smtp_generator import waiting_files
from bench.inbound.plan import DOMAIN
from bench.inbound.processes import BenchError, remove_tree, run
from machiya.stacks.listening import PORTS
from machiya.stacks.networks import Network, gateway, subnet

PORT = 25
NAME = f"{PROJECT}-peer-postfix"
_HOST = 40
_START_SECONDS = 60.0
_MAIN = """\
compatibility_level = 3.10
myhostname = peer.{domain}
mydestination =
mynetworks = {client}/32
inet_interfaces = all
inet_protocols = ipv4
default_database_type = texthash
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:{dovecot}:{lmtp}
lmtp_host_lookup = native
smtpd_peername_lookup = no
smtpd_milters = {milters}
milter_default_action = tempfail
maillog_file = /var/log/postfix/mail.log
"""


def main_cf(dovecot: str, client: str, milter: str) -> str:
    """A plain configuration; Debian's defaults for all that is not named."""
    milters = f"inet:{milter}" if milter else ""
    return _MAIN.format(domain=DOMAIN, dovecot=dovecot, lmtp=PORTS["lmtp"], client=client, milters=milters)


def master_cf(house: str) -> str:
    """The house's own list of programs with one listener on port 25 instead of its submission ports."""
    _, found, programs = house.partition("\npickup ")
    if not found:
        raise BenchError("the house's master.cf has no line for pickup any more: bench/inbound/containers/peer.py")
    return f"smtp inet n - n - - smtpd\npickup {programs}"


class PostfixPeer:
    """One container; a new one, with an empty queue, for each phase."""

    def __init__(self, house: ContainerHouse, folder: Path) -> None:
        self._house, self._folder = house, folder
        self.host = f"{subnet(PREFIX, Network.MAILSERVER).rpartition('.')[0]}.{_HOST}"
        self.queue = folder / "queue"

    def start(self, *, scanning: bool) -> None:
        """Start it and wait until its port answers."""
        self.stop()
        remove_tree(self._folder)
        for name in ("config", "queue", "log"):
            (self._folder / name).mkdir(parents=True)
        milter = f"{self._house.at('rspamd')}:11332" if scanning else ""
        config = main_cf(self._house.at("dovecot"), gateway(PREFIX, Network.MAILSERVER), milter)
        (self._folder / "config" / "main.cf").write_text(config)
        (self._folder / "config" / "master.cf").write_text(master_cf(self._house.rendered("postfix", "master.cf")))
        run(self._argv(), seconds=60)
        self._wait()

    def stop(self) -> None:
        """Remove it; no error if there is none."""
        with contextlib.suppress(BenchError):
            run(["docker", "rm", "--force", "--volumes", NAME], seconds=60)

    def _argv(self) -> list[str]:
        mounts = {"config": "/etc/machiya/postfix", "queue": "/var/spool/postfix", "log": "/var/log/postfix"}
        network = ("--network", f"{PROJECT}_{Network.MAILSERVER}", "--ip", self.host)
        volumes = [word for name, there in mounts.items() for word in ("--volume", f"{self._folder / name}:{there}")]
        return ["docker", "run", "--detach", "--name", NAME, *network, *volumes, self._house.image("postfix")]

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not _greets(self.host):
            if time.monotonic() > deadline:
                raise BenchError(f"the peer's Postfix does not answer:\n{self.log_end()}")
            time.sleep(0.2)  # noqa: TID251 – waits for another program; there is nothing to wait on

    def log_end(self) -> str:
        """Its last words."""
        log = self._folder / "log" / "mail.log"
        return log.read_text(errors="replace")[-2000:] if log.exists() else ""

    def require_empty(self) -> None:
        """Raises: BenchError: messages still wait."""
        if waiting_files(self.queue):
            raise BenchError(f"the peer's queue is not empty:\n{self.log_end()}")


def _greets(host: str) -> bool:
    try:
        with smtplib.SMTP(host, PORT, timeout=5):
            return True
    except (OSError, smtplib.SMTPException):
        return False
