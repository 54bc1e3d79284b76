"""The files of an export, in one list. What a row of each is comes from the modules that read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from query_api import presentation
from query_api.consent import all_changes
from query_api.exporting.held_facts import COLUMNS, facts, flat
from query_api.exporting.page import page
from query_api.exporting.person import PRESENT, Person
from query_api.exporting.written_rows import csv_rows, json_rows
from query_api.exporting.zipstream_archive import File
from query_api.links import KINDS, LinksOf
from query_api.ports import Held
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
    sessions = list(_sessions(person))
    consent = list(all_changes(person.reading, person.customer))
    shown_links = list(_links(person, links))
    yield "index.html", page(person, profile, sessions, consent)
    yield "about.json", [json.encode(_about(person, held)), b"\n"]
    yield "profile.json", [json.encode(profile), b"\n"]
    yield "profile.csv", csv_rows(("field", "value"), _fields(profile))
    yield "sessions.json", json_rows(sessions)
    yield "sessions.csv", csv_rows(SESSIONS, sessions)
    yield "facts.json", json_rows(facts(person, held))
    yield "facts.csv", csv_rows(COLUMNS, map(flat, facts(person, held)))
    yield "consent.json", json_rows(consent)
    yield "consent.csv", csv_rows(CONSENT, consent)
    yield "links.json", json_rows(shown_links)
    yield "links.csv", csv_rows(LINKS, shown_links)
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
    row = person.reading.sessions(person.customer)
    for values in presentation.sessions(row) if row else []:
        shown = presentation.session(values, [])
        del shown["steps"]  # they are the facts
        yield shown


def _links(person: Person, links: LinksOf) -> Iterator[dict[str, Any]]:
    """Return the links that were ever made of this person; what a stream of somebody else is called is theirs."""
    for item in links.every(person.store, person.customer, PRESENT):
        yield {**item, "streams": list(_own(item["streams"], person))}


def _own(sides: Iterable[dict[str, Any]], person: Person) -> Iterator[dict[str, Any]]:
    return (side if side["stream"] in person.streams else {**side, "value": None} for side in sides)
