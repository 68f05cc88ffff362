"""The certificate of a house for mail programs: its source, its place, its exchange."""

from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from machiya.adapters.files.atomic import write_atomically
from machiya.adapters.files.house import make_private_folder
from machiya.core.addresses import DomainName
from machiya.core.clock import Clock
from machiya.core.commands import Commands
from machiya.settings import Settings

if TYPE_CHECKING:
    from machiya.adapters.certificates.store import CertificateFolder
    from machiya.stacks.certificates import Certificate, CertificateSource, Renewal

# ruff: noqa: PLC0415 – adapters are imported where they are made: see bootstrap/__init__.py

CERTIFICATE_SECRET, KEY_SECRET, FINGERPRINT_SECRET = "tls_certificate", "tls_key", "tls_fingerprint"


class Certificates:
    """As ``[tls]`` says; ``commands`` starts tailscale."""

    def __init__(self, settings: Settings, clock: Clock, commands: Commands) -> None:
        self._settings, self._clock, self._commands = settings, clock, commands
        self.folder = settings.root / "data" / "tls"

    @property
    def names(self) -> tuple[str, ...]:
        """What mail programs connect to."""
        return (DomainName.parse(self._settings.tls.hostname or self._settings.house.hostname).name,)

    @property
    def authority(self) -> Path | None:
        """The local CA's certificate, which mail programs have to trust; None where the source is another."""
        from machiya.adapters.certificates.local_ca import CA_FILE

        return self.folder / CA_FILE if self._settings.tls.source == "local-ca" else None

    def present(self) -> "Certificate | None":
        """The one in use; None before the first."""
        return self._store.read()

    def due(self) -> str:
        """Why ``renew`` would exchange it now; empty: it would not. Files of the owner are not looked at."""
        present = self.present()
        return present.due(self.names, self._clock.now()) if present else "there is none yet"

    def renew(self, *, force: bool = False) -> "Renewal":
        """Have a certificate that is good for a while; ``force``: a new one in any case.

        Raises:
            CertificateUnavailable, CertificateUnusable: the one in use stays.
        """
        from machiya.stacks.certificates import renew

        make_private_folder(self.folder)
        return renew(self._source(), self._store, self.names, self._clock, force=force)

    def secrets(self) -> dict[str, str]:
        """The pair and its fingerprint under the names by which services ask for them; empty before the first."""
        present = self.present()
        if present is None:
            return {}
        return {
            CERTIFICATE_SECRET: present.chain.decode(),
            KEY_SECRET: present.key.decode(),
            FINGERPRINT_SECRET: present.fingerprint,
        }

    @cached_property
    def _store(self) -> "CertificateFolder":
        from machiya.adapters.certificates.store import CertificateFolder

        return CertificateFolder(self.folder, write_atomically)

    def _source(self) -> "CertificateSource":
        from machiya.adapters.certificates.local_ca import LocalCa
        from machiya.adapters.certificates.owner_files import OwnerFiles
        from machiya.adapters.certificates.tailscale import TailscaleCertificate

        tls = self._settings.tls
        if tls.source == "files":
            return OwnerFiles(self._settings.root / tls.certificate, self._settings.root / tls.key)
        if tls.source == "tailscale":
            return TailscaleCertificate(self._commands)
        address = ip_address(self._settings.vpn.address)
        return LocalCa(self.folder, write_atomically, self._clock, (str(address),))
