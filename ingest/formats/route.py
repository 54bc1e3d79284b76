"""What a wire format tells the collector: its routes, and the settings that its browser SDK asks for. Values only."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ingest.answers import Scope
from ingest.batches import Batch, read_batch
from ingest.requests import key_in_query
from ingest.sorting import Sorted
from schemas.facts import Microseconds

Read = Callable[[Any, bytes, Microseconds], Batch]
"""From a decoded body, its bytes, and when it came, to Segment messages; raises InvalidInput where it is wrong as a
whole."""


def read_segment(value: Any, _: bytes, __: Microseconds) -> Batch:
    return read_batch(value)


class Route(NamedTuple):
    """A route that takes events: of one message type, or many a body (None)."""

    type: str | None = None
    is_import: bool = False
    key_parameter: str = ""
    """The parameter of the query that may hold the key."""
    read: Read = read_segment
    format: str = ""
    """Stored with the dead letters of bodies that are not Segment's: frozen, and no message type."""
    judged: Callable[[Sorted], Any] | None = None
    """The answer of a route that records nothing and only says what would be refused."""


def key_in_url(route: Route | None, scope: Scope) -> str:
    """Return the key that the URL of a request names."""
    return key_in_query(scope, route.key_parameter) if route is not None and route.key_parameter else ""


class BrowserSettings(NamedTuple):
    """A route that gives a browser SDK what it loads before it sends."""

    path: re.Pattern[str]
    """May have a group `key`; else the key is the parameter `writeKey` of the query."""
    document: Callable[[str, str, str], Any]
    """Of the key, the host and the scheme by which the page came."""

    def key(self, scope: Scope) -> str:
        """Return the key that a request for them names."""
        named = self.path.fullmatch(scope["path"])
        return named["key"] if named and named.groupdict() else key_in_query(scope, "writeKey")
