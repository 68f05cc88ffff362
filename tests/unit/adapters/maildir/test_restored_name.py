"""New names for what comes back."""

from machiya.adapters.maildir.restored_name import restored_name

TOKEN = "0123456789abcdef"


def test_restored_name_keeps_sizes_that_are_right_and_the_rest() -> None:
    assert restored_name(b"1.a.machiya,S=5,W=6", 5, TOKEN) == b"1.a.machiya.r0123456789abcdef,S=5,W=6"
    assert restored_name(b"1.a.machiya,S=5,W=6", 7, TOKEN) == b"1.a.machiya.r0123456789abcdef,S=7"
    assert restored_name(b"1.a", 7, TOKEN) == b"1.a.r0123456789abcdef,S=7"


def test_restored_name_does_not_grow_each_time_and_fits_a_file_system() -> None:
    once = restored_name(b"1.a", 7, TOKEN)
    assert restored_name(once, 7, "f" * 16) == once.replace(TOKEN.encode(), b"f" * 16)
    assert len(restored_name(b"x" * 250, 7, TOKEN)) < 240


def test_restored_name_takes_any_bytes_but_no_colon() -> None:
    assert restored_name(b"1\xff:x", 7, TOKEN) == b"1\xff_x.r0123456789abcdef,S=7"
