"""The worker: webmail's listener without TLS, and nobody who stops talking keeps a thread for ever."""

import copy
import socket
import struct
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

SLOW_SECONDS = 20
"""How long a client may say nothing in the middle of a request."""

# The kernel's own clock, since gunicorn makes its sockets blocking again and again. Source: socket(7), SO_RCVTIMEO.
_PATIENCE = struct.pack("ll", SLOW_SECONDS, 0)


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """``app.plain`` is the listener (host, port) that speaks no TLS."""

    def init_process(self) -> None:
        """In the new process."""
        self._plain = without_tls(self.cfg)
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        """Each time that a connection has something to say."""
        if not conn.initialized:
            for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                conn.sock.setsockopt(socket.SOL_SOCKET, option, _PATIENCE)
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
