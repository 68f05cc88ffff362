from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from machiya.backup.manifest import Line
from machiya.backup.model import Entry, EntryType
from machiya.backup.order import Earlier, folder_key, key_in, key_of, message_key_of, side_by_side

NAMES = st.binary(min_size=1, max_size=4).filter(lambda name: b"/" not in name and b"\0" not in name)
Tree = dict[bytes, Any]
TREES: st.SearchStrategy[Tree] = st.recursive(
    st.just({}), lambda below: st.dictionaries(NAMES, st.none() | below, max_size=5), max_leaves=30
)


def entry(path: bytes, kind: EntryType = EntryType.FILE, size: int = 0) -> Entry:
    return Entry(path, kind, 0o600, 0, 0, 0, size)


def walked(tree: Tree, path: bytes = b"") -> list[Entry]:
    """As the format says: a directory before what it holds, first what is no directory, by the bytes of the names."""
    start = path + b"/" if path else b""
    found = [entry(start + name) for name in sorted(name for name in tree if tree[name] is None)]
    for name in sorted(name for name in tree if tree[name] is not None):
        below = tree[name]
        assert isinstance(below, dict)
        found += [entry(start + name, EntryType.DIRECTORY), *walked(below, start + name)]
    return found


@given(TREES)
def test_keys_rise_in_the_order_of_the_walk(tree: Tree) -> None:
    keys = [key_of(one) for one in walked(tree)]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


@given(TREES, TREES)
def test_side_by_side_pairs_equal_keys_and_loses_nothing(one: Tree, other: Tree) -> None:
    left, right = walked(one), walked(other)
    sides = side_by_side(left, right, key_of, key_of)
    pairs = list(sides)
    assert [pair[0] for pair in pairs if pair[0] is not None] == left
    assert [pair[1] for pair in pairs if pair[1] is not None] == right
    both = {key_of(found) for found in left} & {key_of(found) for found in right}
    assert {key_of(pair[0]) for pair in pairs if pair[0] is not None and pair[1] is not None} == both


@given(TREES, TREES)
def test_earlier_finds_what_was_there_and_nothing_else(one: Tree, other: Tree) -> None:
    before = {key_of(found): found for found in walked(one)}
    earlier = Earlier(map(Line, before.values()))
    for wanted in walked(other):
        found = earlier.at(message_key_of(wanted))
        assert (found and found.entry) == before.get(key_of(wanted))


def test_earlier_finds_a_message_whose_flags_changed() -> None:
    folder = b"mail/you/Maildir/cur"
    before = [entry(folder, EntryType.DIRECTORY), entry(folder + b"/1.a:2,"), entry(folder + b"/2.b:2,RS")]
    earlier = Earlier(map(Line, before))
    found = [earlier.at(key_in(folder_key(folder), name)) for name in (b"1.a", b"1.b", b"2.b")]
    assert [one and one.entry.path for one in found] == [folder + b"/1.a:2,", None, folder + b"/2.b:2,RS"]


def test_names_with_flags_outside_of_a_mail_folder_are_names() -> None:
    assert message_key_of(entry(b"site/1.a:2,S")) != message_key_of(entry(b"site/1.a:2,"))
    assert message_key_of(entry(b"m/new/1.a:2,S")) == message_key_of(entry(b"m/new/1.a"))


def test_holds_below_tells_whether_a_source_had_anything() -> None:
    entries = [entry(b"a", EntryType.DIRECTORY), entry(b"b", EntryType.DIRECTORY), entry(b"b/x")]
    assert [Earlier(map(Line, entries)).holds_below(folder_key(name)) for name in (b"a", b"b", b"c")] == [
        False,
        True,
        False,
    ]
