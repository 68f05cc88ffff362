from machiya.stacks.images import BuildContext, build_context


def test_tag_follows_every_byte_and_name() -> None:
    one = BuildContext("dovecot", {"Dockerfile": b"FROM x\n"})
    assert one.tag == BuildContext("dovecot", {"Dockerfile": b"FROM x\n"}).tag
    assert one.tag != BuildContext("dovecot", {"Dockerfile": b"FROM y\n"}).tag
    assert one.tag != BuildContext("dovecot", {"Dockerfile2": b"FROM x\n"}).tag
    assert one.tag.startswith("machiya/dovecot:")


def test_build_context_leaves_out_what_is_no_part_of_the_image() -> None:
    assert not {"__init__.py", "service.py"} & set(build_context(".", {"a": b"1"}).files)
