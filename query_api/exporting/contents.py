"""The files of an export, in one list. What a row of each is comes from the modules that read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from query_api import presentation
from query_api.consent import all_changes
from query_api.exporting.held_facts import COLUMNS, PAGE, facts, flat
from query_api.exporting.page import page
from query_api.exporting.person import PRESENT, Person
from query_api.exporting.written_rows import csv_rows, json_rows
from query_api.exporting.zipstream_archive import File
from query_api.journey import session_start
from query_api.links import KINDS, LinksOf
from query_api.ports import Held
from query_api.reading import FIRST
from schemas import json
from schemas.clock import to_datetime

CONSENT = ("purpose", "given", "at", "event_id", "policy_version", "source", "by")
LINKS = (
    "link", "kind", "streams", "since", "event_id", "by", "name", "reason", "state", "refused_because", "split",
)  # fmt: skip
SESSIONS = (
    "session_id", "started_at", "ended_at", *presentation.SESSION[5:13], *presentation.VISITOR, "bounced", "converted",
    "revenue",
)  # fmt: skip


def contents(person: Person, held: Held, links: LinksOf) -> Iterator[File]:
    """Return the files; each is read when it is its turn."""
    row = person.reading.profile(person.customer)
    profile = presentation.profile(row) if row else None
    yield "index.html", page(person, profile, _sessions(person), _consent(person))
    yield "about.json", [json.encode(_about(person, held)), b"\n"]
    yield "profile.json", [json.encode(profile), b"\n"]
    yield "profile.csv", csv_rows(("field", "value"), _fields(profile))
    yield "sessions.json", json_rows(_sessions(person))
    yield "sessions.csv", csv_rows(SESSIONS, _sessions(person))
    yield "facts.json", json_rows(facts(person, held))
    yield "facts.csv", csv_rows(COLUMNS, map(flat, facts(person, held)))
    yield "consent.json", json_rows(_consent(person))
    yield "consent.csv", csv_rows(CONSENT, _consent(person))
    yield "links.json", json_rows(_links(person, links))
    yield "links.csv", csv_rows(LINKS, _links(person, links))
    yield "dead_letters.json", json_rows(held.letters(person.store, frozenset(person.streams)))
    yield "erasures.json", json_rows(held.receipts(person.store, frozenset(person.streams)))


def _about(person: Person, held: Held) -> dict[str, Any]:
    return {
        "store": person.store,
        "customer_id": person.customer,
        "exported_at": presentation.time(to_datetime(person.until)),
        "streams": [{"stream": stream, "kind": KINDS[stream[0]]} for stream in person.streams],
        "elsewhere": list(held.elsewhere),
    }


def _fields(profile: dict[str, Any] | None, path: str = "") -> Iterator[dict[str, Any]]:
    for name, value in (profile or {}).items():
        if isinstance(value, dict) and value:
            yield from _fields(value, f"{path}{name}.")
        else:
            yield {"field": f"{path}{name}", "value": value}


def _sessions(person: Person) -> Iterator[dict[str, Any]]:
    after = FIRST
    while row := person.reading.sessions_behind(person.customer, after, PAGE):
        found = presentation.sessions(row)
        for values in found:
            shown = presentation.session(values, [])
            del shown["steps"]  # they are the facts
            yield shown
        if len(found) < PAGE:
            return
        after = session_start(found[-1])


def _consent(person: Person) -> Iterator[dict[str, Any]]:
    return all_changes(person.reading, person.customer)


def _links(person: Person, links: LinksOf) -> Iterator[dict[str, Any]]:
    """Return the links that were ever made of this person; what a stream of somebody else is called is theirs."""
    for item in links.every(person.store, person.customer, PRESENT):
        yield {**item, "streams": list(_own(item["streams"], person))}


def _own(sides: Iterable[dict[str, Any]], person: Person) -> Iterator[dict[str, Any]]:
    return (side if side["stream"] in person.streams else {**side, "value": None} for side in sides)
