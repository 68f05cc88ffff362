"""``machiya job``: what the house does by itself or is asked for."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from machiya.core.errors import InvalidInput
from machiya.entrypoints.cli import console, exit_codes
from machiya.entrypoints.cli.audited import actor, note
from machiya.entrypoints.cli.house import Json, opened
from machiya.jobs.kinds import KINDS, check_parameters, parse_kind
from machiya.jobs.model import Run, RunState

if TYPE_CHECKING:
    from machiya.jobs.desk import KindNow

app = typer.Typer(no_args_is_help=True, help="Jobs: what the house does by itself, and how it went.")

Kind = Annotated[str, typer.Argument(metavar="KIND", help="Such as audit.verify; machiya job list shows all.")]
Number = Annotated[int, typer.Argument(metavar="RUN", min=1, help="The number of the run.")]


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """List what this house can do, when it is due next, and how it went last."""
    house = opened(context)
    found, pid = house.jobs.desk.kinds(), house.jobs.agent_pid
    if as_json:
        console.show_json({"agent": pid, "jobs": [_kind_data(one) for one in found]})
        return
    rows = [(str(one.kind), KINDS[one.kind].what[0], _schedule(one), _when(one.next_at), _last(one)) for one in found]
    console.show_table(("job", "does", "schedule", "next", "last"), rows, empty="This house has no jobs.")
    if not pid:
        console.warn("no agent runs, so that nothing is done by itself; machiya up or machiya agent starts one")


@app.command()
def run(
    context: typer.Context,
    kind: Kind,
    parameters: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the job; may be repeated.")
    ] = None,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Ask for it and return; needs an agent.")] = False,
    as_json: Json = False,
) -> None:
    """Run a job now: by the agent if one runs, else here. Exit code 10 unless it succeeds."""
    from machiya.entrypoints.cli.job_running import ask_and_see  # noqa: PLC0415 – only when asked

    house = opened(context)
    wanted, given = parse_kind(kind), dict(_pair(text) for text in parameters or [])
    check_parameters(wanted, given)
    house.access.audit.record(note("job.run", wanted, **given))
    ended = ask_and_see(house, wanted, given, actor(), detach=detach)
    if as_json:
        console.show_json(_run_data(ended))
    elif detach:
        console.say(f"run {ended.number} is asked for; machiya job watch {ended.number} shows it")
    if not detach and ended.state is not RunState.SUCCEEDED:
        raise typer.Exit(exit_codes.ATTENTION)


@app.command()
def watch(
    context: typer.Context,
    number: Annotated[
        int | None, typer.Argument(metavar="[RUN]", min=1, help="The number of the run; else the newest.")
    ] = None,
) -> None:
    """Show what a run says until it ends. Exit code 10 unless it succeeds."""
    from machiya.entrypoints.cli.job_running import follow  # noqa: PLC0415 – only when asked

    house = opened(context)
    newest = next(iter(house.jobs.book.newest(1)), None)
    if number is None and newest is None:
        console.note("Nothing has run yet.")
        return
    ended = follow(house, number or (newest.number if newest else 0))
    if ended.state is not RunState.SUCCEEDED:
        raise typer.Exit(exit_codes.ATTENTION)


@app.command()
def history(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="[KIND]", help="Only runs of this job.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many, the newest.")] = 50,
    as_json: Json = False,
) -> None:
    """List runs, newest first: who asked, how long it took, how it ended and why."""
    wanted = parse_kind(kind) if kind else None
    found = opened(context).jobs.book.newest(limit, kind=wanted)
    if as_json:
        console.show_json({"runs": [_run_data(one) for one in found]})
        return
    rows = [
        (str(one.number), one.order.kind, str(one.state), _when(one.started_at or one.asked_at), took(one),
         one.order.asked_by, one.reason)
        for one in found
    ]  # fmt: skip
    headings = ("run", "job", "state", "began", "took", "asked by", "why")
    console.show_table(headings, rows, empty="Nothing has run yet.")


@app.command()
def cancel(context: typer.Context, number: Number) -> None:
    """Stop a run: one that waits at once, one that runs at its next step."""
    house = opened(context)
    house.jobs.desk.find(number)
    house.access.audit.record(note("job.cancel", number))
    run = house.jobs.desk.cancel(number, actor())
    stops = f"run {number} is asked to stop; machiya job watch {number} shows when it has"
    console.say(f"run {number} is cancelled" if run.state is RunState.CANCELLED else stops)


def took(run: Run) -> str:
    """``1 h 02 min``, ``3.2 s``; a dash for what did not run."""
    if run.started_at is None or run.ended_at is None:
        return "–"
    seconds = max(0.0, (run.ended_at - run.started_at).total_seconds())
    minutes = round(seconds) // 60
    if seconds < 60:  # noqa: PLR2004 – a minute
        return f"{seconds:.1f} s"
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004 – an hour


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidInput(f"not a parameter: {text!r}", hint="Write it like --set expect=128:ab12….")
    return name, value


def _schedule(one: "KindNow") -> str:
    return f"{one.schedule.cron}  {one.schedule.zone}" if one.schedule else "off"


def _last(one: "KindNow") -> str:
    last = one.last
    return f"{last.state} {_when(last.ended_at or last.started_at or last.asked_at)}" if last else "never"


def _when(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}" if moment else "–"


def _kind_data(one: "KindNow") -> dict[str, Any]:
    return {
        "kind": str(one.kind),
        "schedule": one.schedule.cron if one.schedule else "",
        "timezone": one.schedule.zone if one.schedule else "",
        "next_at": one.next_at.isoformat() if one.next_at else None,
        "last": _run_data(one.last) if one.last else None,
    }


def _run_data(run: Run) -> dict[str, Any]:
    moments = {name: getattr(run, name) for name in ("asked_at", "started_at", "ended_at", "cancel_asked_at")}
    return {
        "run": run.number,
        "kind": run.order.kind,
        "state": str(run.state),
        "reason": run.reason,
        "asked_by": run.order.asked_by,
        "parameters": dict(run.order.parameters),
        "attempt": run.order.attempt,
        "due_at": run.order.due_at.isoformat() if run.order.due_at else None,
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
        "runner": run.runner,
        "step": {"name": run.step.name, "done": run.step.done, "total": run.step.total, "unit": run.step.unit},
    }
