"""The history of a customer's consent: each change of a purpose, and who said it. What stands is in the profile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from projections.clickhouse_connection import microseconds
from query_api.cursors import from_cursor, to_cursor
from query_api.errors import BadRequest
from query_api.presentation import or_none, time
from query_api.reading import FIRST, Reading, Row
from schemas.facts import Microseconds

ALL = 1_000
"""Changes that are read at once where all are wanted."""


class Place(NamedTuple):
    """A place in the order of changes."""

    at: Microseconds
    event_id: str
    purpose: str


START = Place(*FIRST, "")


def changes(reading: Reading, customer: str, limit: int, after: Place = START) -> list[Row]:
    """Return changes behind a place, oldest first."""
    return reading.consent(
        reading.streams(customer), after_at=after.at, after_id=after.event_id, after_purpose=after.purpose, limit=limit
    )


def all_changes(reading: Reading, customer: str) -> Iterator[dict[str, Any]]:
    """Return all changes as they are shown, oldest first."""
    after = START
    while found := changes(reading, customer, ALL, after):
        yield from map(shown, found)
        after = place_of(found[-1])


def place_of(row: Row) -> Place:
    """Return where a change stands."""
    return Place(microseconds(row["occurred_at"]), str(row["event_id"]), str(row["purpose"]))


def cursor_at(row: Row) -> str:
    """Return the token of a change's place; purposes are any text, cursors are ASCII."""
    at, event_id, purpose = place_of(row)
    return to_cursor([at, event_id, purpose.encode().hex()])


def place_at(cursor: str) -> Place:
    """Return the place of a token."""
    at, event_id, purpose = from_cursor(cursor, int, str, str)
    try:
        return Place(int(at), str(event_id), bytes.fromhex(str(purpose)).decode())
    except ValueError as error:
        raise BadRequest("not a cursor of this list", "cursor") from error


def shown(row: Row) -> dict[str, Any]:
    """Return a change in the shape of the API."""
    return {
        "purpose": row["purpose"],
        "given": bool(row["given"]),
        "at": time(row["occurred_at"]),
        "event_id": row["event_id"],
        "policy_version": or_none(row["policy_version"]),
        "source": row["name"],
        "by": "server key" if row["server"] else "write key",
    }
