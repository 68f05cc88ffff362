"""A public certificate for the machine's name in its tailnet, through the host's own tailscale."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from machiya.adapters.certificates.pem import read_pair
from machiya.core.commands import Commands
from machiya.stacks.certificates import Certificate, CertificateUnavailable

_SECONDS = 180.0  # a first one is issued while we wait


class TailscaleCertificate:
    """Asks ``tailscale cert``.

    Source: https://tailscale.com/kb/1153/enabling-https
    """

    owner_decides = False

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    def obtain(self, names: Sequence[str]) -> Certificate:
        """A certificate for the first of ``names``.

        Raises:
            CertificateUnavailable: tailscale is not there, not logged in, or HTTPS is off in the tailnet.
        """
        with tempfile.TemporaryDirectory(prefix="machiya-tls-") as name:
            chain, key = Path(name, "crt"), Path(name, "key")
            files = (f"--cert-file={chain}", f"--key-file={key}")
            finished = self._commands.run(("tailscale", "cert", *files, names[0]), seconds=_SECONDS)
            if not finished.good:
                raise CertificateUnavailable(
                    f"tailscale gave no certificate for {names[0]}: {finished.last_words() or 'no reason given'}",
                    hint="tls.hostname must be this machine's name in the tailnet, and the tailnet must have HTTPS on.",
                )
            return read_pair(chain.read_bytes(), key.read_bytes())
