import hashlib

import pytest

from machiya.adapters.packs.header import by_tarfile, header_of


@pytest.mark.parametrize("size", [0, 1, 511, 512, 5400, 2**31, 8**11 - 1, 8**11, 2**40])
def test_header_is_the_one_that_tarfile_writes(size: int) -> None:
    for number in range(20):
        digest = hashlib.sha256(bytes([number])).hexdigest()
        assert header_of(digest, size) == by_tarfile(digest, size)
