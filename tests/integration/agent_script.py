"""An agent whose jobs wait for a file, so that a test decides when they go on: ``HOUSE FOLDER``."""

import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Event

from machiya.bootstrap import open_house
from machiya.bootstrap.jobs import Jobs
from machiya.core.errors import Unavailable
from machiya.core.progress import Progress
from machiya.entrypoints.agent.run import run
from machiya.entrypoints.logging import configure_logging
from machiya.jobs.model import JobKind
from machiya.jobs.running import Work


def waiting_for(folder: Path, kind: JobKind) -> Work:
    """Says that it began, goes on when FOLDER/KIND.go is there, fails where that says so."""
    go, step = folder / f"{kind}.go", Event()

    def work(_: Mapping[str, str], progress: Progress) -> str:
        progress.line(f"{kind} has begun")
        turns = 0
        while not go.exists():
            turns += 1
            progress.step("waiting", turns, 0, unit="files")
            step.wait(0.02)
        if go.read_text():
            raise Unavailable(go.read_text())
        return f"{kind} is done"

    return work


def main() -> None:
    """As ``machiya agent``."""
    configure_logging()
    house = open_house(Path(sys.argv[1]))
    kinds = (JobKind.BACKUP_DAILY, JobKind.BACKUP_WEEKLY, JobKind.AUDIT_VERIFY)
    house.__dict__["jobs"] = Jobs(house, {kind: waiting_for(Path(sys.argv[2]), kind) for kind in kinds})
    run(house)


if __name__ == "__main__":
    main()
