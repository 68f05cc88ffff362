"""A certificate that the owner keeps in two files."""

from collections.abc import Sequence
from pathlib import Path

from machiya.adapters.certificates.pem import read_pair
from machiya.stacks.certificates import Certificate, CertificateUnavailable


class OwnerFiles:
    """``certificate`` holds the chain (leaf first), ``key`` the private key, both PEM."""

    owner_decides = True

    def __init__(self, certificate: Path, key: Path) -> None:
        self._certificate, self._key = certificate, key

    def obtain(self, names: Sequence[str]) -> Certificate:  # noqa: ARG002 – the owner has chosen the names
        """What the files hold now.

        Raises:
            CertificateUnavailable: a file cannot be read.
            CertificateUnusable: they do not hold a certificate and its key.
        """
        return read_pair(_read(self._certificate, "tls.certificate"), _read(self._key, "tls.key"))


def _read(path: Path, setting: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CertificateUnavailable(f"{path} cannot be read: {reason}", hint=f"See {setting}.") from error
