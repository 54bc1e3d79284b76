"""The journey: sessions with their steps and the facts outside of sessions, newest first, page by page."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from projections.clickhouse_connection import microseconds
from query_api import presentation
from query_api.pages import Page, cursor_at, place_of
from query_api.reading import ACTIVITY, FIRST, LAST, OUTSIDE, Place, Reading

STARTED_AT, ENDED_AT, SESSION_ID = 2, 3, 1


def journey(reading: Reading, customer: str, page: Page) -> dict[str, Any]:
    """Return a page of a customer's journey in the shape of the contract."""
    streams, row = reading.streams(customer), reading.sessions(customer)
    sessions = presentation.sessions(row) if row else []
    within = [session for session in sessions if page.after < session_start(session) < page.before]
    within.sort(key=session_start, reverse=True)
    outside = reading.facts(
        streams, after=page.after, before=page.before, newest_first=True, activity=OUTSIDE, limit=page.limit + 1
    )
    places = sorted([session_start(s) for s in within] + [place_of(row) for row in outside], reverse=True)
    end = places[page.limit - 1] if len(places) > page.limit else FIRST
    shown = [session for session in within if session_start(session) >= end]
    steps = _steps(reading, streams, shown)
    return {
        "customer_id": customer,
        "sessions": [presentation.session(session, steps[str(session[SESSION_ID])]) for session in shown],
        "outside_sessions": [presentation.outside_step(row) for row in outside if place_of(row) >= end],
        "next_cursor": cursor_at(end) if len(places) > page.limit else None,
    }


def session_start(session: Sequence[Any]) -> Place:
    """Return where a session begins, which is what it is told by."""
    return Place(microseconds(session[STARTED_AT]), str(session[SESSION_ID]))


def _steps(reading: Reading, streams: Sequence[str], shown: Sequence[Sequence[Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the steps of each session: its activity, from its first fact up to the next session's."""
    if not shown:
        return {}
    starts = sorted(session_start(session) for session in shown)
    steps: list[list[dict[str, Any]]] = [[] for _ in starts]
    after = Place(starts[0].at - 1, LAST.event_id)
    before = Place(max(microseconds(session[ENDED_AT]) for session in shown) + 1, "")
    for row in reading.facts(streams, after=after, before=before, activity=ACTIVITY):
        index = bisect_right(starts, place_of(row)) - 1
        if index >= 0:
            steps[index].append(presentation.step(row))
    return {start.event_id: of_one for start, of_one in zip(starts, steps, strict=True)}
