from pathlib import Path

import pytest

from machiya.bootstrap import House
from machiya.bootstrap.boot import lost_at_restart, put_secrets_into_memory, systemd_unit
from machiya.core.errors import Refused


def house(folder: Path, engine: str = "docker") -> House:
    (folder / "machiya.toml").write_text(f'[house]\nengine = "{engine}"\n')
    return House(folder)


def test_systemd_unit_prepares_this_house_before_docker_starts(tmp_path: Path) -> None:
    unit = systemd_unit(house(tmp_path))
    assert "\nBefore=docker.service\n" in unit
    assert f"-m machiya --house {tmp_path} boot prepare\n" in unit


def test_systemd_unit_names_a_folder_with_blanks_as_one_word(tmp_path: Path) -> None:
    folder = tmp_path / 'my 100% "house'
    folder.mkdir()
    unit = systemd_unit(house(folder))
    assert f'--house "{tmp_path}/my 100%% \\"house" boot prepare\n' in unit
    assert f'RequiresMountsFor="{tmp_path}/my 100%% \\"house" /run\n' in unit


def test_an_embedded_house_needs_none_of_it(tmp_path: Path) -> None:
    embedded = house(tmp_path, "embedded")
    for ask in (systemd_unit, put_secrets_into_memory):
        with pytest.raises(Refused, match="does not run in containers"):
            ask(embedded)


def test_lost_at_restart_until_the_unit_of_this_house_is_there(tmp_path: Path) -> None:
    ours, system = house(tmp_path), tmp_path / "system"
    assert not lost_at_restart(ours, system)
    (system / "run/systemd/system").mkdir(parents=True)
    (system / "etc/systemd/system").mkdir(parents=True)
    assert lost_at_restart(ours, system)
    (system / "etc/systemd/system/machiya-secrets.service").write_text(systemd_unit(ours))
    assert not lost_at_restart(ours, system)
    assert not lost_at_restart(house(tmp_path, "embedded"), system)
