"""The funnel by HTTP: its schema, its answer, and the same in every format."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.product.contract.ada import VISITORS, assert_error
from tests.product.running import Json, Shop

pytestmark = pytest.mark.product


def test_a_funnel_tells_its_schema_and_its_example_works(story: Shop) -> None:
    told = story.get("/questions/funnel")
    assert set(told) == {"schema", "example"}
    fields = {"steps", "scope", "window", "order", "same", "from", "to", "by"}
    assert fields <= set(told["schema"]["properties"])
    answer = story.question("funnel", told["example"])
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) >= {"steps", "rules"}
    for step in answer.json()["steps"]:
        assert set(step) == {"event", "count", "of_first", "of_previous", "median_seconds"}


FUNNEL = {
    "steps": [{"event": "Product Viewed"}, {"event": "Product Added"}, {"event": "Order Completed"}],
    "scope": "session",
}


def test_a_funnel_counts_shares_and_times(story: Shop) -> None:
    steps = story.question("funnel", FUNNEL).json()["steps"]
    assert [(step["event"], step["count"], step["median_seconds"]) for step in steps] == [
        ("Product Viewed", VISITORS + 1, None),
        ("Product Added", 1, 600.0),
        ("Order Completed", 1, 300.0),
    ]
    assert [step["of_previous"] for step in steps] == pytest.approx([1, 1 / (VISITORS + 1), 1])


def _from_csv(content: bytes) -> list[Json]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def _from_arrow(content: bytes) -> list[Json]:
    rows: list[Json] = pa.ipc.open_stream(content).read_all().to_pylist()
    return rows


def _from_parquet(content: bytes) -> list[Json]:
    rows: list[Json] = parquet.read_table(io.BytesIO(content)).to_pylist()
    return rows


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("text/csv", _from_csv),
        ("application/vnd.apache.arrow.stream", _from_arrow),
        ("application/vnd.apache.parquet", _from_parquet),
    ],
)
@pytest.mark.parametrize("by", [None, "channel"])
def test_every_format_answers_the_same(
    story: Shop, kind: str, read: Callable[[bytes], list[Json]], by: str | None
) -> None:
    answer = story.question("funnel", {**FUNNEL, "by": by}).json()
    if by:
        rows = [{"channel": group["channel"], **step} for group in answer["groups"] for step in group["steps"]]
    else:
        rows = answer["steps"]
    table = story.question("funnel", {**FUNNEL, "by": by}, accept=kind)
    assert table.headers["content-type"].partition(";")[0] == kind
    found = read(table.content)
    if kind == "text/csv":
        rows = [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]
    assert found == rows


def test_a_format_that_is_none_of_ours_is_refused_by_name(story: Shop) -> None:
    answer = story.question("funnel", FUNNEL, accept="image/png")
    assert answer.status_code in (400, 406)
    assert_error(answer, answer.status_code, answer.json()["code"], "Accept")
