"""The journey: sessions with their steps and the facts outside of sessions, newest first, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from projections.clickhouse_connection import microseconds
from query_api import presentation
from query_api.cursors import Part, to_cursor
from query_api.reading import FIRST, LAST, OUTSIDE, Place, Reading, Row, Times

STARTED_AT, ENDED_AT, SESSION_ID = 2, 3, 1


class Page(NamedTuple):
    """Which part of a journey is asked for: between two places, so many sessions and outside facts."""

    after: Place = FIRST
    before: Place = LAST
    limit: int = 20


def journey(reading: Reading, store: str, customer: str, sessions: Row | None, times: Times, page: Page) -> dict[str, Any]:
    """Return a page of a customer's journey in the shape of the contract."""
    streams = reading.streams(store, customer, times)
    within = [s for s in (sessions["sessions"] if sessions else []) if page.after < _start(s) < page.before]
    within.sort(key=_start, reverse=True)
    outside = reading.facts(
        store, streams, times, after=page.after, before=page.before,
        newest_first=True, activity=OUTSIDE, limit=page.limit + 1,
    )  # fmt: skip
    places = sorted([_start(s) for s in within] + [_place(row) for row in outside], reverse=True)
    end = places[page.limit - 1] if len(places) > page.limit else FIRST
    shown = [session for session in within if _start(session) >= end]
    steps = _steps(reading, store, streams, times, shown)
    return {
        "customer_id": customer,
        "sessions": [presentation.session(session, steps[str(session[SESSION_ID])]) for session in shown],
        "outside_sessions": [
            {**presentation.step(row), "channel": row["channel"]} for row in outside if _place(row) >= end
        ],
        "next_cursor": to_cursor(list[Part](end)) if len(places) > page.limit else None,
    }


def _start(session: Sequence[Any]) -> Place:
    return Place(microseconds(session[STARTED_AT]), str(session[SESSION_ID]))


def _place(row: Row) -> Place:
    return Place(microseconds(row["occurred_at"]), str(row["event_id"]))


def _steps(
    reading: Reading, store: str, streams: Sequence[str], times: Times, shown: Sequence[Sequence[Any]]
) -> dict[str, list[dict[str, Any]]]:
    """Return the steps of each session: the activity from its first fact up to the next session's."""
    steps: dict[str, list[dict[str, Any]]] = {str(session[SESSION_ID]): [] for session in shown}
    for session in shown:
        start = _start(session)
        after = Place(start.at - 1, "g")
        before = Place(microseconds(session[ENDED_AT]) + 1, "")
        for row in reading.facts(store, streams, times, after=after, before=before, activity=(1,)):
            if _place(row) >= start:
                steps[start.event_id].append(presentation.step(row))
    return steps
