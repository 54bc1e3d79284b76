"""Which part of a list of facts is asked for: `from`, `to`, `limit` and `cursor` of the routes."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import Depends, Query

from projections.clickhouse_connection import microseconds
from query_api.access import moment_of
from query_api.cursors import from_cursor, to_cursor
from query_api.reading import FIRST, LAST, Place, Row

Limit = Annotated[int, Query(ge=1, le=1000)]


class Page(NamedTuple):
    """Facts between two places, both excluded, so many of them."""

    after: Place = FIRST
    before: Place = LAST
    limit: int = 50
    cursor: Place | None = None

    def newest_first(self) -> Page:
        """Return what is left when the list is read from its end: everything before the cursor."""
        return self._replace(before=min(self.before, self.cursor)) if self.cursor else self

    def oldest_first(self) -> Page:
        """Return what is left when the list is read from its start: everything after the cursor."""
        return self._replace(after=max(self.after, self.cursor)) if self.cursor else self


def asked_page(
    from_: Annotated[str | None, Query(alias="from", description="RFC 3339, included")] = None,
    to: Annotated[str | None, Query(description="RFC 3339, excluded")] = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(description="the `next_cursor` of the page before")] = None,
) -> Page:
    """Return the page that a request asks for."""
    first, last = moment_of(from_, "from"), moment_of(to, "to")
    place = Place(*from_cursor(cursor, int, str)) if cursor else None  # type: ignore[arg-type]  # checked by its kinds
    after = FIRST if first is None else max(FIRST, Place(first - 1, LAST.event_id))
    return Page(after, LAST if last is None else Place(last, ""), limit, place)


AskedPage = Annotated[Page, Depends(asked_page)]


def place_of(row: Row) -> Place:
    """Return where a fact stands."""
    return Place(microseconds(row["occurred_at"]), str(row["event_id"]))


def cursor_at(place: Place) -> str:
    """Return the token of a place."""
    return to_cursor(list(place))
