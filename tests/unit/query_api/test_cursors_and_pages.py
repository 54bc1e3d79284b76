"""Pagination: tokens go round and come back, those of others are refused, pages begin where the last one ended."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.clickhouse_connection import FOR_EVER
from query_api.cursors import from_cursor, to_cursor
from query_api.errors import BadRequest
from query_api.pages import Page, asked_page, cursor_at, place_of
from query_api.reading import FIRST, LAST, Place
from schemas.clock import EARLIEST, parse_time
from tests.builders import NOW

IDS = st.text("0123456789abcdef", max_size=33)


@given(st.integers(-FOR_EVER, FOR_EVER), IDS)
def test_a_place_goes_round(number: int, id_: str) -> None:
    cursor = to_cursor([number, id_])
    assert from_cursor(cursor, int, str) == [number, id_]
    assert cursor.isascii()
    assert not set(cursor) & set("+/=&? ")


def token(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "x",
        "%%%",
        "ä",
        "null",
        token([1]),
        token([1, "e", 2]),
        token(["1", "e"]),
        token([True, "e"]),
        token([1.0, "e"]),
        token([1, None]),
        token({"0": 1, "1": "e"}),
        token([10**30, "e"]),
        token([-(10**30), "e"]),
        token([1, "\ud800"]),
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        base64.urlsafe_b64encode(b'[1,"\xff"]').decode(),
        base64.urlsafe_b64encode(b"[" + b"9" * 5_000 + b',"e"]').decode(),
    ],
)
def test_a_token_that_is_none_of_ours_is_refused(foreign: str) -> None:
    with pytest.raises(BadRequest) as caught:
        from_cursor(foreign, int, str)
    assert caught.value.field == "cursor"


@given(st.text())
def test_no_text_whatever_is_more_than_refused(text: str) -> None:
    with suppress(BadRequest):
        from_cursor(text, int, str)


def test_a_token_of_another_list_is_refused() -> None:
    with pytest.raises(BadRequest):
        from_cursor(to_cursor(["a", "b"]), int, str)


def page(**asked: Any) -> Page:
    return asked_page(**{"from_": None, "to": None, "limit": 50, "cursor": None, **asked})


def test_without_bounds_a_page_is_of_everything() -> None:
    assert page() == Page(FIRST, LAST, 50, None)


def test_from_is_included_and_to_is_not() -> None:
    noon, one = "2026-11-22T12:00:00Z", "2026-11-22T13:00:00Z"
    asked = page(from_=noon, to=one)
    for event_id in ("0" * 32, "f" * 32):
        assert asked.after < Place(NOW, event_id) < asked.before
        assert not asked.after < Place(NOW - 1, event_id)
        assert not Place(parse_time(one, "to"), event_id) < asked.before


def test_a_cursor_goes_on_before_it_or_after_it_and_never_beyond_the_bounds() -> None:
    place = Place(NOW, "e")
    asked = page(cursor=cursor_at(place))
    assert (asked.newest_first().before, asked.newest_first().after) == (place, FIRST)
    assert (asked.oldest_first().after, asked.oldest_first().before) == (place, LAST)
    later = page(from_="2026-11-23T00:00:00Z", cursor=cursor_at(place))
    assert later.oldest_first().after > place
    earlier = page(to="2026-11-21T00:00:00Z", cursor=cursor_at(place))
    assert earlier.newest_first().before < place


@pytest.mark.parametrize("far", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_bounds_beyond_all_times_are_the_ends(far: str) -> None:
    asked = page(from_=far, to=far)
    assert EARLIEST - 1 <= asked.after.at <= FOR_EVER
    assert EARLIEST - 1 <= asked.before.at <= FOR_EVER


def test_a_bound_that_is_no_time_is_refused_by_its_name() -> None:
    for name, wrong in (("from", {"from_": "today"}), ("to", {"to": "soon"}), ("cursor", {"cursor": "?"})):
        with pytest.raises(BadRequest) as caught:
            page(**wrong)
        assert caught.value.field == name


def test_a_fact_stands_at_its_time_and_its_id() -> None:
    row = {"occurred_at": datetime(2026, 11, 22, 12, 0, 0, 7, tzinfo=UTC), "event_id": "e"}
    assert place_of(row) == Place(NOW + 7, "e")
    assert FIRST < place_of(row) < LAST
