"""``machiya admin``: who administers the house through its pages."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from machiya.access.model import Administrator, Invitation, Role, Session, Who, WhoKind
from machiya.core.addresses import EmailAddress
from machiya.core.clock import to_wire
from machiya.core.errors import InvalidInput
from machiya.entrypoints.cli import ask, console
from machiya.entrypoints.cli.audited import actor
from machiya.entrypoints.cli.house import Json, Yes, opened

if TYPE_CHECKING:
    from machiya.access.access import Access

app = typer.Typer(no_args_is_help=True, help="Administrators: who may use the pages of the house, and as what.")

ROLES = ", ".join(Role)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The administrator: alice.")]
Person = Annotated[str, typer.Argument(metavar="NAME", help="An administrator, or the address of a mailbox's owner.")]


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """List administrators and open invitations."""
    administrators = opened(context).access.administrators
    known, invited = administrators.list(), administrators.invitations()
    if as_json:
        data = {"administrators": [_data(one) for one in known], "invitations": [_invitation(one) for one in invited]}
        console.show_json(data)
        return
    rows = [
        (
            one.name,
            one.role,
            "enabled" if one.enabled else "disabled",
            "on" if one.totp else "off",
            _day(one.created_at),
        )
        for one in known
    ]
    rows += [(one.name, one.role, f"invited until {_time(one.expires_at)}", "–", "–") for one in invited]
    console.show_table(
        ("name", "role", "state", "two-step", "since"),
        rows,
        empty="No administrator yet. Invite one: machiya admin invite NAME --role owner",
    )


@app.command()
def invite(
    context: typer.Context,
    name: Name,
    role: Annotated[str, typer.Option("--role", help="owner, administrator, operator or viewer.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Let one who is an administrator already choose a new password.")
    ] = False,
) -> None:
    """Make a link by which somebody becomes an administrator. Works once, for 24 hours."""
    if bool(role) == again:
        raise InvalidInput("say as what", hint=f"--role, one of {ROLES}; or --again for a new password.")
    house = opened(context)
    administrators = house.access.administrators
    made = (
        administrators.invite_again(name, by=actor())
        if again
        else administrators.invite(name, parsed_role(role), by=actor())
    )
    invitation = made.invitation
    console.say(f"{name} ({invitation.role}) chooses a password here, once, until {_time(invitation.expires_at)}:")
    console.say(f"  {house.invitation_link(made.token)}")
    console.note("Whoever has this link becomes this administrator. It is shown only now; a new one ends it.")


@app.command()
def role(
    context: typer.Context,
    name: Name,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="owner, administrator, operator or viewer.")],
) -> None:
    """Change what an administrator may do, at once."""
    changed = opened(context).access.administrators.change_role(name, parsed_role(role), by=actor())
    console.say(f"{changed.name} is {changed.role} now.")


@app.command()
def disable(context: typer.Context, name: Name) -> None:
    """Lock an administrator out. Sessions end, password and role are kept."""
    opened(context).access.administrators.disable(name, by=actor())
    console.say(f"{name} is logged out and can log in no more. machiya admin enable {name} undoes it.")


@app.command()
def enable(context: typer.Context, name: Name) -> None:
    """Let an administrator in again, also one who must wait after too many wrong passwords."""
    opened(context).access.administrators.enable(name, by=actor())
    console.say(f"{name} can log in.")


@app.command()
def remove(context: typer.Context, name: Name, yes: Yes = False) -> None:
    """Remove an administrator. The audit log keeps what was done."""
    administrators = opened(context).access.administrators
    administrators.find(name)
    ask.agreed(f"Remove the administrator {name}?", yes=yes)
    administrators.remove(name, by=actor())
    console.say(f"{name} is removed.")


@app.command()
def sessions(context: typer.Context, name: Person, as_json: Json = False) -> None:
    """List where somebody is logged in to the pages of the house."""
    access = opened(context).access
    found = access.sessions.list(_who(access, name))
    if as_json:
        console.show_json({"sessions": [_session(one) for one in found]})
        return
    rows = [
        (one.id, _time(one.created_at), _time(one.last_seen_at), one.client_address or "–", one.user_agent or "–")
        for one in found
    ]
    console.show_table(("id", "since", "last seen", "from", "browser"), rows, empty=f"{name} is logged in nowhere.")


@app.command("end-sessions")
def end_sessions(
    context: typer.Context,
    name: Person,
    session: Annotated[
        str, typer.Option("--session", help="Only this one; machiya admin sessions shows the ids.")
    ] = "",
) -> None:
    """Log somebody out of the pages of the house, everywhere at once."""
    access = opened(context).access
    who = _who(access, name)
    if session:
        access.sessions.end(session, who=who, by=actor())
        console.say(f"The session {session} of {name} is over.")
        return
    count = access.sessions.end_all(who, by=actor())
    console.say(f"{name} is logged out ({count} {'session' if count == 1 else 'sessions'}).")


@app.command("reset-totp")
def reset_totp(context: typer.Context, name: Person, yes: Yes = False) -> None:
    """Turn off the two-step log-in of somebody who lost phone and recovery codes."""
    access = opened(context).access
    who = _who(access, name)
    ask.agreed(f"Let {name} in with the password alone?", yes=yes)
    was_on = access.second_factors.turn_off(who, by=actor())
    console.say(f"Two-step log-in of {name} is off." if was_on else f"Two-step log-in of {name} was off already.")


def parsed_role(text: str) -> Role:
    """A role by its name.

    Raises:
        InvalidInput: there is no such role.
    """
    if text not in set(Role):
        raise InvalidInput(f"there is no role {text!r}", hint=f"They are: {ROLES}.")
    return Role(text)


def _who(access: "Access", name: str) -> Who:
    if "@" in name:
        return Who(WhoKind.MAILBOX, str(EmailAddress.parse(name)))
    return access.administrators.find(name).who


def _time(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def _day(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d}"


def _data(one: Administrator) -> dict[str, object]:
    return {
        "name": one.name,
        "role": one.role,
        "enabled": one.enabled,
        "two_step": one.totp,
        "created_at": to_wire(one.created_at),
    }


def _invitation(one: Invitation) -> dict[str, object]:
    return {"name": one.name, "role": one.role, "expires_at": to_wire(one.expires_at), "invited_by": one.invited_by}


def _session(one: Session) -> dict[str, object]:
    return {
        "id": one.id,
        "created_at": to_wire(one.created_at),
        "last_seen_at": to_wire(one.last_seen_at),
        "expires_at": to_wire(one.expires_at),
        "client_address": one.client_address,
        "user_agent": one.user_agent,
    }
