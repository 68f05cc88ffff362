"""Certificates of a house for its mail programs, made on the spot."""

import ssl
import subprocess  # noqa: TID251 – openssl is the simplest maker
from pathlib import Path

HOSTNAME = "machiya.home.test"
_MAKE = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30"


class Certificate:
    """A self-signed one; ``renew`` makes another, which clients of before trust as well."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: list[str] = []
        self.key = ""
        self.renew()

    @property
    def certificate(self) -> str:
        """The present one, PEM."""
        return self._made[-1]

    def renew(self) -> None:
        """Make the next."""
        key, certificate = self._folder / "new.key", self._folder / "new.crt"
        subject = ["-subj", f"/CN={HOSTNAME}", "-addext", f"subjectAltName=DNS:{HOSTNAME}"]
        command = ["openssl", *_MAKE.split(), *subject, "-keyout", str(key), "-out", str(certificate)]
        subprocess.run(command, capture_output=True, timeout=60, check=True)  # noqa: S603 – fixed program
        self.key = key.read_text()
        self._made.append(certificate.read_text())

    def trusting(self, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
        """What a mail program that trusts all of them uses."""
        context = ssl.create_default_context(cadata="".join(self._made))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.maximum_version = newest
        return context
