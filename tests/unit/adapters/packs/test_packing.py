"""Packs that any tar opens, of any size, the same bytes for the same contents."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest
import zstandard

from machiya.adapters.packs.packing import FilePacking
from machiya.backup.vault.errors import ContentDamaged, SnapshotChanged
from machiya.backup.vault.model import Member, Spooled

CONTENTS = (b"", b"one", b"x" * 512, b"y" * 513, bytes(range(256)) * 5000)


def packed(packing: FilePacking, contents: tuple[bytes, ...]) -> tuple[Spooled, list[Member]]:
    pack = packing.pack()
    for content in contents:
        pack.add(hashlib.sha256(content).hexdigest(), len(content), io.BytesIO(content))
    spooled, members = pack.finish()
    return spooled, list(members)


def test_tar_reads_a_pack_and_the_offsets_are_right(tmp_path: Path) -> None:
    spooled, members = packed(FilePacking(tmp_path), CONTENTS)
    data = spooled.path.read_bytes()
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (spooled.sha256, spooled.size_bytes)
    plain = zstandard.ZstdDecompressor().decompressobj().decompress(data)
    assert [plain[one.offset : one.offset + one.size] for one in members] == list(CONTENTS)
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        found = {name.name: archive.extractfile(name) for name in archive.getmembers()}
    assert {name: file.read() for name, file in found.items() if file} == {
        hashlib.sha256(content).hexdigest(): content for content in CONTENTS
    }


def test_the_same_contents_give_the_same_bytes(tmp_path: Path) -> None:
    packing = FilePacking(tmp_path)
    assert packed(packing, CONTENTS)[0].sha256 == packed(packing, CONTENTS)[0].sha256


@pytest.mark.parametrize("given", [b"Other", b"other!", b"othe"])
def test_a_content_that_is_not_as_announced_is_refused(tmp_path: Path, given: bytes) -> None:
    pack = FilePacking(tmp_path).pack()
    with pytest.raises(SnapshotChanged):
        pack.add(hashlib.sha256(b"other").hexdigest(), 5, io.BytesIO(given))
    pack.discard()
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_decompressed_is_damage(tmp_path: Path) -> None:
    spooled, _ = packed(FilePacking(tmp_path), CONTENTS)
    data = spooled.path.read_bytes()
    spooled.path.write_bytes(data[:20] + b"????" + data[24:])
    with pytest.raises(ContentDamaged), FilePacking(tmp_path).open(spooled.path, sealed=False) as stream:
        stream.read()


def test_what_killed_runs_left_is_cleaned(tmp_path: Path) -> None:
    packing = FilePacking(tmp_path)
    packed(packing, CONTENTS)
    (tmp_path / "somebody's").write_bytes(b"")
    packing.clean()
    assert [path.name for path in tmp_path.iterdir()] == ["somebody's"]
