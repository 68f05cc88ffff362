"""A new password from webmail: its owner proves the present one, webmail proves who it is, and nobody guesses for long.

``POST /internal/v1/password`` with the form fields ``user``, ``curpass`` and ``newpass``, as the httpapi driver of
Roundcube's password plugin sends them, and the secret ``usermgmt_webmail_key`` in ``X-Machiya-Webmail-Key``. 200 is a
yes; everything else is a no, with one line of text for webmail's log.
"""

import hmac
from typing import TYPE_CHECKING

import structlog
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from machiya.access.audit import AuditNote
from machiya.access.model import Who, WhoKind
from machiya.access.throttle import TooManyAttempts, admit, by_account
from machiya.accounts.owners import change_own_password
from machiya.core.addresses import EmailAddress
from machiya.core.errors import MachiyaError, Refused, Unauthorized
from machiya.entrypoints.usermgmt.errors import status_of
from machiya.entrypoints.usermgmt.request_log import Numbered, log_answer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from machiya.bootstrap import House

PATH = "/internal/v1/password"
KEY_HEADER = "X-Machiya-Webmail-Key"
BODY_BYTES = 8 * 1024
TOO_MANY = 429
_log = structlog.get_logger()


class FormRequest(Request):
    """A short form."""

    max_content_length = BODY_BYTES
    max_form_memory_size = BODY_BYTES
    max_form_parts = 10


def webmail_desk(house: "House") -> "WSGIApplication":
    """For webmail's listener alone; without a key it refuses everybody."""
    key = house.settings.secrets.usermgmt_webmail_key.get_secret_value()
    webmail = house.webmail_address

    def answer(request: Request) -> Response:
        if request.path != PATH:
            return _said(404, "there is nothing here")
        if request.method != "POST":
            return _said(405, "only POST")
        if not (key and request.remote_addr == webmail and _same(request.headers.get(KEY_HEADER, ""), key)):
            return _said(403, "this is for the webmail of this house")
        return _change(house, request)

    @FormRequest.application
    def desk(request: Request) -> Response:
        response = answer(request)
        log_answer(request.environ, request.path if request.path == PATH else "unknown", response.status_code)
        return response

    return Numbered(desk)


def _change(house: "House", request: Request) -> Response:
    try:
        fields = [request.form[name] for name in ("user", "curpass", "newpass")]
        change_password(house, *fields, client_address=request.remote_addr or "")
    except HTTPException as error:
        return _said(error.code or 400, "three fields are needed: user, curpass, newpass")
    except TooManyAttempts as error:
        return _said(TOO_MANY, error.message)
    except MachiyaError as error:
        return _said(status_of(error), error.message)
    except Exception as error:  # noqa: BLE001 – the last net: no traceback leaves the house
        _log.error("usermgmt.failed", endpoint="webmail", exc_info=error)
        return _said(500, "the password could not be changed")
    return _said(200, "ok")


def change_password(house: "House", user: str, old: str, new: str, *, client_address: str) -> None:
    """The owner's new password, counted as a log-in of that mailbox. Webmail's address is everybody's: it counts not.

    Raises:
        TooManyAttempts: too many log-ins of this mailbox failed.
        Unauthorized: the present password is wrong, or there is no such mailbox.
        Refused: the owner turned the two-step log-in on, and webmail asks for no code.
        InvalidInput: the new password cannot be used.
    """
    address = EmailAddress.parse(user)
    counted = by_account(str(address))
    with house.access_uow() as work:
        admit(work.attempts, house.clock.now(), (counted,))
        work.commit()
    if house.access.second_factors.state(Who(WhoKind.MAILBOX, str(address))).on:
        raise Refused("two-step log-in is on: webmail asks for no code", hint="Change the password in usermgmt.")
    note = AuditNote(f"mailbox:{address}", "password.change", str(address), {"client_address": client_address})
    try:
        change_own_password(
            house.accounts_uow(audit=note), house.password_hasher(), address, old, new, sessions=house.sessions()
        )
    except Unauthorized:
        raise
    except MachiyaError:
        _forget(house, counted.key)
        raise
    _forget(house, counted.key)


def _forget(house: "House", key: str) -> None:
    """The present password was right."""
    with house.access_uow() as work:
        work.attempts.remove(key)
        work.commit()


def _same(given: str, key: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), key.encode())


def _said(status: int, text: str) -> Response:
    return Response(f"{text}\n", status, content_type="text/plain; charset=utf-8")
