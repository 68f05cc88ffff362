"""A house begun by an earlier Machiya gets the keys that were not known then."""

from pathlib import Path

import pytest

from machiya.bootstrap import House
from machiya.bootstrap.keys import CONTAINERS, generated_keys
from machiya.settings import Secrets

DOCKER = '[house]\nengine = "docker"\n'


@pytest.fixture
def house(tmp_path: Path) -> House:
    (tmp_path / "machiya.toml").write_text(DOCKER)
    house = House(tmp_path)
    house.secrets.ensure_host_key()
    house.secrets.create({"edge_signing_key": "k" * 40, "redis_password": "kept"})
    return house


def test_complete_keys_makes_what_is_missing_and_keeps_what_is_there(house: House) -> None:
    made = house.complete_keys()
    assert set(made) == set(generated_keys(in_containers=True)) - {"edge_signing_key", "redis_password"}
    assert house.settings.secrets.redis_password.get_secret_value() == "kept"
    assert len(house.settings.secrets.roundcube_des_key.get_secret_value()) >= 32
    assert house.complete_keys() == ()


def test_complete_keys_does_not_touch_secrets_that_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "machiya.toml").write_text(DOCKER)
    house = House(tmp_path)
    house.complete_keys()
    assert not house.secrets.exists


def test_every_generated_key_is_a_secret() -> None:
    assert set(generated_keys(in_containers=True)) <= set(Secrets.model_fields)
    assert not set(CONTAINERS) & set(generated_keys(in_containers=False))
