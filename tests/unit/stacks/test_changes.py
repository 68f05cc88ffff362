import pytest

from machiya.stacks.changes import differences, digest, effective, plan_of
from machiya.stacks.render import RenderedFile

NEW = (RenderedFile("compose.yaml", b"new"),)
OURS = {"compose.yaml": digest(b"old")}


def test_differences_of_an_empty_folder_are_new_files() -> None:
    (one,) = differences(NEW, {}, {})
    assert (one.before, one.edited) == (None, False)
    assert [str(change.action) for change in plan_of((one,), 0, force=False).changes] == ["create"]


def test_differences_are_none_where_nothing_changed() -> None:
    assert differences(NEW, {"compose.yaml": b"new"}, OURS) == ()


def test_differences_tell_our_file_from_a_persons_edit() -> None:
    (ours,) = differences(NEW, {"compose.yaml": b"old"}, OURS)
    (edited,) = differences(NEW, {"compose.yaml": b"mine"}, OURS)
    assert (ours.edited, edited.edited) == (False, True)
    assert plan_of((edited,), 1, force=False).empty
    assert not plan_of((edited,), 1, force=True).empty


@pytest.mark.parametrize(("content", "edited"), [(b"old", False), (b"mine", True)])
def test_differences_remove_what_no_service_has_any_more(content: bytes, *, edited: bool) -> None:
    (one,) = differences((), {"compose.yaml": content}, OURS)
    assert one.after is None
    assert one.edited is edited


def test_differences_leave_strangers_files_alone() -> None:
    assert differences(NEW, {"compose.yaml": b"new", "notes.txt": b"mine"}, OURS) == ()


def test_effective_keeps_the_edit_unless_forced() -> None:
    found = differences(NEW, {"compose.yaml": b"mine"}, OURS)
    assert effective(NEW, found, force=False)[0].content == b"mine"
    assert effective(NEW, found, force=True)[0].content == b"new"
