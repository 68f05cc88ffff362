"""Where the vault is, the settings say, and nothing of the environment."""

from pathlib import Path

import pytest

from machiya.adapters.vault_s3.client import Bucket, make_client

BUCKET = Bucket("bucket", "ap-northeast-1", "id", "secret")


@pytest.mark.parametrize(
    "name",
    ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE"],
)
def test_the_environment_changes_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text("[default]\nendpoint_url = http://elsewhere.test\ns3 =\n    use_dualstack_endpoint = true\n")
    monkeypatch.setenv(name, str(config) if name.endswith("FILE") else "http://elsewhere.test")
    client = make_client(BUCKET)
    assert client.meta.endpoint_url == "https://s3.ap-northeast-1.amazonaws.com"
    signed = client.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "key"})
    assert signed.startswith("https://bucket.s3.ap-northeast-1.amazonaws.com/key?")
    assert "Credential=id%2F" in signed or "AWSAccessKeyId=id" in signed


def test_an_endpoint_of_the_settings_is_taken() -> None:
    client = make_client(Bucket("bucket", "x", "id", "secret", endpoint="https://store.test"))
    assert client.meta.endpoint_url == "https://store.test"
