"""The house without a scanner, which says so."""

from machiya.mail.model import InboundMessage, Verdict, VerdictAction


class NoScanner:
    """Accepts everything, marked as not scanned."""

    async def scan(self, message: InboundMessage) -> Verdict:  # noqa: ARG002 – the port's shape
        """Accept; ``scanned`` is false."""
        return Verdict(VerdictAction.ACCEPT, scanned=False)

    async def prove(self) -> None:
        """There is nothing to prove."""

    async def close(self) -> None:
        """There is nothing to give back."""
