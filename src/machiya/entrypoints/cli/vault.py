"""``machiya vault``: the copy off-site that nobody can delete."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from machiya.backup.model import SnapshotName
from machiya.core.sizes import format_size
from machiya.entrypoints.cli import ask, console, exit_codes
from machiya.entrypoints.cli.house import Json, Yes, opened

if TYPE_CHECKING:
    from machiya.backup.vault.model import ManifestRecord
    from machiya.backup.vault.status import SnapshotState, VaultState

app = typer.Typer(no_args_is_help=True, help="The vault: snapshots off-site, locked so that nobody can delete them.")

_NO_LOCKS = "Nothing locks a folder: whoever can write there can delete it. Only an S3 vault with Object Lock is safe."
_SHOWN = 20


RecoveryKey = Annotated[
    bool,
    typer.Option("--recovery-key", help="Ask for the recovery key: for what was sealed for a host key that is gone."),
]


@app.command("sync")
def sync(
    context: typer.Context,
    snapshot: Annotated[str, typer.Argument(help="A snapshot like daily/2026-11-29; empty: the newest.")] = "",
    as_json: Json = False,
) -> None:
    """Put a snapshot into the vault: renew every lock that it needs, upload what is new, publish its manifest last."""
    vault = opened(context).vault
    done = vault.sync(vault.snapshot(SnapshotName.parse(snapshot) if snapshot else None))
    if as_json:
        console.show_json(
            {
                "snapshot": str(done.snapshot),
                "manifest": done.manifest.key,
                "version": done.manifest.version,
                "published": done.published,
                "locked_until": done.locked_until.isoformat() if vault.locks else None,
                "packs": done.packs,
                "new_packs": done.new_packs,
                "uploaded_bytes": done.uploaded_bytes,
            }
        )
        return
    facts = [
        ("snapshot", f"{done.snapshot}{'' if done.published else ' (was there already)'}"),
        ("packs", f"{done.packs}, {done.new_packs} of them new"),
        ("uploaded", format_size(done.uploaded_bytes)),
    ]
    if vault.locks:
        facts.append(("locked until", f"{done.locked_until:%Y-%m-%d %H:%M} UTC, every byte"))
    console.show_facts(facts)
    if not vault.locks:
        console.warn(_NO_LOCKS)


@app.command("status")
def status(
    context: typer.Context,
    off_days: Annotated[int, typer.Option("--off-days", min=1, help="If the house stayed off for so many days.")] = 14,
    as_json: Json = False,
) -> None:
    """Show what can be restored and until when it is locked, asked from the store (exit code 10: look at it)."""
    state = opened(context).vault.status()
    if as_json:
        console.show_json(_status_data(state, off_days))
    else:
        _show_status(state, off_days)
    if state.alarming:
        console.warn(state.alarming)
        raise typer.Exit(exit_codes.ATTENTION)


@app.command("check")
def check(context: typer.Context, as_json: Json = False) -> None:
    """Prove that the store keeps what a vault must promise, by trying to break each promise."""
    from machiya.backup.vault.promises import require_kept  # noqa: PLC0415 – only when asked

    vault = opened(context).vault
    proofs = vault.check()
    if as_json:
        console.show_json({"locks": vault.locks, "promises": [{"name": p.promise, "fault": p.fault} for p in proofs]})
    elif proofs:
        console.show_table(
            ("promise", "kept"), [(str(p.promise), p.fault or "yes") for p in proofs], empty="nothing was tried"
        )
    if not vault.locks:
        console.warn(_NO_LOCKS)
    require_kept(proofs, vault.store().name)


@app.command("list")
def list_(context: typer.Context, recovery_key: RecoveryKey = False, as_json: Json = False) -> None:
    """List every manifest in the vault, hidden and foreign ones too."""
    vault = opened(context).vault
    records = vault.list(recovery=_asked(recovery_key))
    if as_json:
        console.show_json([_record_data(one) for one in records])
        return
    rows = [
        (
            str(one.snapshot),
            f"{one.taken_at:%Y-%m-%d %H:%M}",
            f"{one.stored_at:%Y-%m-%d %H:%M}",
            str(one.entries),
            format_size(one.size_bytes),
            one.fault or _whose(one),
            one.object.version,
        )
        for one in records
    ]
    headings = ("snapshot", "taken (UTC)", "stored (UTC)", "entries", "size", "of this house", "version")
    console.show_table(headings, rows, empty="The vault holds no snapshot.")


def _whose(one: "ManifestRecord") -> str:
    if one.foreign:
        return f"no, of {one.house}"
    return "yes" if one.own else "found there" if one.adopted else "not known here"


@app.command("renew")
def renew(context: typer.Context) -> None:
    """Renew the locks of everything that the kept snapshots need, from now on."""
    count = opened(context).vault.renew()
    console.say(f"{count} objects are locked anew")


@app.command("gc")
def collect(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Let go of snapshots out of retention and of packs that no kept snapshot needs; locks are never shortened."""
    vault = opened(context).vault
    found = vault.collect(dry=True)
    if as_json:
        names = [str(one.snapshot) for one in found.manifests]
        console.show_json({"snapshots": names, "packs": list(found.packs), "bytes": found.size_bytes})
    else:
        for one in found.manifests:
            console.say(f"snapshot {one.snapshot}")
        console.say(f"{len(found.manifests)} snapshots and {len(found.packs)} packs ({format_size(found.size_bytes)})")
    if dry_run or not (found.manifests or found.packs):
        return
    ask.agreed("Let them go?", yes=yes)
    vault.collect()


