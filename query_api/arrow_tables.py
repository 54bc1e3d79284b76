"""Rows as Arrow's formats, by pyarrow; imported at the first use (see `query_api/tables.py`)."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from pyarrow import parquet


def stream(rows: Sequence[Mapping[str, Any]]) -> bytes:
    table, sink = _table(rows), io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def parquet_file(rows: Sequence[Mapping[str, Any]]) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(_table(rows), sink)
    return sink.getvalue()


def _table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([dict(row) for row in rows])
