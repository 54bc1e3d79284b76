"""What a wire format tells the collector: its routes, and the settings that its browser SDK asks for. Values only."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ingest.batches import Batch, read_batch
from ingest.sorting import Sorted

Read = Callable[[Any, bytes], Batch]
"""From a decoded body, and its bytes, to Segment messages; raises InvalidInput where it is wrong as a whole."""


def read_segment(value: Any, _: bytes) -> Batch:
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


class BrowserSettings(NamedTuple):
    """A route that gives a browser SDK what it loads before it sends."""

    path: re.Pattern[str]
    """May have a group `key`; else the key is the parameter `writeKey` of the query."""
    document: Callable[[str, str, str], Any]
    """Of the key, the host and the scheme by which the page came."""
