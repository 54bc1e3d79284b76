"""Rows written one after the other, as a JSON list or as CSV that no spreadsheet takes for formulas. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from schemas import json

Row = Mapping[str, Any]

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\t", "\r", "\n")
"""What a cell begins with that a spreadsheet may take for a formula; the wide forms too."""


def json_rows(rows: Iterable[Row]) -> Iterator[bytes]:
    """Return a JSON list, a row a line."""
    before = b"[\n"
    for row in rows:
        yield before + json.encode(row)
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def csv_rows(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[bytes]:
    """Return CSV with a line of names; what is neither text nor a number is JSON in its cell."""
    yield _line(columns)
    for row in rows:
        yield _line([cell(row.get(column)) for column in columns])


def cell(value: Any) -> str:
    """Return a value as a cell; one that could be a formula begins with an apostrophe."""
    text = "" if value is None else value if isinstance(value, str) else json.encode(value).decode()
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def _line(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode("utf-8", "replace")
