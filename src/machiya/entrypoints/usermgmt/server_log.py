"""What gunicorn has to say, as events of our own log: never a path, a header or a query of a request."""

import sys
from typing import Any

import structlog
from gunicorn.glogging import Logger

_EVENT = "usermgmt.server"
_log = structlog.get_logger()


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Requests are logged by ``request_log``; here is the rest."""

    def setup(self, cfg: Any) -> None:
        """Nothing to set up: where events go is decided already."""
        self.cfg = cfg

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """See ``request_log``."""

    def critical(self, msg: object, *args: object, **_: object) -> None:
        """The server cannot go on."""
        _log.critical(_EVENT, message=told(msg, args))

    def error(self, msg: object, *args: object, **_: object) -> None:
        """Something of the server failed."""
        _log.error(_EVENT, message=told(msg, args))

    def warning(self, msg: object, *args: object, **_: object) -> None:
        """Mostly requests that are no HTTP."""
        _log.warning(_EVENT, message=told(msg, args))

    def info(self, msg: object, *args: object, **_: object) -> None:
        """Workers come and go."""
        _log.debug(_EVENT, message=told(msg, args))

    def debug(self, msg: object, *args: object, **_: object) -> None:
        """Nothing for a log."""

    def exception(self, msg: object, *args: object, **_: object) -> None:
        """With where it happened, unless a client just stopped talking."""
        if isinstance(sys.exc_info()[1], TimeoutError):
            _log.info("usermgmt.client_stopped_talking")
            return
        _log.error(_EVENT, message=told(msg, args), exc_info=True)

    def log(self, lvl: object, msg: object, *args: object, **_: object) -> None:
        """A level by its number or name."""
        _log.warning(_EVENT, message=told(msg, args), level_of_server=str(lvl))

    def reopen_files(self) -> None:
        """There are none."""

    def close_on_exec(self) -> None:
        """There is nothing to close."""


def told(message: object, arguments: tuple[object, ...]) -> str:
    """The words; what a client sent, which gunicorn adds when it tells of a request, is cut off."""
    text = str(message)
    if "request" in text.lower():
        return text.partition(": ")[0].partition(" %")[0]
    return text % arguments if arguments else text
