"""The one-time link that a new administrator opens."""

from flask import url_for


def invitation_link(token: str) -> str:
    """As the browser of the one who invites reaches this site; its host was checked at the gate."""
    return url_for("invitation.form", token=token, _external=True)
