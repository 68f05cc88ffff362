"""The scripts a person meets first: what they say when the machine is not ready, and that a skip fails a run."""

import os
import subprocess  # noqa: TID251 – these are programs; a test can only start them
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def run(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.environ["PATH"]  # noqa: TID251 – the programs under test need one
    given = {"PATH": path, **environment}
    return subprocess.run(argv, env=given, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)  # noqa: S603 – our own scripts


def python_that(folder: Path, *, version: str, has_pip: bool) -> str:
    """A stand-in that answers the three questions of find-python."""
    program = folder / "python3"
    program.write_text(
        "#!/bin/sh\n"
        'case "$2" in\n'
        f"    *'%d.%d'*) echo {version} ;;\n"
        f"    *'(3, 11)'*) [ {version} != 3.9 ] ;;\n"
        f"    *ensurepip*) exit {0 if has_pip else 1} ;;\n"
        "esac\n"
    )
    program.chmod(0o755)
    return str(program)


def test_find_python_prints_the_first_that_can_do_it(tmp_path: Path) -> None:
    good = python_that(tmp_path, version="3.12", has_pip=True)
    found = run("tools/find-python", PYTHON=f"no-such-python {good}")
    assert (found.returncode, found.stdout) == (0, f"{good}\n")


def test_find_python_names_what_is_too_old_and_what_to_install(tmp_path: Path) -> None:
    old = python_that(tmp_path, version="3.9", has_pip=True)
    found = run("tools/find-python", PYTHON=old)
    assert found.returncode == 1
    assert f"Python 3.11 or newer; found: {old} (3.9)" in found.stderr
    assert "apt-get install python3 python3-venv" in found.stderr


def test_find_python_names_the_package_that_brings_ensurepip(tmp_path: Path) -> None:
    found = run("tools/find-python", PYTHON=python_that(tmp_path, version="3.11", has_pip=False))
    assert found.returncode == 1
    assert "apt-get install python3.11-venv" in found.stderr


def test_make_alone_lists_its_targets() -> None:
    listed = run("make")
    assert listed.returncode == 0
    for target in ("up", "test", "check", "bench", "clean"):
        assert f"make {target} " in listed.stdout


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("def test_it(): pass", 0),
        ("import pytest\ndef test_it(): pass\n@pytest.mark.skip(reason='later')\ndef test_no(): pass", 1),
        ("import pytest\ndef test_it(): pass\n@pytest.mark.xfail(reason='broken')\ndef test_no(): assert 0", 1),
        ("import pytest\npytest.importorskip('no_such_module')", 1),
    ],
    ids=["passes", "skip", "xfail", "importorskip"],
)
def test_fail_on_skip_fails_a_run_with_a_test_that_did_not_run(tmp_path: Path, body: str, code: int) -> None:
    (tmp_path / "test_it.py").write_text(body)
    flags = ["-p", "no_skips", "--fail-on-skip", "-p", "no:cacheprovider", "-q", f"--rootdir={tmp_path}"]
    ran = run(
        sys.executable, "-m", "pytest", *flags, "-c", os.devnull, str(tmp_path),
        PYTHONPATH=str(ROOT / "tests"), PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
    )  # fmt: skip
    assert ran.returncode == code, ran.stdout
    assert ("skips are failures here" in ran.stdout) == bool(code)
