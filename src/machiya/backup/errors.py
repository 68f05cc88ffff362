"""What can be wrong with the disk of the snapshots, with a snapshot, and with what is to be saved."""

from machiya.core.errors import NotFound, Refused, Unavailable


class BackupDiskMissing(Unavailable):
    """The backup disk is not mounted: its folder is not there, or is not the one the house knows."""

    code = "backup_disk_missing"


class BackupDiskForeign(Refused):
    """The disk belongs to another house, or is one the house has not seen before."""

    code = "backup_disk_foreign"


class BackupDiskReadOnly(Refused):
    """The backup disk does not let us write."""

    code = "backup_disk_read_only"


class BackupDiskFull(Unavailable):
    """There is no room left on the backup disk."""

    code = "backup_disk_full"


class BackupDiskFailed(Unavailable):
    """The backup disk did not do what it was asked."""

    code = "backup_disk_failed"


class SourceMissing(Unavailable):
    """A folder that is to be saved is not there, or is empty and was not."""

    code = "backup_source_missing"


class BackupIncomplete(Unavailable):
    """The snapshot was made, but not of everything: something could not be read."""

    code = "backup_incomplete"


class ClockBehind(Refused):
    """The clock of this machine is earlier than the snapshots that are there."""

    code = "clock_behind"


class BackupMemoryDamaged(Refused):
    """What the house remembers of its backup disks cannot be read."""

    code = "backup_memory_damaged"


class SnapshotMissing(NotFound):
    """There is no such snapshot, or no such path in it."""

    code = "snapshot_missing"


class LastSnapshot(Refused):
    """The last good snapshot is not deleted."""

    code = "last_snapshot"


class RestoreRefused(Refused):
    """It cannot be restored to there."""

    code = "restore_refused"


class RestoreFailed(Unavailable):
    """The disk that it is restored to is full or failed; what was restored so far is whole."""

    code = "restore_failed"
