"""The parts of the embedded house: mail-api, the front door, usermgmt and the agent, as processes of this Python."""

from collections.abc import Callable
from pathlib import Path

from machiya.adapters.shell.detached import Detached, machiya_command, terminate
from machiya.adapters.shell.part import Listener, Part, PartStatus
from machiya.adapters.shell.probes import http_ok, smtp_banner
from machiya.adapters.shell.run_state import RunReport, read_run_state
from machiya.adapters.shell.supervisor import Supervisor, Watcher
from machiya.core.clock import Clock


class EmbeddedParts:
    """What ``up``, ``down`` and ``status`` work with.

    Args:
        root: the house's folder, absolute.
        door, private, street: where mail-api listens for the edge, its private side, and the front door.
        people: where usermgmt listens; ``people_tls``: with HTTPS.
        agent_works: whether the agent is at work.
    """

    def __init__(
        self,
        *,
        root: Path,
        door: Listener,
        private: Listener,
        street: Listener,
        people: Listener,
        people_tls: bool,
        agent_works: Callable[[], bool],
        run_folder: Path,
        log_folder: Path,
        clock: Clock,
    ) -> None:
        self._root, self._clock = root, clock
        self._door, self._private, self._street = door, private, street
        self._people, self._people_tls = people, people_tls
        self._agent_works = agent_works
        self._run_folder, self.log_folder = run_folder, log_folder

    def parts(self) -> tuple[Part, ...]:
        """In the order they are shown; they start together, and the edge waits for the house by itself."""
        private, street, people, tls = self._private, self._street, self._people, self._people_tls
        return (
            Part(
                "mail-api",
                machiya_command("--house", str(self._root), "mail-api"),
                lambda: http_ok(private.host, private.port, "/health/ready"),
                (self._door, private),
            ),
            Part(
                "front-door",
                machiya_command("--house", str(self._root), "front-door"),
                lambda: smtp_banner(street.host, street.port),
                (street,),
            ),
            Part(
                "usermgmt",
                machiya_command("--house", str(self._root), "usermgmt"),
                lambda: http_ok(people.host, people.port, "/healthz", tls=tls),
                (people,),
            ),
            Part("agent", machiya_command("--house", str(self._root), "agent"), self._agent_ready),
        )

    async def _agent_ready(self) -> bool:
        return self._agent_works()

    def supervisor(self, *, changed: Callable[[PartStatus], None], line: Callable[[str, bytes], None]) -> Supervisor:
        """Runs the parts; made inside a running event loop."""
        return Supervisor(
            self.parts(),
            run_folder=self._run_folder,
            log_folder=self.log_folder,
            clock=self._clock,
            watcher=Watcher(changed, line),
        )

    def report(self) -> RunReport:
        """What the supervisor last wrote."""
        return read_run_state(self._run_folder / "status.json")

    async def answering(self) -> dict[str, bool]:
        """Whether each part is ready, asked now."""
        return {part.name: await part.ready() for part in self.parts()}

    @property
    def up_log(self) -> Path:
        """What ``machiya up`` says in the background."""
        return self.log_folder / "up.log"

    def start_detached(self) -> Detached:
        """``machiya up`` in a session of its own; what it says goes to ``up_log``."""
        return Detached(machiya_command("--house", str(self._root), "up"), self.up_log)

    @staticmethod
    def terminate(pid: int, seconds: float) -> bool:
        """TERM and wait; whether it is gone."""
        return terminate(pid, seconds)
