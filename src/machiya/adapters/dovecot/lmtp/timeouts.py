"""How long each phase may take: the proportions of RFC 5321 §4.5.3.2, scaled so that the longest is the setting."""

from dataclasses import dataclass

_MINUTES_FINAL = 10


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds for each phase; ``total`` bounds one transaction (it must end before the ledger's lease does)."""

    connect: float
    greeting: float
    command: float
    data_start: float
    block: float
    final: float
    total: float

    @classmethod
    def scaled(cls, seconds: float) -> "Timeouts":
        """RFC 5321's minimum for each phase, times ``seconds`` ÷ 10 minutes; the whole may take 1½ × ``seconds``."""
        minute = seconds / _MINUTES_FINAL
        return cls(
            connect=5 * minute,
            greeting=5 * minute,
            command=5 * minute,
            data_start=2 * minute,
            block=3 * minute,
            final=seconds,
            total=1.5 * seconds,
        )
