"""Serves the style sheet and the icon, and the health of the pages."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response

from machiya.entrypoints.usermgmt.pages import Visitors, page

_FOLDER = Path(__file__).parent
_STORED = "public, max-age=31536000, immutable"


@cache
def _content(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


def style_version() -> str:
    """Changes when the style sheet does, so that no browser keeps an old one."""
    return hashlib.sha256(_content("style.css")).hexdigest()[:12]


def install_assets(app: Flask) -> None:
    """Add the routes."""

    @app.get("/style.css")
    @page(Visitors.ANYBODY)
    def style() -> Response:
        return Response(_content("style.css"), mimetype="text/css", headers={"Cache-Control": _STORED})

    @app.get("/icon.svg")
    @page(Visitors.ANYBODY)
    def icon() -> Response:
        return Response(_content("icon.svg"), mimetype="image/svg+xml", headers={"Cache-Control": _STORED})

    @app.get("/healthz")
    @page(Visitors.ANYBODY)
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")
