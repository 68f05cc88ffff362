import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fakes.commands import FakeCommands
from fakes.moving_clock import MovingClock
from machiya.adapters.certificates.local_ca import LocalCa
from machiya.adapters.certificates.owner_files import OwnerFiles
from machiya.adapters.certificates.pem import read_pair
from machiya.adapters.certificates.store import CertificateFolder
from machiya.adapters.certificates.tailscale import TailscaleCertificate
from machiya.core.commands import Finished
from machiya.stacks.certificates import Certificate, CertificateUnavailable, CertificateUnusable

NAMES = ("mail.home.test",)


def write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def local_ca(folder: Path) -> LocalCa:
    return LocalCa(folder, write, MovingClock(), ("127.0.0.1",))


def handshake(certificate: Certificate, authority: bytes, name: str, folder: Path) -> str | None:
    """In memory, as a client with Python's own strict checks would."""
    (folder / "pair").write_bytes(certificate.chain + certificate.key)
    inside, outside = ssl.MemoryBIO(), ssl.MemoryBIO()
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(folder / "pair")
    client_context = ssl.create_default_context(cadata=authority.decode())
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT
    client = client_context.wrap_bio(inside, outside, server_hostname=name)
    server = server_context.wrap_bio(outside, inside, server_side=True)
    for end in (client, server, client, server):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return client.version()


@pytest.mark.parametrize("name", ["mail.home.test", "127.0.0.1"])
def test_local_ca_is_believed_by_a_strict_client(tmp_path: Path, name: str) -> None:
    clock = MovingClock(datetime.now(tz=UTC))
    certificate = LocalCa(tmp_path, write, clock, ("127.0.0.1",)).obtain(NAMES)
    assert handshake(certificate, (tmp_path / "ca.crt").read_bytes(), name, tmp_path) == "TLSv1.3"


def test_local_ca_stays_the_same_while_its_certificates_change(tmp_path: Path) -> None:
    first, authority = local_ca(tmp_path).obtain(NAMES), (tmp_path / "ca.crt").read_bytes()
    second = local_ca(tmp_path).obtain(NAMES)
    assert (tmp_path / "ca.crt").read_bytes() == authority
    assert first.fingerprint != second.fingerprint
    assert second.names == ("mail.home.test", "127.0.0.1")
    assert second.not_after - second.not_before == timedelta(days=365)


def test_local_ca_says_that_its_files_are_damaged(tmp_path: Path) -> None:
    local_ca(tmp_path).obtain(NAMES)
    (tmp_path / "ca.key").write_bytes(b"gone")
    with pytest.raises(CertificateUnusable, match="local CA"):
        local_ca(tmp_path).obtain(NAMES)


def test_owner_files_are_read_as_they_are(tmp_path: Path) -> None:
    made = local_ca(tmp_path).obtain(NAMES)
    (tmp_path / "c").write_bytes(made.chain)
    (tmp_path / "k").write_bytes(made.key)
    assert OwnerFiles(tmp_path / "c", tmp_path / "k").obtain(NAMES) == made


def test_owner_files_that_are_not_there_name_their_setting(tmp_path: Path) -> None:
    with pytest.raises(CertificateUnavailable) as failure:
        OwnerFiles(tmp_path / "c", tmp_path / "k").obtain(NAMES)
    assert "tls.certificate" in failure.value.hint


def test_read_pair_refuses_the_key_of_another_certificate(tmp_path: Path) -> None:
    first, second = local_ca(tmp_path).obtain(NAMES), local_ca(tmp_path).obtain(NAMES)
    with pytest.raises(CertificateUnusable, match="does not belong"):
        read_pair(first.chain, second.key)


@pytest.mark.parametrize(("chain", "key"), [(b"", b""), (b"no", b"pem")])
def test_read_pair_refuses_what_is_not_pem(chain: bytes, key: bytes) -> None:
    with pytest.raises(CertificateUnusable, match="cannot be read"):
        read_pair(chain, key)


def test_folder_gives_back_what_was_written(tmp_path: Path) -> None:
    folder, made = CertificateFolder(tmp_path, write), local_ca(tmp_path).obtain(NAMES)
    assert folder.read() is None
    folder.write(made)
    assert folder.read() == made


def test_folder_with_a_damaged_file_has_no_certificate(tmp_path: Path) -> None:
    (tmp_path / "server.pem").write_bytes(b"half")
    assert CertificateFolder(tmp_path, write).read() is None


def test_tailscale_is_asked_for_the_name_and_its_files_are_taken(tmp_path: Path) -> None:
    made = local_ca(tmp_path).obtain(NAMES)

    def answer(argv: Sequence[str]) -> Finished:
        assert argv[-1] == "mail.home.test"
        Path(argv[2].removeprefix("--cert-file=")).write_bytes(made.chain)
        Path(argv[3].removeprefix("--key-file=")).write_bytes(made.key)
        return Finished(0, "", "")

    assert TailscaleCertificate(FakeCommands({("tailscale", "cert"): answer})).obtain(NAMES) == made


def test_tailscale_that_refuses_is_quoted() -> None:
    with pytest.raises(CertificateUnavailable, match="not logged in"):
        TailscaleCertificate(FakeCommands({("tailscale",): Finished(1, "", "not logged in\n")})).obtain(NAMES)
