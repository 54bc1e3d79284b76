from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.clock import DAY, SECOND, occurred_at, parse_time, to_datetime, to_microseconds
from schemas.errors import InvalidEvent
from tests.builders import NOW


def at(text: str) -> int:
    return parse_time(text, "timestamp")


NAIVE_1900 = datetime(1900, 1, 1)  # noqa: DTZ001


@given(st.datetimes(min_value=NAIVE_1900, timezones=st.timezones()))
def test_times_are_exact_to_the_microsecond(moment: datetime) -> None:
    try:
        parsed = at(moment.isoformat())
    except InvalidEvent:
        assert moment < datetime(1900, 1, 2, tzinfo=UTC)
        return
    assert parsed == to_microseconds(moment)
    assert to_datetime(parsed) == moment.astimezone(UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:00.000Z",
        "2026-11-22T12:00:00.000000000Z",
        "2026-11-22T13:00:00+01:00",
        "2026-11-22 12:00:00",
        "2026-11-22T12:00",
        "20261122T120000Z",
        " 2026-11-22t12:00:00z ",
        "2026-11-22T08:30:00-03:30",
    ],
)
def test_the_forms_of_iso_8601_are_read(text: str) -> None:
    assert at(text) == NOW


def test_a_leap_second_is_the_second_before() -> None:
    assert at("2016-12-31T23:59:60Z") == at("2016-12-31T23:59:59Z")


@pytest.mark.parametrize(
    "said",
    ["yesterday", "1763812800", "20261122", "2026-13-01", "Z", "2026-11-22T12:00:00+01:00Z", "1850-01-01", 1763812800,
     1763812800000, True, [], {}],
)  # fmt: skip
def test_what_is_no_time_is_refused_and_the_field_named(said: Any) -> None:
    with pytest.raises(InvalidEvent) as error:
        parse_time(said, "originalTimestamp")
    assert error.value.field == "originalTimestamp"


@given(st.text(max_size=40))
def test_no_text_crashes(text: str) -> None:
    with suppress(InvalidEvent):
        at(text)


def test_timestamp_stands_before_original_timestamp_before_sent_at_before_received_at() -> None:
    said = {"timestamp": "2026-11-22T11:00:00Z", "originalTimestamp": "2026-11-22T10:00:00Z"}
    assert occurred_at(said, NOW, NOW) == NOW - 3600 * SECOND
    assert occurred_at({**said, "timestamp": ""}, NOW, NOW) == NOW - 7200 * SECOND
    assert occurred_at({}, NOW - SECOND, NOW) == NOW - SECOND
    assert occurred_at({}, None, NOW) == NOW


def test_a_clock_is_corrected_only_beyond_a_minute() -> None:
    said = {"timestamp": "2026-11-22T11:00:00Z"}
    an_hour_ago = NOW - 3600 * SECOND
    assert occurred_at(said, NOW - 60 * SECOND, NOW) == an_hour_ago
    assert occurred_at(said, NOW + 60 * SECOND, NOW) == an_hour_ago
    assert occurred_at(said, NOW - 61 * SECOND, NOW) == an_hour_ago + 61 * SECOND
    assert occurred_at(said, NOW + 61 * SECOND, NOW) == an_hour_ago - 61 * SECOND


def test_an_import_is_never_corrected() -> None:
    said = {"timestamp": "2020-01-01T00:00:00Z"}
    assert occurred_at(said, NOW - 900 * DAY, NOW, corrected=False) == at("2020-01-01T00:00:00Z")


def test_the_future_becomes_now() -> None:
    assert occurred_at({"timestamp": "2036-11-22T12:00:00Z"}, None, NOW) == NOW
    assert occurred_at({"timestamp": "2036-11-22T12:00:00Z"}, None, NOW, corrected=False) == NOW
