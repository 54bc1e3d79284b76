"""Which places of the web are search engines, social networks and so on: the list `sources.tsv`, and its look-up.

What follows from it for a visit belongs to `traffic.py` (source and medium) and to `footfall_channel` (channel).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

SECOND_LEVELS = frozenset(("ac", "co", "com", "edu", "go", "gob", "gov", "ne", "net", "or", "org"))
"""Below a country these are no names of anybody's: google.co.uk is Google's."""


class Source(NamedTuple):
    """A place of the web; `category` is search, social, video, shopping or email."""

    name: str
    category: str


class _Line(NamedTuple):
    source: Source
    hosts: list[str]
    names: list[str]


def _lines() -> Iterator[_Line]:
    for line in files("projections").joinpath("sources.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            category, name, hosts, names = line.split("\t")
            yield _Line(Source(name, category), hosts.split(), [name, *names.split()])


_LINES = tuple(_lines())
_HOSTS = {host: line.source for line in _LINES for host in line.hosts if not host.endswith(".*")}
_EVERYWHERE = {host[:-2]: line.source for line in _LINES for host in line.hosts if host.endswith(".*")}
_NAMES = {name: line.source.category for line in _LINES for name in line.names}


def source_of(host: str) -> Source | None:
    """Return whose a host is, None where the list does not know it."""
    labels = host.split(".")
    for first in range(len(labels) - 1):
        found = _HOSTS.get(".".join(labels[first:]))
        if found is None and _ends_a_name(labels[first + 1 :]):
            found = _EVERYWHERE.get(labels[first])
        if found is not None:
            return found
    return None


@lru_cache(maxsize=10_000)
def category_of(source: str) -> str:
    """Return the category of what a visit names as its source, a name or a host; empty where it is none."""
    if (known := _NAMES.get(source)) is not None:
        return known
    found = source_of(source) if "." in source else None
    return found.category if found else ""


def _ends_a_name(labels: list[str]) -> bool:
    return len(labels) == 1 or (len(labels) == 2 and labels[0] in SECOND_LEVELS)
