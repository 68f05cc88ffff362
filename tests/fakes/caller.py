"""A browser without a window: Flask's test client that sends what a browser would send, or just not that."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Flask
from werkzeug.test import TestResponse

from fakes.html_page import Form, Page, read_page

HOST = "machiya.home.test"
ORIGIN = f"https://{HOST}"
OWN_FORM = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
HOME, LOGIN = "/", "/login"


class Caller:
    """One person; cookies stay with it."""

    def __init__(self, app: Flask, *, language: str = "en", address: str = "100.64.0.7") -> None:
        self.client = app.test_client()
        self._around = {"Accept-Language": language}
        self._peer = {"REMOTE_ADDR": address}

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> TestResponse:
        """Ask for a page."""
        return self.send("GET", path, headers=headers)

    def post(
        self, path: str, data: Mapping[str, str | bytes] | bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> TestResponse:
        """Send a form as one of our pages would."""
        return self.send("POST", path, data, OWN_FORM if headers is None else headers)

    def send(
        self,
        method: str,
        path: str,
        data: Mapping[str, str | bytes] | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Send anything."""
        return self.client.open(
            path,
            method=method,
            data=data,
            content_type="application/x-www-form-urlencoded" if data is not None else None,
            headers=self._around | dict(headers or {}),
            base_url=ORIGIN,
            environ_base=self._peer,
        )

    def page(self, path: str) -> Page:
        """A page that is there."""
        response = self.get(path)
        assert response.status_code == HTTPStatus.OK, (path, response.status_code, response.location)
        return read_page(response.text)

    def token(self) -> str:
        """The token that forms of this session, or of a visitor without one, carry."""
        answer = self.get(HOME)
        page = read_page(answer.text if answer.status_code == HTTPStatus.OK else self.get(LOGIN).text)
        return next(form.values()["csrf_token"] for form in page.forms if "csrf_token" in form.values())

    def fill(self, path: str, action: str | None = None, **values: str) -> TestResponse:
        """Open the page at ``path``, fill in the form that goes to ``action`` and send it."""
        form = self.page(path).form(action or path)
        return self.submit(form, path, **values)

    def submit(self, form: Form, path: str, **values: str) -> TestResponse:
        """Send a form found on the page at ``path``."""
        return self.send(form.method, form.action or path, form.values(**values), OWN_FORM)

    def log_in(self, name: str, password: str, **values: str) -> TestResponse:
        """As on the log-in page."""
        return self.fill(LOGIN, name=name, password=password, **values)
