"""Whole files sealed with age, streamed; any age program opens them."""

from collections.abc import Sequence
from pathlib import Path

import pyrage

from machiya.adapters.age.keys import AgeKey, SecretsLocked


def seal_file(source: Path, target: Path, recipients: Sequence[str]) -> None:
    """Encrypt ``source`` into the new file ``target`` for each of ``recipients`` (public keys)."""
    keys = [pyrage.x25519.Recipient.from_str(recipient) for recipient in recipients]
    with source.open("rb") as plain, target.open("xb") as sealed:
        pyrage.encrypt_io(plain, sealed, keys)


def unseal_file(source: Path, target: Path, *keys: AgeKey) -> None:
    """The other way round; one of the keys is enough.

    Raises:
        SecretsLocked: another key, or not what was sealed; ``target`` is gone.
    """
    try:
        with source.open("rb") as sealed, target.open("xb") as plain:
            pyrage.decrypt_io(sealed, plain, [pyrage.x25519.Identity.from_str(key.private) for key in keys])
    except BaseException as error:
        target.unlink(missing_ok=True)
        ends_early = isinstance(error, OSError) and error.errno is None
        if not ends_early and not isinstance(error, pyrage.DecryptError):
            raise
        raise SecretsLocked(
            "it cannot be opened with the keys at hand",
            hint="It was sealed for a host key and the recovery key: --recovery-key asks for that one.",
        ) from error
