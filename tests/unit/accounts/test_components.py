import pytest
from hypothesis import given
from hypothesis import strategies as st

from machiya.accounts.components import components

GRAPHS = st.dictionaries(st.integers(0, 8), st.lists(st.integers(0, 8), max_size=4), max_size=9)


def reached(graph: dict[int, list[int]], start: int) -> set[int]:
    """What one or more steps from ``start`` lead to, found the slow way."""
    found: set[int] = set()
    level = {start}
    while level := {other for node in level for other in graph.get(node, ())} - found:
        found |= level
    return found


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ({}, []),
        ({1: []}, [(1,)]),
        ({1: [1]}, [(1,)]),
        ({1: [2], 2: [3], 3: []}, [(3,), (2,), (1,)]),
        ({1: [2], 2: [1]}, [(1, 2)]),
        ({1: [2], 2: [3], 3: [2, 4], 4: []}, [(4,), (2, 3), (1,)]),
    ],
)
def test_components_of_small_graphs(graph: dict[int, list[int]], expected: list[tuple[int, ...]]) -> None:
    assert components(graph) == expected


@given(GRAPHS)
def test_components_are_those_of_the_definition(graph: dict[int, list[int]]) -> None:
    found = components(graph)
    home = {node: number for number, members in enumerate(found) for node in members}
    assert sum(map(len, found)) == len(home)
    for node in graph:
        together = {other for other in reached(graph, node) if node in reached(graph, other)} | {node}
        assert set(found[home[node]]) == together
        assert all(home[other] <= home[node] for other in reached(graph, node))


def test_components_survives_a_chain_longer_than_the_stack() -> None:
    length = 5_000  # Python's own limit is 1,000
    assert len(components({node: [node + 1] for node in range(length)})) == length + 1
