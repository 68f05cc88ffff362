"""What the house's local CA makes for its mail programs."""

import ssl
from pathlib import Path

from machiya.adapters.certificates.local_ca import CA_FILE, LocalCa
from machiya.core.clock import SystemClock

HOSTNAME = "machiya.home.test"


class Certificate:
    """The one in use; ``renew`` exchanges it."""

    def __init__(self, folder: Path) -> None:
        self._authority = folder / CA_FILE
        self._ca = LocalCa(folder, Path.write_bytes, SystemClock())  # type: ignore[arg-type]
        self.renew()

    def renew(self) -> None:
        """Make the next."""
        self._now = self._ca.obtain([HOSTNAME])

    @property
    def certificate(self) -> str:
        """The chain, PEM, leaf first."""
        return self._now.chain.decode()

    @property
    def key(self) -> str:
        """Its private key, PEM."""
        return self._now.key.decode()

    def trusting(self, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
        """What a mail program that trusts the CA uses."""
        context = ssl.create_default_context(cafile=self._authority)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.maximum_version = newest
        return context
