"""The house's Dovecot in a container, listening on loopback only, with static users: for tests and benches.

Image and configuration are those of the catalogue (see ``configuration.py``). Needs Docker; every failure says what is
missing. The container uses the host's network, so that no
proxy process stands between a bench and the daemon; all its listeners are bound to 127.0.0.1.
"""

import base64
import json
import secrets
import shutil
import socket
import subprocess  # noqa: TID251 – a test lane starts its daemon itself
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from integration import leftovers
from integration.ports import free_ports
from machiya.bootstrap.workshop import Workshop

from .configuration import house_files, local_part

MAIL_UID = 5000
_START_SECONDS = 240.0
_OWNER = f"uid={MAIL_UID},gid={MAIL_UID}"
_RIGHTS = (
    *("--network", "host"),
    *("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
    *("--tmpfs", f"/run/dovecot:{_OWNER},mode=755", "--tmpfs", f"/tmp:{_OWNER},mode=700"),  # noqa: S108 – the container's
)


@dataclass(frozen=True, slots=True)
class User:
    """A mailbox: password in clear text, quota in bytes (0: none)."""

    password: str = "secret"
    quota_bytes: int = 0


class DovecotContainer:
    """One Dovecot with the given users.

    Args:
        users: mailbox address → ``User``; hundreds are fine.
        data_dir: where mail is kept; a temporary folder (removed by ``stop``) if not given. It gets ``mail/`` (below it
            ``<domain>/<local part>/Maildir``), ``etc/`` and ``local.d/`` (the container's configuration and users).
        extra: lines of Dovecot configuration that come last.

    The ports are known from the start.
    """

    def __init__(self, users: Mapping[str, User], data_dir: Path | None = None, extra: str = "") -> None:
        self.users = dict(users)
        self._own = data_dir is None
        self.data_dir = data_dir or Path(tempfile.mkdtemp(prefix="machiya-dovecot-"))
        self.mail_dir = self.data_dir / "mail"
        self.lmtp_port, self.imap_port, self.doveadm_port = free_ports(3)
        self.api_key = secrets.token_hex(16)
        self._extra = extra
        self._container = ""

    @property
    def container(self) -> str:
        """The container's id while it runs."""
        return self._container

    @property
    def doveadm_url(self) -> str:
        """The doveadm HTTP API."""
        return f"http://127.0.0.1:{self.doveadm_port}"

    def maildir(self, address: str) -> Path:
        """A user's Maildir as the host sees it."""
        local, _, domain = address.rpartition("@")
        return self.mail_dir / domain / _encoded(local) / "Maildir"

    def start(self) -> Self:
        """Build the image if needed, start, and wait until Dovecot answers."""
        leftovers.remove()
        image = _image()
        self._write_files()
        argv = ["docker", "run", "--detach", "--label", leftovers.mark(), *_RIGHTS, *self._volumes(), image]
        self._container = _run(argv).strip()
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Remove the container and what it alone used."""
        if self._container:
            _run(["docker", "rm", "--force", "--volumes", self._container])
            self._container = ""
        if self._own:
            shutil.rmtree(self.data_dir, ignore_errors=True)

    def signal(self, name: str) -> None:
        """Send a signal to the whole daemon, for example STOP, CONT or KILL."""
        _run(["docker", "kill", "--signal", name, self._container])

    def pause(self) -> None:
        """Freeze every process of it."""
        _run(["docker", "pause", self._container])

    def unpause(self) -> None:
        """Let them go on."""
        _run(["docker", "unpause", self._container])

    def restart(self) -> None:
        """Kill it and start it again on the same mail, listening on the same ports."""
        _run(["docker", "restart", "--time", "0", self._container])
        self._wait()

    def set_user(self, address: str, user: User) -> None:
        """Add or change a user while it runs."""
        self.users[address] = user
        self._write_users()

    def doveadm(self, command: str, **parameters: Any) -> Any:
        """One doveadm command over HTTP; its answer. For looking from outside and for playing a mail program."""
        body = json.dumps([[command, parameters, "tag"]]).encode()
        request = urllib.request.Request(f"{self.doveadm_url}/doveadm/v1", data=body)  # noqa: S310 – our own loopback URL
        request.add_header("Content-Type", "application/json")
        request.add_header("Authorization", f"X-Dovecot-API {_base64(self.api_key)}")
        with urllib.request.urlopen(request, timeout=120) as response:  # noqa: S310 – as above
            kind, answer, _ = json.load(response)[0]
        if kind != "doveadmResponse":
            raise AssertionError(f"doveadm {command}: {answer}")
        return answer

    def log(self) -> str:
        """What Dovecot said."""
        return _run(["docker", "logs", self._container], both=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _volumes(self) -> tuple[str, ...]:
        etc, local = f"{self.data_dir / 'etc'}:/etc/dovecot:ro", f"{self.data_dir / 'local.d'}:/etc/dovecot/local.d:ro"
        return ("--volume", f"{self.mail_dir}:/srv/mail", "--volume", etc, "--volume", local)

    def _write_files(self) -> None:
        etc = self.data_dir / "etc"
        for folder in (self.mail_dir, self.data_dir / "local.d", etc / "local.d"):
            folder.mkdir(parents=True, exist_ok=True)
        self.data_dir.chmod(0o755)
        shutil.chown(self.mail_dir, MAIL_UID, MAIL_UID)
        self._write_users()
        local = local_part(
            lmtp_port=self.lmtp_port,
            imap_port=self.imap_port,
            doveadm_port=self.doveadm_port,
            api_key=self.api_key,
            users="/etc/dovecot/local.d/users",
        )
        for name, text in house_files(local + self._extra).items():
            (etc / name).write_text(text)

    def _write_users(self) -> None:
        lines = [_passwd_line(address, user) for address, user in self.users.items()]
        (self.data_dir / "local.d" / "users").write_text("".join(lines))

    def _wait(self) -> None:
        """Until every listener greets, or the daemon ended, or the time is over."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if _greets(self.lmtp_port) and _greets(self.imap_port):
                return
            if _run(["docker", "inspect", "--format", "{{.State.Running}}", self._container]).strip() != "true":
                break
            time.sleep(0.05)  # noqa: TID251 – waits for another process; there is nothing to wait on
        raise AssertionError(f"Dovecot did not start:\n{self.log()[-4000:]}")


def _image() -> str:
    """The image of the house's Dovecot, built if it is not there as the catalogue describes it now."""
    workshop = Workshop()
    workshop.have_base("debootstrap", fresh=False)
    [(tag, _)] = workshop.build(["dovecot"], fresh=False, on_step=lambda *_: None)
    return tag


def _passwd_line(address: str, user: User) -> str:
    local, _, domain = address.rpartition("@")
    home = f"/srv/mail/{domain}/{_encoded(local)}"
    quota = f"userdb_quota_storage_size={user.quota_bytes}B" if user.quota_bytes else ""
    name = f"{local[1:-1]}@{domain}" if local.startswith('"') else address  # Dovecot's names are without quotes
    return f"{name}:{{PLAIN}}{user.password}:{MAIL_UID}:{MAIL_UID}::{home}::{quota}\n"


def _encoded(local: str) -> str:
    """The folder name of a local part, written independently of the adapter under test."""
    plain = "abcdefghijklmnopqrstuvwxyz0123456789._+=~-"
    return "".join(chr(octet) if chr(octet) in plain else f"%{octet:02X}" for octet in local.encode())


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            return bool(connection.recv(1))
    except OSError:
        return False


def _run(argv: list[str], *, seconds: float = 180, both: bool = False) -> str:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=seconds, check=False)  # noqa: S603 – fixed argv
    except FileNotFoundError as error:
        raise AssertionError("docker is not installed; the dovecot lane needs it") from error
    if done.returncode:
        raise AssertionError(f"{' '.join(argv[:3])} failed:\n{done.stderr.strip() or done.stdout.strip()}")
    return done.stdout + (done.stderr if both else "")
