"""What our own parts have in common when they run in containers: the image, the configuration, the secrets, health."""

from collections.abc import Mapping

from machiya.stacks.compose import SECRETS_TARGET
from machiya.stacks.model import ConfigFile, Health, Image, SecretFile, Storage, User, Volume

IMAGE = Image(folder="machiya")
USER = User(5016, 5016)
HOUSE = "/house"
BULK = "/srv/bulk"

# The house's file as rendered, and /house/machiya.toml in the image leads to it: the file itself belongs to root alone.
CONFIGS = (ConfigFile("machiya.toml.j2", "machiya.toml"),)
CONFIG_TARGET = f"{HOUSE}/settings"

QUARANTINE = Volume(
    storage=Storage.BULK, name="quarantine", target=f"{BULK}/quarantine", mode=0o770, owner=(USER.uid, USER.gid)
)
"""mail-api fills it; the group may take out what a person releases or deletes."""


def temporary(user: User = USER) -> dict[str, str]:
    """What may be written besides storage, in memory."""
    return {
        f"{HOUSE}/data": f"size=16m,mode=0700,uid={user.uid},gid={user.gid}",
        "/tmp": "size=64m,mode=1777",  # noqa: S108 – a path inside the container
    }


TEMPORARY: Mapping[str, str] = temporary()


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """What differs from machiya.toml inside a container; ``settings`` by ``section.name``."""
    places = {"MACHIYA_HOUSE": HOUSE, "MACHIYA_SECRETS_FOLDER": SECRETS_TARGET}
    return places | {f"MACHIYA_{path.replace('.', '__')}".upper(): value for path, value in settings.items()}


def secrets(*names: str, optional: tuple[str, ...] = ()) -> tuple[SecretFile, ...]:
    """One file a secret, as the settings read them."""
    return tuple(SecretFile(path=name, secret=name, optional=name in optional) for name in (*names, *optional))


def answers(url: str) -> Health:
    """The part itself is asked at ``url`` (``http://…``, ``https://…`` or ``smtp://…``), without curl."""
    return Health(test=("/opt/machiya/bin/python", "-m", "machiya.entrypoints.probe", url))
