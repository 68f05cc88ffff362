"""When a schedule is due, as Debian's cron would have it, the days on which the clocks change included."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim


class CronCalendar:
    """``Calendar``; the text and the zone were checked with the settings.

    Source: cron(8) of Debian: what falls into the hour that is left out runs right after it, what falls into the hour
    that comes twice runs once, and what has a star for its minute or hour follows the real time.
    """

    def moments(self, cron: str, zone: str, after: datetime) -> Iterator[datetime]:
        """When it is due, later than ``after``, in UTC, in order."""
        last = after.astimezone(UTC)
        for local in CronSim(cron, after.astimezone(ZoneInfo(zone))):
            moment = local.astimezone(UTC)
            # In the hour that comes twice its wall clock goes back to the first of the two.
            if moment > last:
                last = moment
                yield moment