@app.command("restore")
def restore(
    context: typer.Context,
    snapshot: Annotated[str, typer.Argument(help="A snapshot like daily/2026-11-29.")],
    target: Annotated[Path, typer.Argument(help="A new folder to restore into.")],
    path: Annotated[str, typer.Option("--path", help="Only what lies at or below this path of the snapshot.")] = "",
    version: Annotated[str, typer.Option("--version", help="Another manifest of that name (machiya vault list).")] = "",
    recovery_key: RecoveryKey = False,
    as_json: Json = False,
) -> None:
    """Restore a snapshot of the vault, or a path of it, into a new folder; every byte is compared with its hash."""
    name, below = SnapshotName.parse(snapshot), os.fsencode(path.strip("/"))
    vault = opened(context).vault
    done = vault.restore(name, target.expanduser().absolute(), below, version, recovery=_asked(recovery_key))
    if as_json:
        failed = [{"path": os.fsdecode(one), "reason": reason} for one, reason in done.failed]
        console.show_json({"files": done.files, "bytes": done.size_bytes, "others": done.others, "failed": failed})
    else:
        console.say(f"{done.files} files ({format_size(done.size_bytes)}) are in {target}, each as its hash says")
    if done.failed:
        _warn_failed(done.failed)
        raise typer.Exit(exit_codes.ATTENTION)


def _asked(wanted: bool) -> str:
    return ask.hidden("Recovery key") if wanted else ""


def _warn_failed(failed: Sequence[tuple[bytes, str]]) -> None:
    console.warn(f"{len(failed)} entries could not be restored:")
    for path, reason in failed[:_SHOWN]:
        console.note(f"  {os.fsdecode(path)}: {reason}")


def _show_status(state: "VaultState", off_days: int) -> None:
    headings = ("snapshot", "restorable", "packs", "every byte locked until (UTC)")
    rows = [
        (str(one.record.snapshot), _restorable(one), str(one.packs), _locked(one, state)) for one in state.snapshots
    ]
    console.show_table(headings, rows, empty="The vault holds no snapshot.")
    facts = [("vault", state.name), ("stored", format_size(state.stored_bytes))]
    facts.append(("cost", f"about {state.month_dollars:.2f} US dollars a month"))
    if state.locks and state.smallest_lock is not None:
        facts.append(("smallest lock", f"{max(state.smallest_lock.days, 0)} days, of what the newest snapshot needs"))
        still, of = state.off_for(off_days)
        facts.append(
            (
                f"off for {off_days} days",
                f"{still} of {of} snapshots still locked whole; the others stay until somebody with keys deletes them",
            )
        )
    console.show_facts(facts)
    if not state.locks:
        console.warn(_NO_LOCKS)


def _restorable(one: "SnapshotState") -> str:
    if one.record.fault:
        return f"no: {one.record.fault}"
    return "yes" if one.restorable else f"no: {len(one.missing)} objects are missing, first {one.missing[0].key}"


def _locked(one: "SnapshotState", state: "VaultState") -> str:
    if not state.locks:
        return "nothing is locked"
    if one.locked_until is None or one.locked_until < state.now:
        return "not any more"
    return f"{one.locked_until:%Y-%m-%d %H:%M}"


def _status_data(state: "VaultState", off_days: int) -> dict[str, Any]:
    still, of = state.off_for(off_days)
    return {
        "vault": state.name,
        "locks": state.locks,
        "now": state.now.isoformat(),
        "snapshots": [
            {
                **_record_data(one.record),
                "restorable": one.restorable,
                "packs": one.packs,
                "locked_until": one.locked_until.isoformat() if one.locked_until else None,
                "missing": [str(item) for item in one.missing],
            }
            for one in state.snapshots
        ],
        "stored_bytes": state.stored_bytes,
        "month_dollars": round(state.month_dollars, 4),
        "smallest_lock_days": state.smallest_lock.days if state.smallest_lock else None,
        "off": {"days": off_days, "still_locked": still, "of": of},
        "alarm": state.alarming,
    }


def _record_data(one: "ManifestRecord") -> dict[str, Any]:
    return {
        "snapshot": str(one.snapshot),
        "taken_at": one.taken_at.isoformat(),
        "stored_at": one.stored_at.isoformat(),
        "entries": one.entries,
        "size_bytes": one.size_bytes,
        "own": one.own,
        "adopted": one.adopted,
        "house": one.house,
        "foreign": one.foreign,
        "fault": one.fault,
        "key": one.object.key,
        "version": one.object.version,
    }
