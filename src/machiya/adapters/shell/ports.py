"""Is a port free, and who has it otherwise?"""

import contextlib
import errno
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

from machiya.adapters.shell.part import Listener
from machiya.core.errors import Unavailable

_LISTENING = "0A"
_PROC = Path("/proc")


class PortTaken(Unavailable):
    """A part cannot have its port."""

    code = "port_taken"


def require_free(listeners: Iterable[Listener]) -> None:
    """Check before anything is started.

    Raises:
        PortTaken: naming the first port that is taken, its holder if that can be seen, and the setting to change.
    """
    for listener in listeners:
        _require_free(listener)


def _require_free(listener: Listener) -> None:
    where = f"{listener.host}:{listener.port}"
    try:
        _try(listener.host, listener.port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"port {listener.port} ({where}) is taken{_by(listener.port)}", hint=_hint(listener)
            ) from error
        raise PortTaken(f"cannot listen on {where}: {error.strerror or error}", hint=_hint(listener)) from error


def _hint(listener: Listener) -> str:
    free = "an address of this machine where it is free" if listener.setting.endswith(".address") else "a free port"
    return f"Stop that program, or set {listener.setting} in machiya.toml to {free}."


def has_address(address: str) -> bool:
    """Whether the IPv4 ``address`` is one of this machine's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as attempt:
        try:
            attempt.bind((address, 0))
        except OSError:
            return False
        return True


def _try(host: str, port: int) -> None:
    """Bind and let go. Connections of an earlier run that linger are no obstacle, as they are none to the part."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        attempt.bind(address)
        attempt.listen(1)


def _by(port: int) -> str:
    holder = port_holder(port)
    return f" by {holder}" if holder else ""


def port_holder(port: int) -> str:
    """``name (process 123)`` of who listens on ``port``; empty where the system does not tell."""
    inodes = {f"socket:[{inode}]" for inode in _inodes(port)}
    for process in _PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if inodes and any(str(link.readlink()) in inodes for link in _links(process)):
                return f"{_name(process)} (process {process.name})"
    return ""


def _inodes(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (_PROC / "net" / table).read_text("ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]


def _links(process: Path) -> Iterator[Path]:
    for link in (process / "fd").iterdir():
        if link.is_symlink():
            yield link


def _name(process: Path) -> str:
    """Interpreters are named by what they run."""
    words = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    return " ".join(word for word in words[:6] if word)[:120] or (process / "comm").read_text("utf-8").strip()
