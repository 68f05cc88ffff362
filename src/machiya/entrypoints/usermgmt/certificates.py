"""TLS of usermgmt: the certificate as it lies there now, read again when it was exchanged."""

import ssl
from typing import TYPE_CHECKING

from machiya.entrypoints.usermgmt.worker import PatientTlsSocket
from machiya.stacks.certificates import CertificateUnusable

if TYPE_CHECKING:
    from machiya.settings import Settings

_MINIMUM = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_Mark = tuple[int, ...]


class Contexts:
    """Gives the context for the next connection.

    Args:
        settings: ``usermgmt.certificate`` is not empty.
    """

    def __init__(self, settings: "Settings") -> None:
        usermgmt = settings.usermgmt
        self.certificate = settings.root / usermgmt.certificate
        self.key = settings.root / (usermgmt.key or usermgmt.certificate)
        self._minimum = _MINIMUM[settings.tls.minimum]
        self._made: tuple[_Mark, ssl.SSLContext] | None = None

    def now(self) -> ssl.SSLContext:
        """Made anew where a file was exchanged; while the two do not belong together, the one before.

        Raises:
            CertificateUnusable: a file cannot be read, or they do not belong together, and there is none before.
        """
        try:
            mark = self._mark()
            if self._made is None or self._made[0] != mark:
                self._made = (mark, self._context())
        except (OSError, ssl.SSLError) as error:
            if self._made is None:
                raise CertificateUnusable(
                    f"{self.certificate} and {self.key} cannot be used: {error.strerror or error}",
                    hint="See usermgmt.certificate and usermgmt.key; machiya tls renew makes data/tls/server.pem.",
                ) from error
        return self._made[1]

    def _mark(self) -> _Mark:
        found = (path.stat() for path in (self.certificate, self.key))
        return tuple(number for one in found for number in (one.st_ino, one.st_mtime_ns, one.st_size))

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.sslsocket_class = PatientTlsSocket
        context.minimum_version = self._minimum
        context.load_cert_chain(self.certificate, self.key)
        return context
