"""How the jobs of a house are: what comes next, what does not succeed."""

from collections.abc import Iterator

from machiya.bootstrap import House


def look_at_jobs(house: House) -> tuple[list[tuple[str, str]], list[str]]:
    """Facts and problems; asks the database."""
    problems = [
        f"{alarm.kind} does not succeed: {alarm.reason.rstrip('.')}. machiya job history {alarm.kind}"
        for alarm in house.jobs.book.alarms()
        if alarm.recovered_at is None
    ]
    coming = sorted((one.next_at, str(one.kind)) for one in house.jobs.desk.kinds() if one.next_at)
    told = f"{coming[0][1]} at {coming[0][0].astimezone():%m-%d %H:%M}" if coming else "none is scheduled"
    return [("next job", told)], problems


def advice_on_agent(house: House) -> Iterator[str]:
    """Of the embedded house the agent is a part, which is told with the others."""
    if house.in_containers and not house.jobs.agent_pid:
        yield "No agent runs, so that no job does: machiya boot agent-unit prints the unit that runs it."
