"""What S3 answers, said so that a person knows what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from machiya.backup.vault.errors import VaultUnavailable, VersionGone
from machiya.core.errors import MachiyaError, Refused

GONE = frozenset({"NoSuchKey", "NoSuchVersion", "404", "NotFound", "MethodNotAllowed", "405"})
TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
_FORBIDDEN = frozenset({"AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"})


class VaultForbidden(Refused):
    """The store does not let this house do that."""

    code = "vault_forbidden"


def code_of(error: ClientError) -> str:
    """S3's code: ``NoSuchKey``."""
    answer: Any = error.response
    return str(answer.get("Error", {}).get("Code", ""))


@contextmanager
def told(what: str) -> Iterator[None]:
    """Turn what botocore raises into what a person can act on.

    Raises:
        VersionGone, VaultForbidden, VaultUnavailable: as the answer says.
    """
    try:
        yield
    except ClientError as error:
        raise _translated(what, error) from error
    except (BotoCoreError, OSError) as error:
        raise VaultUnavailable(
            f"{what}: {error}", hint="Is the network there? A later run goes on from here."
        ) from error


def _translated(what: str, error: ClientError) -> MachiyaError:
    code = code_of(error)
    if code in GONE:
        return VersionGone(f"{what}: it is not in the store", hint="Look at the bucket: who deleted it?")
    if code in _FORBIDDEN:
        return VaultForbidden(
            f"{what}: the store refuses it ({code})",
            hint="Compare the key and its policy with docs/vault.md: machiya secret set vault_access_key_id …",
        )
    return VaultUnavailable(f"{what}: the store answers {code}", hint="Try again later; a later run goes on from here.")
