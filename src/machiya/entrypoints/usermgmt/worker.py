"""The worker: webmail's listener without TLS, and nobody who stops talking keeps a thread for ever."""

import copy
import socket
import ssl
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

SLOW_SECONDS = 20.0
"""How long a client may say nothing in the middle of a request."""


class PatientSocket(socket.socket):
    """gunicorn makes its sockets blocking again and again; here that means: for a while."""

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001 – as a socket has it
        """Wait ``SLOW_SECONDS`` instead of for ever."""
        self.settimeout(SLOW_SECONDS if flag else 0.0)


class PatientTlsSocket(ssl.SSLSocket):
    """The same with TLS."""

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001 – as a socket has it
        """Wait ``SLOW_SECONDS`` instead of for ever."""
        self.settimeout(SLOW_SECONDS if flag else 0.0)


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """``app.plain`` is the listener (host, port) that speaks no TLS."""

    def init_process(self) -> None:
        """In the new process."""
        self._plain = without_tls(self.cfg)
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        """Each time that a connection has something to say."""
        if not isinstance(conn.sock, PatientSocket | PatientTlsSocket):
            conn.sock = PatientSocket(fileno=conn.sock.detach())
            if tuple(conn.server[:2]) == self.app.plain:
                conn.cfg = self._plain
        super().enqueue_req(conn)


def without_tls(config: Any) -> Any:
    """The same configuration, but for the certificate."""
    plain = copy.copy(config)
    plain.settings = {**config.settings}
    for name in ("certfile", "keyfile"):
        plain.settings[name] = copy.copy(config.settings[name])
        plain.settings[name].value = None
    return plain
