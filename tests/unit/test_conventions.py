"""What docs and conventions promise of the code as a whole."""

import ast
import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import machiya
from machiya.core.errors import MachiyaError

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "machiya"
UNIT = ROOT / "tests" / "unit"
MODULES = sorted(SOURCE.rglob("*.py"))
VAGUE = re.compile(r"(^|_)(manager|helpers?|utils?|common|misc)($|_)", re.IGNORECASE)
LINES = 300
FUNCTION_LINES = 12
MOSTLY = 0.8
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def name_of(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@cache
def trees() -> list[tuple[Path, ast.Module]]:
    """Each module, read once."""
    return [(path, ast.parse(path.read_text("utf-8"))) for path in MODULES]


@cache
def definitions() -> list[tuple[Path, Definition]]:
    """Functions and classes; what is inside an expression holds none."""
    return [(path, found) for path, tree in trees() for found in inside(tree)]


def inside(node: ast.AST) -> Iterator[Definition]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Definition):
            yield child
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            yield from inside(child)


def errors(kind: type[MachiyaError] = MachiyaError) -> Iterator[type[MachiyaError]]:
    for child in kind.__subclasses__():
        yield child
        yield from errors(child)


@pytest.fixture(scope="module")
def everything_imported() -> None:
    for module in pkgutil.walk_packages(machiya.__path__, "machiya."):
        if not module.name.endswith(("__main__", ".env")) and ".versions." not in module.name:
            importlib.import_module(module.name)


def test_modules_stay_short() -> None:
    long = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: lines for name, lines in long.items() if lines > LINES} == {}


def test_functions_are_mostly_short() -> None:
    sizes = [
        len({line for inner in node.body for line in range(inner.lineno, (inner.end_lineno or 0) + 1)})
        for _, node in definitions()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert sum(size <= FUNCTION_LINES for size in sizes) / len(sizes) > MOSTLY


def test_modules_say_their_one_job() -> None:
    assert [name_of(path) for path, tree in trees() if not ast.get_docstring(tree)] == []


def test_names_say_what_a_thing_is() -> None:
    vague = [name_of(path) for path in MODULES if VAGUE.search(path.stem)]
    vague += [
        f"{name_of(path)}: {node.name}"
        for path, node in definitions()
        if isinstance(node, ast.ClassDef) and re.search(r"Manager|Helper|Utils?$", node.name)
    ]
    assert vague == []


def test_every_silenced_rule_has_a_reason() -> None:
    silenced = re.compile(r"#\s*noqa(?P<rest>.*)$", re.MULTILINE)
    bare = [
        f"{path.relative_to(ROOT)}:{found['rest']}"
        for path in [*MODULES, *(ROOT / "tests").rglob("*.py")]
        if path != Path(__file__)
        for found in silenced.finditer(path.read_text("utf-8"))
        if not re.fullmatch(r": [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)* +[–-] .{3,}", found["rest"])
    ]
    assert bare == []


def test_unit_tests_mirror_the_source() -> None:
    packages = [folder for folder in UNIT.rglob("*") if folder.is_dir() and folder.name != "__pycache__"]
    inside = [folder.relative_to(UNIT) for folder in packages if any(folder.glob("test_*.py"))]
    beside = {Path("docs"), Path("tools"), Path("bench")}  # what they test is no part of the package
    assert [str(folder) for folder in inside if folder not in beside and not (SOURCE / folder).is_dir()] == []


def test_mail_core_and_door_tests_are_named_after_a_module() -> None:
    own = [*UNIT.glob("core/test_*.py"), *UNIT.glob("mail/test_*.py"), *UNIT.glob("entrypoints/mail_api/test_*.py")]
    strays = [test for test in own if not (SOURCE / test.relative_to(UNIT)).with_name(test.name[5:]).exists()]
    assert [test.name for test in strays] == ["test_ingest_machine.py"]  # a second page on ingest


@pytest.mark.usefixtures("everything_imported")
def test_error_codes_mean_one_thing() -> None:
    owners = Counter(kind.code for kind in {*errors()} if "code" in vars(kind))
    assert {code for code, count in owners.items() if count > 1} == set()


@pytest.mark.usefixtures("everything_imported")
def test_errors_are_documented_where_they_stand() -> None:
    assert [kind.__name__ for kind in errors() if not kind.__doc__] == []
