"""What a house in containers is given to be raised with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from machiya.stacks.model import Publication
from machiya.stacks.ports import Engine, Host, Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the house in containers is given.

    Args:
        engine, project, host: see ``ports``.
        secrets: every secret by its name; empty text: not set.
        require_free: an error where a port is taken by somebody else.
        certify: has the certificates that services use; called before secrets are written, for they are among them.
        fence, unfence: let packets reach the containers only where the house means them to; called before the first
            container starts, and after the last one ended.
        settle: brings the database up to date; called when it is healthy, before anything else starts.
        pause: waits so many seconds.
        tell: hears what is going on.
    """

    engine: Engine
    project: Project
    host: Host
    secrets: Callable[[], Mapping[str, str]]
    require_free: Callable[[Publication], None]
    certify: Callable[[], object]
    fence: Callable[[], None]
    unfence: Callable[[], None]
    settle: Callable[[], None]
    pause: Callable[[float], None]
    tell: Callable[[str], None]
