"""Connected components: which streams hang together by pairs. What a pair is does not belong here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping


def components(pairs: Iterable[tuple[str, str]]) -> Callable[[str], str]:
    """Return the function from a stream to the representative of its connected component."""
    parents: dict[str, str] = {}

    def root(stream: str) -> str:
        while (parent := parents.get(stream, stream)) != stream:
            parents[stream] = stream = parents.get(parent, parent)
        return stream

    for one, other in pairs:
        first, second = sorted((root(one), root(other)))
        if first != second:
            parents[second] = first
    return root


def component_versions(versions: Mapping[str, int], pairs: Iterable[tuple[str, str]]) -> Callable[[str], int]:
    """Return the function from a stream to the sum of the versions of its component."""
    root = components(pairs)
    sums: dict[str, int] = {}
    for stream, version in versions.items():
        sums[root(stream)] = sums.get(root(stream), 0) + version
    return lambda stream: sums[root(stream)]
