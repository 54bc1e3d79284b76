"""Flat rows as a table: CSV, an Arrow stream, Parquet (contract.md). What the rows say comes from outside."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

Rows = Sequence[Mapping[str, Any]]


def _csv(rows: Rows) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _arrow(name: str) -> Callable[[Rows], bytes]:
    def write(rows: Rows) -> bytes:
        # pyarrow takes 40 MB and 0.2 s: only a product that is asked for these formats pays for it
        written: bytes = getattr(import_module("query_api.arrow_tables"), name)(rows)
        return written

    return write


FORMATS: Mapping[str, Callable[[Rows], bytes]] = {
    "text/csv": _csv,
    "application/vnd.apache.arrow.stream": _arrow("stream"),
    "application/vnd.apache.parquet": _arrow("parquet_file"),
}
"""The one list of table formats, by media type."""
