"""The closing line of CI: what ran is counted, and nothing that proves nothing passes."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]
JUNIT = '<testsuites><testsuite tests="{}" failures="{}" errors="{}" skipped="{}"/></testsuites>'
NODE = "\x1b[34mℹ tests 5\x1b[39m\n\x1b[34mℹ pass 4\x1b[39m\nℹ fail 0\nℹ cancelled 1\nℹ skipped 0\nℹ todo 0\n"


@pytest.fixture(scope="module")
def tally() -> ModuleType:
    found = importlib.util.spec_from_file_location("tally", ROOT / "tools/tally.py")
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_junit_counts_errors_as_failures_and_takes_skips_from_the_passed(tally: ModuleType) -> None:
    assert tally.junit(JUNIT.format(10, 1, 2, 3)) == tally.Count(4, 3, 3)


def test_node_reads_both_reporters_and_adds_runs(tally: ModuleType) -> None:
    assert tally.node(NODE + "# pass 2\n# fail 1\n# todo 1\n# skipped 1\n") == tally.Count(6, 2, 2)


def test_main_prints_the_closing_line_last(
    tally: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "unit.xml").write_text(JUNIT.format(10, 0, 0, 0))
    (tmp_path / "edge.log").write_text("# pass 2\n# fail 0\n")
    assert tally.main(tmp_path, ["unit", "edge"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "12 passed, 0 failed, 0 skipped"


@pytest.mark.parametrize("report", [JUNIT.format(0, 0, 0, 0), JUNIT.format(2, 0, 0, 1), JUNIT.format(2, 1, 0, 0), None])
def test_main_fails_when_a_lane_ran_nothing_skipped_failed_or_left_no_report(
    tally: ModuleType, tmp_path: Path, report: str | None
) -> None:
    (tmp_path / "unit.xml").write_text(JUNIT.format(10, 0, 0, 0))
    if report:
        (tmp_path / "mariadb.xml").write_text(report)
    assert tally.main(tmp_path, ["unit", "mariadb"]) == 1
