"""The page of an export that a person reads: no script, nothing from elsewhere, every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from query_api import presentation
from query_api.exporting.person import Person
from query_api.exporting.written_rows import Row
from schemas import json

NEWEST = 1_000
"""Facts that the page shows; all are in the files."""

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><title>What is held on you</title>
<style>body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.2em .6em .2em 0;
border-bottom:1px solid #ddd;overflow-wrap:anywhere}</style></head><body>
<h1>What is held on you</h1>
"""
_FILES = """<h2>The files</h2>
<p>All of it is in the files beside this page: as JSON, exact, and most of it as CSV for a spreadsheet.
<code>facts</code> has everything that was recorded, <code>profile</code> and <code>sessions</code> what was worked out
of it, <code>consent</code> what you allowed and when, <code>links</code> why these ids are taken for one person,
<code>dead_letters.json</code> what was sent and could not be used, <code>erasures.json</code> the receipts of what was
erased before, <code>about.json</code> what else is kept and where.</p>
</body></html>
"""


def page(
    person: Person, profile: Mapping[str, Any] | None, sessions: Iterable[Row], consent: Iterable[Row]
) -> Iterator[bytes]:
    """Return the page in pieces."""
    yield _HEAD.encode()
    for title, columns, rows in (
        ("Who you are here", ("", " "), _pairs(profile or {})),
        ("What you allowed", ("purpose", "given", "at", "source"), consent),
        ("Your visits", ("started_at", "ended_at", "channel", "device", "country", "landing_page"), sessions),
        (f"What you did, the newest {NEWEST:,} first", ("at", "name", "title", "url", "details"), _steps(person)),
    ):
        yield f"<h2>{escape(title)}</h2>\n<table><tr>{_cells('th', columns)}</tr>\n".encode()
        for row in rows:
            yield f"<tr>{_cells('td', [row.get(column) for column in columns])}</tr>\n".encode("utf-8", "replace")
        yield b"</table>\n"
    yield _FILES.encode()


def _pairs(profile: Mapping[str, Any]) -> Iterator[Row]:
    return ({"": name, " ": value} for name, value in profile.items() if value)


def _steps(person: Person) -> Iterator[Row]:
    rows = person.reading.facts(person.streams, newest_first=True, limit=NEWEST)
    return map(presentation.step, rows)


def _cells(tag: str, values: Iterable[Any]) -> str:
    return "".join(f"<{tag}>{escape(_text(value))}</{tag}>" for value in values)


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.encode(value).decode()
