"""Sums what the lanes of a CI run really executed and prints the closing line.

Usage: tally.py REPORTS LANE… – each lane left LANE.xml (pytest's JUnit report) or LANE.log (node's test runner) there.
Exit code 1 if a test failed or was skipped, or a lane executed none.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

NODE_LINE = re.compile(r"^(?:#|ℹ) (pass|fail|cancelled|skipped|todo) (\d+)$", re.MULTILINE)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Count:
    """Tests by verdict."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Count") -> "Count":
        """Both together."""
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        """As in the closing line of a run."""
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"

    @property
    def flaw(self) -> str:
        """Why this proves nothing; empty if it does."""
        if not self.passed + self.failed:
            return "no test was executed"
        return "tests failed" if self.failed else "tests were skipped" if self.skipped else ""


def junit(text: str) -> Count:
    """What a JUnit report of pytest counts."""
    count = Count()
    for suite in ET.fromstring(text).iter("testsuite"):  # noqa: S314 – our own report, written a moment ago
        tests, failed, errors, skipped = (int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped"))
        count += Count(tests - failed - errors - skipped, failed + errors, skipped)
    return count


def node(text: str) -> Count:
    """What the closing lines of node's test runner count; several runs in one log are added."""
    found = {"pass": 0, "fail": 0, "cancelled": 0, "skipped": 0, "todo": 0}
    for verdict, number in NODE_LINE.findall(COLOUR.sub("", text)):
        found[verdict] += int(number)
    return Count(found["pass"], found["fail"] + found["cancelled"], found["skipped"] + found["todo"])


def lane_count(reports: Path, lane: str) -> Count:
    """What one lane executed; nothing if it left no report."""
    if (report := reports / f"{lane}.xml").exists():
        return junit(report.read_text(encoding="utf-8"))
    if (report := reports / f"{lane}.log").exists():
        return node(report.read_text(encoding="utf-8"))
    return Count()


def main(reports: Path, lanes: list[str]) -> int:
    """Print a line for each lane and the sum last; the exit code."""
    counts = {lane: lane_count(reports, lane) for lane in lanes}
    for lane, count in counts.items():
        print(f"  {lane:<10} {count}{'  <-- ' if count.flaw else ''}{count.flaw}")
    print(sum(counts.values(), Count()))
    return 1 if any(count.flaw for count in counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
