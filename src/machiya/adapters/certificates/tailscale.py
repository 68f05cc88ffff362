"""A public certificate for the machine's name in its tailnet, through the host's own tailscale."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from machiya.adapters.certificates.pem import read_pair
from machiya.stacks.certificates import Certificate, CertificateUnavailable


class Finished(Protocol):
    """How a command ended."""

    @property
    def code(self) -> int:
        """Its exit code."""

    @property
    def err(self) -> str:
        """What it complained about."""


class TailscaleCertificate:
    """Asks ``tailscale cert``; ``run`` runs an argv with bytes on its standard input.

    Source: https://tailscale.com/kb/1153/enabling-https
    """

    owner_decides = False

    def __init__(self, run: Callable[[Sequence[str], bytes], Finished]) -> None:
        self._run = run

    def obtain(self, names: Sequence[str]) -> Certificate:
        """A certificate for the first of ``names``.

        Raises:
            CertificateUnavailable: tailscale is not there, not logged in, or HTTPS is off in the tailnet.
        """
        with tempfile.TemporaryDirectory(prefix="machiya-tls-") as name:
            chain, key = Path(name, "crt"), Path(name, "key")
            files = (f"--cert-file={chain}", f"--key-file={key}")
            finished = self._run(["tailscale", "cert", *files, names[0]], b"")
            if finished.code != 0:
                raise CertificateUnavailable(
                    f"tailscale gave no certificate for {names[0]}: {finished.err.strip() or 'no reason given'}",
                    hint="tls.hostname must be this machine's name in the tailnet, and the tailnet must have HTTPS on.",
                )
            return read_pair(chain.read_bytes(), key.read_bytes())
