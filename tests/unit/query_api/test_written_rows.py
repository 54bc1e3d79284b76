"""Rows as JSON and CSV: exact, and harmless to spreadsheets."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest

from query_api.exporting.written_rows import cell, csv_rows, json_rows

FORMULAS = ("=1+1", "+49", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20x")


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_may_take_for_a_formula_is_made_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), ("tea=1", "tea=1"), (True, "true"), (Decimal("1.50"), "1.50"), ({"a": 1}, '{"a":1}'), (-1, "'-1")],
)
def test_other_values_are_shown_as_they_are(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_a_cell_with_commas_quotes_and_lines_stays_one_cell() -> None:
    said = 'a,"b"\nc'
    text = b"".join(csv_rows(("x", "y"), [{"x": said, "y": '=cmd|"/c calc"'}])).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["x", "y"], [said, '\'=cmd|"/c calc"']]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_json_rows_are_one_list(count: int) -> None:
    rows = [{"n": number} for number in range(count)]
    assert json.loads(b"".join(json_rows(rows))) == rows
