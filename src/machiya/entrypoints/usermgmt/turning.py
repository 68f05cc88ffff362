"""Long lists, a page at a time; the number of the page stands in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Leaf(Generic[T]):
    """One page of a list: ``number`` of ``count``, both from 1."""

    items: Sequence[T]
    number: int
    count: int
    total: int


def leaf_of(items: Sequence[T], asked: str, size: int) -> Leaf[T]:
    """The page that was asked for; the nearest there is if that is none."""
    count = max(1, -(-len(items) // size))
    number = min(max(page_number(asked), 1), count)
    return Leaf(items[(number - 1) * size : number * size], number, count, len(items))


def page_number(asked: str) -> int:
    """What stands in the address; 1 if it is no number."""
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1  # noqa: PLR2004 – any bound
