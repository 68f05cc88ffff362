"""What goes wrong with a vault, named so that a person knows what still holds."""

from machiya.core.errors import Conflict, MachiyaError, NotFound, Refused, Unavailable


class VaultUnavailable(Unavailable):
    """The store does not answer, or not as it should; a later run goes on where this one stopped."""

    code = "vault_unavailable"


class SpoolFailed(Unavailable):
    """The local disk took no more of what is on its way into the vault or out of it."""

    code = "vault_spool_failed"


class VersionGone(NotFound):
    """A version that should be there for as long as it is locked is not there."""

    code = "vault_version_gone"


class RenewalFailed(MachiyaError):
    """A lock could not be renewed, so no manifest was published."""

    code = "vault_renewal_failed"


class NotLocked(MachiyaError):
    """The store took an object but does not keep it locked."""

    code = "vault_not_locked"


class ClockSkew(Refused):
    """The clocks of this machine and of the store differ too much."""

    code = "vault_clock_skew"


class PromiseBroken(Refused):
    """The store does not hold what a vault must promise."""

    code = "vault_promise_broken"


class PlaceTaken(Refused):
    """Another house has its vault in this place."""

    code = "vault_place_taken"


class ContentDamaged(MachiyaError):
    """Bytes are not those that their hash says."""

    code = "vault_content_damaged"


class SnapshotChanged(Conflict):
    """A file of the local snapshot is not what its manifest says."""

    code = "snapshot_changed"
