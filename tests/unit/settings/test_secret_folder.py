from pathlib import Path

import pytest

from machiya.core.errors import ConfigurationError
from machiya.settings import load

KEY = "k" * 43


def in_folder(house: Path, folder: Path) -> str:
    return load(house, {"MACHIYA_SECRETS_FOLDER": str(folder)}).secrets.edge_signing_key.get_secret_value()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "secrets"
    made.mkdir()
    (made / "edge_signing_key").write_text(f"{KEY}\n", encoding="utf-8")
    return made


def test_load_takes_secrets_from_the_folder_and_leaves_secrets_age_alone(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "secrets.age").write_text("no container can open this")
    (folder / ".hidden").write_text("x")
    (folder / "folder").mkdir()
    assert in_folder(tmp_path, folder) == KEY


def test_load_names_a_file_that_is_no_secret_without_what_is_in_it(tmp_path: Path, folder: Path) -> None:
    (folder / "edge_signing_kex").write_text("hunter2")
    with pytest.raises(ConfigurationError) as refused:
        in_folder(tmp_path, folder)
    (mistake,) = refused.value.mistakes
    assert mistake.startswith("secrets.edge_signing_kex: there is no such secret; did you mean edge_signing_key")
    assert "hunter2" not in mistake


def test_load_tells_that_the_folder_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        in_folder(tmp_path, tmp_path / "none")
    (mistake,) = refused.value.mistakes
    assert mistake == f"MACHIYA_SECRETS_FOLDER: {tmp_path / 'none'} cannot be read: No such file or directory"


def test_load_refuses_a_secret_that_is_not_text(tmp_path: Path, folder: Path) -> None:
    (folder / "edge_signing_key").write_bytes(b"\xff")
    with pytest.raises(ConfigurationError) as refused:
        in_folder(tmp_path, folder)
    assert refused.value.mistakes == (f"MACHIYA_SECRETS_FOLDER: a file in {folder} is not UTF-8 text",)
