"""The error tree; every error a user can meet is drawn here or stands beside its port.

::

    MachiyaError                what happened, hint: what to do, code: for scripts, permanent: retrying is useless
    ├── InvalidInput            what was given cannot be used
    │   ├── InvalidAddress
    │   └── ConfigurationError  machiya.toml, environment or secrets (carries every mistake found)
    ├── NotFound
    ├── AlreadyExists
    ├── Conflict                somebody else is at it, or the state changed since it was read
    │   └── PlanChanged
    ├── Refused                 allowed by nobody, or needs --force
    │   └── UnsafePlan
    ├── Unauthorized
    └── Unavailable             a part is down, full or slow: try again later (permanent=False)
"""

from typing import ClassVar


class MachiyaError(Exception):
    """Base of every expected error.

    Args:
        message: one sentence, what happened.
        hint: one sentence, what to do about it.
    """

    code: ClassVar[str] = "error"
    permanent: ClassVar[bool] = True
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InvalidInput(MachiyaError):
    """What was given cannot be used."""

    code = "invalid_input"
    exit_code = 2


class InvalidAddress(InvalidInput):
    """Not an address or domain name that mail can use."""

    code = "invalid_address"


class ConfigurationError(InvalidInput):
    """The configuration has mistakes; each is one ``path: message`` line."""

    code = "invalid_configuration"
    exit_code = 3

    def __init__(self, message: str, *, hint: str = "", mistakes: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.mistakes = mistakes


class NotFound(MachiyaError):
    """There is no such thing."""

    code = "not_found"
    exit_code = 4


class AlreadyExists(MachiyaError):
    """There is one already."""

    code = "already_exists"
    exit_code = 5


class Conflict(MachiyaError):
    """Somebody else is at it, or the state changed since it was read."""

    code = "conflict"
    exit_code = 6


class PlanChanged(Conflict):
    """The plan to apply is not the plan that was read."""

    code = "plan_changed"


class Refused(MachiyaError):
    """The house will not do this as asked."""

    code = "refused"
    exit_code = 7


class UnsafePlan(Refused):
    """The plan destroys more than the threshold allows without force."""

    code = "unsafe_plan"


class Unauthorized(MachiyaError):
    """Not signed, or not by somebody the house knows."""

    code = "unauthorized"
    exit_code = 8


class Unavailable(MachiyaError):
    """A part is down, full or slow; the same call may work later."""

    code = "unavailable"
    permanent = False
    exit_code = 9
