"""Which aliases lead to one another: strongly connected components of their graph."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, TypeVar

N = TypeVar("N")


def components(graph: Mapping[N, Sequence[N]]) -> list[tuple[N, ...]]:
    """Every node once, those on a common loop together; what a component leads to comes before it.

    Source: R. Tarjan, Depth-First Search and Linear Graph Algorithms (1972); without recursion, so that a long chain
    does not end in a stack overflow.
    """
    search = _Search(graph)
    for node in graph:
        if node not in search.number:
            search.run(node)
    return search.found


class _Search(Generic[N]):
    """Tarjan's bookkeeping; ``low`` is the oldest open node that a node reaches."""

    def __init__(self, graph: Mapping[N, Sequence[N]]) -> None:
        self._graph = graph
        self.number: dict[N, int] = {}
        self._low: dict[N, int] = {}
        self._open: dict[N, None] = {}
        self.found: list[tuple[N, ...]] = []

    def run(self, start: N) -> None:
        work: list[tuple[N, Iterator[N]]] = [self._enter(start)]
        while work:
            node, following = work[-1]
            for other in following:
                if other not in self.number:
                    work.append(self._enter(other))
                    break
                if other in self._open:
                    self._low[node] = min(self._low[node], self.number[other])
            else:
                work.pop()
                self._leave(node, work[-1][0] if work else None)

    def _enter(self, node: N) -> tuple[N, Iterator[N]]:
        self.number[node] = self._low[node] = len(self.number)
        self._open[node] = None
        return node, iter(self._graph.get(node, ()))

    def _leave(self, node: N, parent: N | None) -> None:
        if parent is not None:
            self._low[parent] = min(self._low[parent], self._low[node])
        if self._low[node] != self.number[node]:
            return
        component: list[N] = []
        while not component or component[-1] != node:
            component.append(self._open.popitem()[0])
        self.found.append(tuple(reversed(component)))
