"""A house that stands, copied for each test; no environment, no terminal, nothing logged."""

import contextlib
import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
import typer

from machiya.entrypoints.cli.main import main
from machiya.settings.sources import KNOWN_VARIABLES


@dataclass(frozen=True)
class Outcome:
    """What a command line left: its exit code and both streams."""

    code: int
    out: str
    err: str


Machiya = Callable[..., Outcome]


@pytest.fixture(scope="session", autouse=True)
def _quick_hashing() -> Iterator[None]:
    """The same scheme, so cheap that it is not what these tests wait for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("machiya.adapters.passwords.argon2id.MEMORY_KIB", 8)
        patch.setattr("machiya.adapters.passwords.argon2id.TIME_COST", 1)
        yield


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("MACHIYA_HOUSE", "COLUMNS", "FORCE_COLOR", *KNOWN_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    structlog.configure(processors=[_silent])
    yield
    structlog.reset_defaults()


def _silent(_logger: object, _method: str, _event: object) -> str:
    raise structlog.DropEvent


@pytest.fixture
def machiya(capsys: pytest.CaptureFixture[str]) -> Machiya:
    def run(*arguments: str | Path) -> Outcome:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        streams = capsys.readouterr()
        return Outcome(code, streams.out, streams.err)

    return run


@pytest.fixture(scope="session")
def _model_house(_quick_hashing: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("model") / "house"
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        assert main(["--house", str(root), "init", "--sample"]) == 0
    return root


@pytest.fixture
def house(_model_house: Path, tmp_path: Path) -> Path:
    """``./house`` with home.test, you@home.test and hello@home.test."""
    return Path(shutil.copytree(_model_house, tmp_path / "house"))


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put a person at the terminal who types these lines."""

    def prepare(*lines: str) -> None:
        waiting = list(lines)

        def answer(_text: str, *, default: object = None, **_options: object) -> object:
            line = waiting.pop(0)
            return line or default or ""

        def confirm(text: str, *, abort: bool = False, **_options: object) -> bool:
            agreed = answer(text) == "y"
            if abort and not agreed:
                raise typer.Abort
            return agreed

        monkeypatch.setattr("machiya.entrypoints.cli.ask.somebody_is_there", lambda: True)
        monkeypatch.setattr("typer.prompt", answer)
        monkeypatch.setattr("typer.confirm", confirm)

    return prepare
