"""The certificate in use, as files of the house."""

from collections.abc import Callable
from pathlib import Path

from machiya.adapters.certificates.pem import read_pair
from machiya.stacks.certificates import Certificate, CertificateUnusable

PAIR_FILE = "server.pem"


class CertificateFolder:
    """``folder`` holds chain and key in one file, so that no crash can part them; ``write`` replaces a file whole."""

    def __init__(self, folder: Path, write: Callable[[Path, bytes], None]) -> None:
        self._path, self._write = folder / PAIR_FILE, write

    def read(self) -> Certificate | None:
        """The one in use; None before the first, or if its file is damaged: then it is had anew."""
        try:
            both = self._path.read_bytes()
            return read_pair(both, both)
        except (FileNotFoundError, CertificateUnusable):
            return None

    def write(self, certificate: Certificate) -> None:
        """Put another in its place."""
        self._write(self._path, certificate.chain + certificate.key)
