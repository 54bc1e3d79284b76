"""Lists of any length for SQL's IN, which takes a bounded number of parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

LONGEST = 500


def in_lists(values: Sequence[T]) -> Iterator[tuple[str, Sequence[T]]]:
    """Give the values in parts, each with the parameter marks that stand for it: `(?,?,?)`."""
    for start in range(0, len(values), LONGEST):
        part = values[start : start + LONGEST]
        yield f"({','.join('?' * len(part))})", part
