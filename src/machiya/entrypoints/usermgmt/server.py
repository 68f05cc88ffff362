"""gunicorn for usermgmt: one worker with threads, HTTPS where there is a certificate, bounds for every request.

One worker, for a household or an office: it needs the least memory, and while SIGHUP or an accident replaces it the
next connections wait in the listener.
"""

import gc
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication

from machiya.bootstrap import house_at
from machiya.bootstrap.processes import die_with
from machiya.entrypoints.usermgmt.certificates import Contexts
from machiya.entrypoints.usermgmt.doors import doors_of  # before the fork, so that both share the memory
from machiya.entrypoints.usermgmt.server_log import ServerLog
from machiya.entrypoints.usermgmt.worker import Worker

if TYPE_CHECKING:
    from machiya.bootstrap import House
    from machiya.settings import Settings

THREADS = 8
REQUESTS_PER_WORKER = 20_000

BOUNDS: dict[str, Any] = {
    "limit_request_line": 2048,
    "limit_request_fields": 64,
    "limit_request_field_size": 8190,
    "timeout": 60,
    "graceful_timeout": 20,
    "keepalive": 5,
    "backlog": 128,
    "worker_connections": 100,
    "max_requests": REQUESTS_PER_WORKER,
    "max_requests_jitter": REQUESTS_PER_WORKER // 10,
}

_LOOPBACK = "127.0.0.1"
_MEMORY = Path("/dev/shm")  # noqa: S108 – a heartbeat that must not wait for a disk


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """The master. Each worker opens the house for itself, with settings and secrets as they are then.

    Args:
        house: its settings are read anew by SIGHUP.

    Raises:
        CertificateUnusable: the certificate or its key cannot be read.
    """

    def __init__(self, house: "House") -> None:
        self._root = house.root
        self.plain = webmail_listener(house.settings)
        if house.settings.usermgmt.certificate:
            Contexts(house.settings).now()
        super().__init__()

    def run(self) -> None:
        """Until SIGTERM; ends the process."""
        gc.freeze()  # or the first collection in a worker would copy all that it shares with the master
        super().run()

    def load_config(self) -> None:
        """At the start and at SIGHUP."""
        for name, value in options(house_at(self._root).settings).items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """In the worker."""
        return doors_of(house_at(self._root))


def options(settings: "Settings") -> dict[str, Any]:
    """What gunicorn is told."""
    return {
        **BOUNDS,
        **_encryption(settings),
        "bind": [_written(*listener) for listener in listeners(settings)],
        "workers": 1,
        "threads": THREADS,
        "worker_class": Worker,
        "worker_tmp_dir": str(_MEMORY) if _MEMORY.is_dir() else tempfile.gettempdir(),
        "logger_class": ServerLog,
        "umask": 0o077,
        "post_fork": _tied,
        "control_socket_disable": True,
        # No header of anybody says whether TLS was spoken or whose request it is.
        "forwarded_allow_ips": "",
        "secure_scheme_headers": {},
    }


def listeners(settings: "Settings") -> tuple[tuple[str, int], ...]:
    """For browsers; in a container also for its own health check, and for webmail."""
    usermgmt, webmail = settings.usermgmt, webmail_listener(settings)
    health = ((_LOOPBACK, usermgmt.port),) if settings.house.engine == "docker" and usermgmt.host != _LOOPBACK else ()
    return ((usermgmt.host, usermgmt.port), *health, *((webmail,) if webmail else ()))


def webmail_listener(settings: "Settings") -> tuple[str, int] | None:
    """Where webmail brings new passwords, without TLS on a network of the house; None: nowhere."""
    usermgmt = settings.usermgmt
    return (usermgmt.webmail_host, usermgmt.webmail_port) if usermgmt.webmail_host else None


def _encryption(settings: "Settings") -> dict[str, Any]:
    if not settings.usermgmt.certificate:
        return {}
    contexts = Contexts(settings)
    return {
        "certfile": str(contexts.certificate),
        "keyfile": str(contexts.key),
        "ssl_context": lambda _config, _default: contexts.now(),
    }


def _tied(arbiter: Any, _worker: Any) -> None:
    """A worker that outlived its master would keep the port from the next one."""
    die_with(arbiter.pid)


def _written(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
