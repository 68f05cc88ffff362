"""``machiya tls``: the certificate that mail programs see."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from machiya.core.errors import NotFound
from machiya.entrypoints.cli import console
from machiya.entrypoints.cli.house import Json, opened

if TYPE_CHECKING:
    from machiya.bootstrap.certificates import Certificates
    from machiya.stacks.certificates import Certificate

app = typer.Typer(no_args_is_help=True, help="The certificate for mail programs: show, renew.")


@app.command("show")
def show(context: typer.Context, as_json: Json = False) -> None:
    """Show the certificate in use: names, issuer, end, fingerprint."""
    certificates = opened(context).certificates()
    present = certificates.present()
    if present is None:
        raise NotFound("there is no certificate yet", hint="machiya tls renew gets one; machiya up does so too.")
    data = _data(certificates, present)
    if as_json:
        console.show_json(data)
        return
    rows = [(name, ", ".join(value) if isinstance(value, list) else str(value)) for name, value in data.items()]
    console.show_table(("certificate", ""), [row for row in rows if row[1]], empty="")
    if certificates.authority:
        console.note(f"Mail programs trust it once {certificates.authority} is installed where they run.")


@app.command("renew")
def renew(
    context: typer.Context,
    *,
    force: Annotated[bool, typer.Option("--force", help="Get a new one even if the present one is good.")] = False,
) -> None:
    """Exchange the certificate if it is due. Daemons take it up without dropping a connection."""
    house = opened(context)
    with house.folder.lock():
        renewal = house.certificates().renew(force=force)
    end = f"{renewal.certificate.not_after:%Y-%m-%d}"
    if not renewal.reason:
        console.say(f"The certificate is good until {end}. Nothing was changed.")
        return
    console.say(f"There is a new certificate, good until {end}; the reason: {renewal.reason}.")
    if house.in_containers:
        with house.lock("up"):
            house.containers(console.note).take_up_secrets()


def _data(certificates: "Certificates", present: "Certificate") -> dict[str, Any]:
    return {
        "names": list(present.names),
        "issuer": present.issuer,
        "from": f"{present.not_before:%Y-%m-%d}",
        "until": f"{present.not_after:%Y-%m-%d}",
        "sha256": present.fingerprint,
        "due": certificates.due(),
        "authority": str(certificates.authority or ""),
    }
