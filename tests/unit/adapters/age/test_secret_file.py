from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest

from machiya.adapters.age.keys import AgeKey, SecretsLocked
from machiya.adapters.age.secret_file import SecretFile
from machiya.core.errors import InvalidInput, NotFound

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


class Frozen:
    def now(self) -> datetime:
        return NOW


def write(path: Path, data: bytes, mode: int = 0o600) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    path.chmod(mode)


@pytest.fixture
def file(tmp_path: Path) -> SecretFile:
    return SecretFile(tmp_path, write, Frozen())


def created(file: SecretFile, **values: str) -> AgeKey:
    file.ensure_host_key()
    return file.create(values)


def open_with(private: str, path: Path) -> bytes:
    return bytes(pyrage.decrypt(path.read_bytes(), [pyrage.x25519.Identity.from_str(private)]))


def test_create_seals_for_the_host_and_the_recovery_key_alone(file: SecretFile, tmp_path: Path) -> None:
    recovery = created(file, a="1")
    host = (tmp_path / "host.key").read_text(encoding="ascii").strip()
    assert open_with(recovery.private, file.path) == open_with(host, file.path) == b'a = "1"\n'
    with pytest.raises(pyrage.DecryptError):
        open_with(AgeKey.generate().private, file.path)


def test_create_stores_the_private_recovery_key_nowhere(file: SecretFile, tmp_path: Path) -> None:
    recovery = created(file, a="1")
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert recovery.private.encode() not in stored
    assert recovery.public.encode() in stored


def test_ensure_host_key_makes_it_once_for_its_owner_only(file: SecretFile) -> None:
    assert (file.ensure_host_key(), file.ensure_host_key()) == (True, False)
    assert file.host_key_path.stat().st_mode & 0o777 == 0o400


def test_ensure_host_key_makes_none_for_secrets_it_could_not_open(file: SecretFile) -> None:
    created(file)
    file.host_key_path.unlink()
    with pytest.raises(SecretsLocked) as caught:
        file.ensure_host_key()
    assert "machiya secret recover" in caught.value.hint
    assert not file.host_key_path.exists()


def test_change_sets_and_takes_away_and_keeps_the_rest(file: SecretFile) -> None:
    recovery = created(file, a="1", b="2")
    file.change({"b": "", "c": "3"})
    assert file.read() == {"a": "1", "c": "3"}
    assert open_with(recovery.private, file.path) == b'a = "1"\nc = "3"\n'


def test_ensure_keys_fills_only_what_is_missing(file: SecretFile) -> None:
    created(file, edge_signing_key="mine")
    assert file.ensure_keys(("edge_signing_key", "edge_recipient_key")) == ("edge_recipient_key",)
    assert file.ensure_keys(("edge_signing_key", "edge_recipient_key")) == ()
    assert file.read()["edge_signing_key"] == "mine"
    assert len(file.read()["edge_recipient_key"]) == 43


def test_new_key_is_32_random_bytes_as_base64url() -> None:
    keys = {SecretFile.new_key() for _ in range(20)}
    assert len(keys) == 20
    assert all(len(key) == 43 and key.replace("-", "a").replace("_", "a").isalnum() for key in keys)


def test_recovery_is_known_and_unconfirmed_until_it_is_confirmed(file: SecretFile) -> None:
    key = created(file)
    assert file.recovery().public == key.public
    assert file.recovery().created_at == "2026-11-23T10:00:00.000Z"
    assert file.recovery().confirmed is False
    assert file.confirm_recovery().confirmed is True
    assert file.recovery().confirmed_at == "2026-11-23T10:00:00.000Z"


def test_new_recovery_key_shuts_the_old_one_out_and_needs_a_new_confirmation(file: SecretFile) -> None:
    old = created(file, a="1")
    file.confirm_recovery()
    new = file.new_recovery_key()
    assert open_with(new.private, file.path) == b'a = "1"\n'
    with pytest.raises(pyrage.DecryptError):
        open_with(old.private, file.path)
    assert file.recovery().confirmed is False
    assert file.read() == {"a": "1"}


def test_recover_opens_with_the_recovery_key_and_makes_a_new_host_key(file: SecretFile) -> None:
    recovery = created(file, a="1")
    file.host_key_path.unlink()
    file.recover(f"{recovery.private}\n")
    assert file.read() == {"a": "1"}
    assert open_with(recovery.private, file.path) == b'a = "1"\n'
    assert file.recovery().confirmed is True


def test_recover_refuses_another_key_and_changes_nothing(file: SecretFile) -> None:
    created(file, a="1")
    before = {path: path.read_bytes() for path in file.path.parent.iterdir()}
    with pytest.raises(SecretsLocked):
        file.recover(AgeKey.generate().private)
    assert {path: path.read_bytes() for path in file.path.parent.iterdir()} == before


def test_require_recovery_key_knows_the_right_one(file: SecretFile) -> None:
    key = created(file)
    file.require_recovery_key(key.private)
    with pytest.raises(InvalidInput, match="not the recovery key"):
        file.require_recovery_key(AgeKey.generate().private)


def test_read_without_a_file_says_how_to_complete_the_house(file: SecretFile) -> None:
    with pytest.raises(NotFound, match=r"secrets\.age is missing") as caught:
        file.read()
    assert "machiya init" in caught.value.hint


@pytest.mark.parametrize("content", [b"\xff", b"not toml", b'created_at = "x"\n'])
def test_recovery_that_is_damaged_says_how_to_make_a_new_one(file: SecretFile, content: bytes) -> None:
    created(file, a="1")
    file.recovery_path.write_bytes(content)
    with pytest.raises(NotFound, match=r"recovery\.toml is damaged") as caught:
        file.recovery()
    assert "--new-key" in caught.value.hint
    file.new_recovery_key()
    assert file.recovery().confirmed is False
