"""docs/wire-formats.md names the routes, limits and events of the code, and no others."""

from __future__ import annotations

import re

import pytest

from ingest import admission, batches, collector, requests, sorting
from ingest.formats import ROUTES, SETTINGS
from ingest.formats.ga4_events import MEANINGS
from schemas import json
from schemas.vocabulary import EVENT_TYPES, EventType
from tests.docs.executing import ROOT

PAGE = (ROOT / "docs/wire-formats.md").read_text(encoding="utf-8")
LIMITS = {
    "an event, as JSON": f"{admission.MAX_EVENT_BYTES // 1024} KB",
    "a body, as sent and unpacked": f"{requests.MAX_BODY_BYTES // 1024} KB",
    "events in a batch": f"{batches.MAX_EVENTS:,}",
    "a batch with its context merged into each event": f"{sorting.MAX_ADMITTED_BYTES // 1024**2} MB",
    "levels of nesting in an event": str(json.MAX_DEPTH),
    "digits of a number": str(json.MAX_DIGITS),
    "characters of a `messageId`": str(admission.MAX_MESSAGE_ID),
    "seconds for a body to arrive": f"{requests.BODY_SECONDS:g}",
}


def row_of(event: EventType) -> str:
    marks = [mark for mark, holds in (("server", event.back_office), ("store", event.about_store)) if holds]
    return f"| {event.name} | {', '.join(event.older_names)} | {', '.join(marks)} |"


def test_every_event_has_its_row() -> None:
    section = PAGE[PAGE.index("| event | older names | |") : PAGE.index("## GA4")]
    said = [line for line in section.splitlines()[2:] if line]
    tracked = [event for event in EVENT_TYPES if event.name[0].isupper()]
    assert said == [row_of(event) for event in tracked]


@pytest.mark.parametrize("what", LIMITS)
def test_a_limit_is_that_of_the_code(what: str) -> None:
    assert f"| {what} | {LIMITS[what]} |" in PAGE


def test_the_routes_are_those_of_the_collector() -> None:
    section = PAGE[PAGE.index("## Routes") : PAGE.index("## Bodies")]
    named = set(re.findall(r"`(?:POST )?(/[/\w]*)`", section))
    assert named == {*ROUTES, collector.METRICS}
    settings = re.findall(r"`GET (/\S+?)(?:\?\S*)?`", section)
    assert all(any(each.path.fullmatch(path) for path in settings) for each in SETTINGS)


def test_the_events_of_ga4_are_those_of_the_code() -> None:
    section = PAGE[PAGE.index("## GA4") : PAGE.index("## RudderStack")]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row[0])} == set(MEANINGS)
