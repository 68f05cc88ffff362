"""A relay in the street: TLS, log-in, and whatever mood it is told to be in."""

import ssl
import warnings
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class _Quiet(Controller):
    """aiosmtpd takes a log-in under implicit TLS for one without any, and warns."""

    def factory(self) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return super().factory()  # type: ignore[no-untyped-call]  # aiosmtpd's own


@dataclass
class Carried:
    """One message the relay took, and as whom."""

    login: str
    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass
class FakeRelay:
    """Takes everything, unless ``replies`` has one for a recipient, for ``MAIL``, ``DATA`` or ``AUTH``.

    ``drop`` hangs up at DATA. Start it with ``start``; ``implicit`` TLS or STARTTLS.
    """

    host: str
    port: int
    context: ssl.SSLContext
    password: str
    implicit: bool = False
    replies: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    carried: list[Carried] = field(default_factory=list)
    _controller: Controller | None = None

    def start(self) -> None:
        tls: dict[str, Any] = {} if self.implicit else {"tls_context": self.context, "require_starttls": True}
        self._controller = _Quiet(
            self,
            hostname=self.host,
            port=self.port,
            ssl_context=self.context if self.implicit else None,
            authenticator=self._authenticate,
            auth_required=True,
            auth_require_tls=not self.implicit,
            enable_SMTPUTF8=True,
            ident="fake relay",
            ready_timeout=120,
            **tls,
        )
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    def _authenticate(
        self, _server: SMTP, session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == self.password.encode()
        session.login = data.login.decode() if isinstance(data, LoginPassword) else ""  # type: ignore[attr-defined]
        return AuthResult(success=good and "AUTH" not in self.replies, handled=False)

    async def handle_MAIL(  # noqa: N802 – aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.replies.get("MAIL", "250 2.1.0 OK")

    async def handle_RCPT(  # noqa: N802 – as above
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        reply = self.replies.get(address, "250 2.1.5 OK")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 – as above
        if self.drop:
            assert server.transport
            server.transport.close()
            return "421 4.3.0 gone"
        reply = self.replies.get("DATA", "250 2.0.0 OK: queued as fake1")
        if reply.startswith("2"):
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            login = getattr(session, "login", "")
            self.carried.append(
                Carried(login, (envelope.mail_from or "").strip("<>"), tuple(envelope.rcpt_tos), content)
            )
        return reply
