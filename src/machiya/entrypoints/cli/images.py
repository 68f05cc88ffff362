"""``machiya images``: the images of the services, built on this machine from Debian's packages."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from machiya.core.errors import InvalidInput, NotFound
from machiya.core.sizes import format_size
from machiya.entrypoints.cli import console
from machiya.entrypoints.cli.house import Json

if TYPE_CHECKING:
    from machiya.bootstrap.workshop import ImageReport, Workshop

WAYS = ("pull", "debootstrap")
_STEP_CHARACTERS = 90

app = typer.Typer(no_args_is_help=True, help="Build and list the images of the services.")
Base = Annotated[str, typer.Option("--base", help="Where the base image comes from: pull or debootstrap.")]


def _workshop() -> "Workshop":
    from machiya.bootstrap.workshop import Workshop  # noqa: PLC0415 – only when asked

    return Workshop()


@app.command("build")
def build(
    services: Annotated[list[str] | None, typer.Argument(metavar="[IMAGE]...", help="Only these images.")] = None,
    *,
    base: Base = "pull",
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Build all anew on a new base: with today's packages of Debian.")
    ] = False,
) -> None:
    """Build the image of every service that is not built yet."""
    workshop = _workshop()
    workshop.chosen(services or [])
    _have_base(workshop, base, fresh=fresh)
    for tag, made in workshop.build(services or [], fresh=fresh, on_step=_tell_step):
        console.step("image", tag, made=made)


@app.command("base")
def base_image(*, base: Base = "pull") -> None:
    """Have the base image and print its name."""
    workshop = _workshop()
    _have_base(workshop, base, fresh=False)


def _have_base(workshop: "Workshop", base: str, *, fresh: bool) -> None:
    from machiya.stacks.images import BASE  # noqa: PLC0415 – only when asked

    if base == "pull":
        made = workshop.have_base("pull", fresh=fresh)
    elif base == "debootstrap":
        made = workshop.have_base("debootstrap", fresh=fresh)
    else:
        raise InvalidInput(f"a base image does not come from {base!r}", hint=f"Use --base {' or '.join(WAYS)}.")
    console.step("base", BASE, made=made)


def _tell_step(name: str, step: str) -> None:
    console.note(f"       {name}: {step[:_STEP_CHARACTERS]}")


@app.command("list")
def list_images(as_json: Json = False) -> None:
    """List the image of every service: its name, size and age."""
    found = _workshop().reports()
    if as_json:
        console.show_json({"images": [_data(report) for report in found]})
        return
    console.show_table(("image", "name", "size", "built"), [_row(report) for report in found], empty="No images.")
    if any(report.built is None for report in found):
        console.note("machiya images build builds what is missing.")


@app.command("packages")
def packages(
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="The image: dovecot.")], as_json: Json = False
) -> None:
    """List the Debian packages of an image with their versions."""
    workshop = _workshop()
    tag = workshop.chosen([image])[0].tag(workshop.base.id)
    if workshop.builder.find(tag) is None:
        raise NotFound(f"{image} is not built", hint=f"machiya images build {image}")
    rows = [line.split(" ", 1) for line in workshop.builder.packages(tag)]
    if as_json:
        console.show_json({"image": tag, "packages": dict(rows)})
        return
    console.show_table(("package", "version"), rows, empty="No packages.")


@app.command("prune")
def prune(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be removed.")] = False,
    as_json: Json = False,
) -> None:
    """Remove images of earlier versions that no container needs; never the base image, never others' images."""
    done = "would go" if dry_run else "removed"
    images = []
    for image in _workshop().prune(dry_run=dry_run):
        images.append(image)
        if not as_json:
            why = f"needed by {', '.join(image.users)}" if image.users else format_size(image.size_bytes)
            console.say(f"{'kept' if image.users else done:<8} {image.tag}  {why}")
    gone = [image for image in images if not image.users]
    size = sum(image.size_bytes for image in gone)
    if as_json:
        kept = [{"tag": image.tag, "needed_by": image.users} for image in images if image.users]
        told = [{"tag": image.tag, "size_bytes": image.size_bytes} for image in gone]
        console.show_json({"dry_run": dry_run, "removed": told, "kept": kept, "freed_bytes_at_most": size})
        return
    console.note(f"{len(gone)} {done}, at most {format_size(size)}; layers that other images have, too, stay.")


def _data(report: "ImageReport") -> dict[str, Any]:
    built = report.built
    return {
        "image": report.name,
        "tag": report.tag,
        "size_bytes": built.size_bytes if built else None,
        "built": built.built.isoformat() if built else None,
    }


def _row(report: "ImageReport") -> tuple[str, str, str, str]:
    built = report.built
    if built is None:
        return report.name, report.tag, "–", "not built"
    return report.name, report.tag, format_size(built.size_bytes), f"{built.built.astimezone():%Y-%m-%d %H:%M}"
