"""The certificate that mail clients see: what it must be, when a new one is due, and how it is exchanged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from machiya.core.clock import Clock
from machiya.core.errors import InvalidInput, Unavailable

RENEW_BEFORE = timedelta(days=30)


class CertificateUnusable(InvalidInput):
    """The certificate or its key cannot be used by this house."""

    code = "certificate_unusable"


class CertificateUnavailable(Unavailable):
    """No certificate could be had from its source."""

    code = "certificate_unavailable"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server certificate with its chain (PEM, leaf first), its private key (PEM), and what it says.

    ``names`` are the DNS names and addresses it is good for.
    """

    chain: bytes
    key: bytes = field(repr=False)
    names: tuple[str, ...]
    issuer: str
    not_before: datetime
    not_after: datetime
    fingerprint: str

    def missing(self, names: Sequence[str]) -> list[str]:
        """Those of ``names`` that it is not good for; a wildcard covers one label (RFC 9525 §6.3)."""
        return [name for name in names if not {name, f"*.{name.partition('.')[2]}"} & set(self.names)]

    def due(self, names: Sequence[str], now: datetime) -> str:
        """Why a new one is needed; empty: it is not. A short-lived one is renewed in its last third."""
        missing = self.missing(names)
        if missing:
            return f"it is not for {', '.join(missing)}"
        if now >= self.not_after:
            return f"it ended on {self.not_after:%Y-%m-%d}"
        margin = min(RENEW_BEFORE, (self.not_after - self.not_before) / 3)
        return f"it ends on {self.not_after:%Y-%m-%d}" if now >= self.not_after - margin else ""


class CertificateSource(Protocol):
    """Where certificates come from: the local CA, files of the owner, Tailscale.

    ``owner_decides``: a person exchanges it there, so it is looked at every time, not only when one is due.
    """

    @property
    def owner_decides(self) -> bool:
        """As above."""

    def obtain(self, names: Sequence[str]) -> Certificate:
        """A certificate for ``names``, the first of which is the house's name for mail clients.

        Raises:
            CertificateUnavailable, CertificateUnusable: there is none, or none that fits.
        """


class CertificateStore(Protocol):
    """Keeps the certificate in use."""

    def read(self) -> Certificate | None:
        """The one in use; None before the first."""

    def write(self, certificate: Certificate) -> None:
        """Put another in its place."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """The certificate in use now; ``reason`` why it was exchanged, empty if it was not."""

    certificate: Certificate
    reason: str


def renew(
    source: CertificateSource, store: CertificateStore, names: Sequence[str], clock: Clock, *, force: bool = False
) -> Renewal:
    """Exchange the certificate if there is none, if it is due or ``force``, or if its owner has exchanged it.

    Raises:
        CertificateUnavailable, CertificateUnusable: the one in use stays.
    """
    present = store.read()
    reason = "it is the first" if present is None else present.due(names, clock.now())
    if present is not None and not (reason or force or source.owner_decides):
        return Renewal(present, "")
    fresh = source.obtain(names)
    _require_good(fresh, names, clock.now())
    if present is not None and (fresh.chain, fresh.key) == (present.chain, present.key):
        return Renewal(present, "")
    store.write(fresh)
    return Renewal(fresh, reason or ("it was asked for" if force else "there is a new one"))


def _require_good(certificate: Certificate, names: Sequence[str], now: datetime) -> None:
    missing = certificate.missing(names)
    if missing:
        raise CertificateUnusable(
            f"the certificate is for {', '.join(certificate.names) or 'no name'}, not for {', '.join(missing)}",
            hint="Mail clients check the name: set tls.hostname to a name in the certificate.",
        )
    if now >= certificate.not_after:
        raise CertificateUnusable(
            f"the certificate ended on {certificate.not_after:%Y-%m-%d}", hint="Put a valid one in its place."
        )
