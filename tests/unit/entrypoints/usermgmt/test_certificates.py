"""The certificate in use, exchanged while connections go on."""

from pathlib import Path

import pytest

from fakes.certificates import TestAuthority
from machiya.entrypoints.usermgmt.certificates import Contexts
from machiya.settings import Settings
from machiya.stacks.certificates import CertificateUnusable


def contexts(root: Path) -> Contexts:
    return Contexts(Settings.model_validate({"root": root, "usermgmt": {"certificate": "server.pem"}}))


def write(root: Path) -> None:
    certificate, key = TestAuthority().issue("machiya.home.test")
    new = root / "new"
    new.write_bytes(certificate + key)
    new.replace(root / "server.pem")


def test_now_reads_once_and_again_after_an_exchange(tmp_path: Path) -> None:
    write(tmp_path)
    found = contexts(tmp_path)
    first = found.now()
    assert found.now() is first
    write(tmp_path)
    assert found.now() is not first


def test_now_goes_on_with_the_one_before_while_the_files_do_not_fit(tmp_path: Path) -> None:
    write(tmp_path)
    found = contexts(tmp_path)
    first = found.now()
    (tmp_path / "server.pem").write_text("half")
    assert found.now() is first
    (tmp_path / "server.pem").unlink()
    assert found.now() is first


@pytest.mark.parametrize("content", ["", "no certificate"])
def test_now_says_what_to_do_where_there_is_none(tmp_path: Path, content: str) -> None:
    if content:
        (tmp_path / "server.pem").write_text(content)
    with pytest.raises(CertificateUnusable) as refused:
        contexts(tmp_path).now()
    assert "machiya tls renew" in refused.value.hint
