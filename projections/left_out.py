"""Reads what the views `facts` and `owners` leave out of a store, or of some of its streams: as a rule, nothing.

It is read before and given to the views as the parameter `left_out` (docs/decisions/0017): what was taken back, and the
streams of bots. What makes a bot belongs to `bots.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from projections import sql
from projections.clickhouse_connection import ExternalTable
from projections.perspective import Perspective


class Selecting(Protocol):
    """What queries can be sent to."""

    def select(
        self, query: str, parameters: Mapping[str, Any] | None = None, tables: Sequence[ExternalTable] = ()
    ) -> list[tuple[Any, ...]]:
        """Run a query; parameters are bound by the server."""


def left_out(source: Selecting, perspective: Perspective, streams: Collection[str] | None = None) -> dict[str, Any]:
    """Return the parameter `left_out`, for queries about a whole store, or about some streams.

    A refresh reads it behind versions and before facts: who records something that leaves facts out refreshes with a
    higher version.
    """
    asked = ExternalTable("asked", {"stream": "FixedString(33)"}, [(stream,) for stream in sorted(streams or ())])
    parameters = {**perspective.parameters(), "everybody": int(streams is None)}

    def found(name: str) -> list[tuple[Any, ...]]:
        return source.select(sql.text("projections", "queries", name), parameters, [asked])

    left = found("left_out")
    fast = perspective.rules.judges_by_speed and any(is_burst for _, is_burst in left)
    bots = found("bots") if fast else []
    return {"left_out": [place for place, is_burst in left if not is_burst] + [stream for (stream,) in bots]}
