"""The header of a member of a pack: as ``tarfile`` writes it, from a template, for there are half a million."""

import tarfile

MODE = 0o444
_NAME, _SIZE, _CHECKSUM = slice(0, 64), slice(124, 136), slice(148, 156)
_LARGEST = 8**11 - 1


def header_of(sha256: str, size: int) -> bytes:
    """One block, or more where the size needs base 256."""
    if size > _LARGEST:
        return by_tarfile(sha256, size)
    name, octal = sha256.encode("ascii"), b"%011o\0" % size
    block = bytearray(_TEMPLATE)
    block[_NAME], block[_SIZE] = name, octal
    block[_CHECKSUM] = b"%06o\0 " % (_REST + sum(name) + sum(octal))
    return bytes(block)


def by_tarfile(sha256: str, size: int) -> bytes:
    """The standard library's."""
    member = tarfile.TarInfo(sha256)
    member.size, member.mode, member.mtime = size, MODE, 0
    return member.tobuf(tarfile.GNU_FORMAT)


_TEMPLATE = by_tarfile("0" * 64, 0)
# Of all other bytes, the checksum's own counted as blanks.
_REST = sum(_TEMPLATE) - sum(_TEMPLATE[_NAME]) - sum(_TEMPLATE[_SIZE]) - sum(_TEMPLATE[_CHECKSUM]) + 8 * ord(" ")
