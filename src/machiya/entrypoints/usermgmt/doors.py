"""Which listener leads where: browsers to the pages, webmail to the one thing it may ask for."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from machiya.entrypoints.usermgmt.app import create_app
from machiya.entrypoints.usermgmt.request_log import log_requests
from machiya.entrypoints.usermgmt.serving import Serving, serving_of
from machiya.entrypoints.usermgmt.webmail import webmail_desk

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from machiya.bootstrap import House


class Doors:
    """Decides by the listener that took the connection, which no request can say anything about.

    Args:
        pages, webmail: where each leads.
        webmail_listener: its host and port, as gunicorn tells them: from the socket.
    """

    def __init__(self, pages: "WSGIApplication", webmail: "WSGIApplication", webmail_listener: tuple[str, str]) -> None:
        self._pages, self._webmail, self._listener = pages, webmail, webmail_listener

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """As WSGI has it."""
        came_in = (environ["SERVER_NAME"], environ["SERVER_PORT"])
        return (self._webmail if came_in == self._listener else self._pages)(environ, start_response)


def doors_of(house: "House") -> "WSGIApplication":
    """All that a worker serves."""
    pages = create_app(house, serving(house))
    log_requests(pages)
    usermgmt = house.settings.usermgmt
    if not usermgmt.webmail_host:
        return pages
    return Doors(pages, webmail_desk(house), (usermgmt.webmail_host, str(usermgmt.webmail_port)))


def serving(house: "House") -> Serving:
    """The names that browsers may use: those of the house, and those of usermgmt itself."""
    found, usermgmt = serving_of(house), house.settings.usermgmt
    named = {urlsplit(house.settings.usermgmt_url).hostname or "", usermgmt.host.strip("[]").lower()}
    return replace(found, hosts=found.hosts | {name for name in named if name})
