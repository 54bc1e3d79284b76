"""What every request carries: a token, and times of which the answer can no longer change."""

from __future__ import annotations

import pytest

from projections.clickhouse_connection import FOR_EVER
from query_api.access import checked_times, moment_of
from query_api.errors import BadRequest, NotYetKnown
from query_api.reading import Times
from schemas.clock import EARLIEST
from schemas.facts import Microseconds
from tests.builders import NOW
from tests.unit.query_api.asking import Standing, get


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T12:00:00Z",
        "2026-11-22T12:00:00",
        "2026-11-22T13:00:00+01:00",
        "2026-11-22T13:00:00 01:00",
        "2026-11-22T12:00:00.000000Z",
        "2026-11-22 12:00:00",
        "20261122T120000Z",
    ],
)
def test_a_time_is_read_whether_or_not_its_plus_was_escaped(text: str) -> None:
    assert moment_of(text, "as_of") == NOW


def test_a_day_alone_is_its_first_moment() -> None:
    assert moment_of("2026-11-22", "as_of") == NOW - 12 * 3_600_000_000


def test_no_time_is_the_present() -> None:
    assert moment_of(None, "as_of") is None
    assert checked_times(Standing().absorbed(), None, None) == Times(None, None)


@pytest.mark.parametrize(
    "text", ["", "now", "1764000000", "2026-13-01", "2026-11-22T25:00", "\0", "2026-11-22T12:00:00Q"]
)
def test_what_is_no_time_is_refused_by_its_field(text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        moment_of(text, "known_at")
    assert caught.value.field == "known_at"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("9999-12-31T23:59:59Z", FOR_EVER),
        ("9999-12-31T23:59:59-14:00", FOR_EVER),
        ("0001-01-01T00:00:00Z", EARLIEST),
        ("0001-01-01T00:00:00+14:00", EARLIEST),
    ],
)
def test_times_beyond_what_can_be_stored_are_its_ends(text: str, moment: Microseconds) -> None:
    assert moment_of(text, "as_of") == moment


def test_what_is_not_yet_absorbed_cannot_be_known() -> None:
    absorbed = "2026-11-22T12:00:00Z"
    assert checked_times(Standing().absorbed(), None, absorbed) == Times(None, NOW)
    with pytest.raises(NotYetKnown) as caught:
        checked_times(Standing().absorbed(), None, "2026-11-22T12:00:00.000001Z")
    assert (caught.value.status, caught.value.field) == (409, "known_at")


def test_the_slowest_shard_says_what_is_known() -> None:
    pipeline = Standing({0: (7, NOW + 100), 1: (2, NOW)})
    with pytest.raises(NotYetKnown):
        checked_times(pipeline.absorbed(), None, "2026-11-22T12:00:00.000050Z")


def test_as_of_may_lie_in_the_future() -> None:
    assert checked_times(Standing().absorbed(), "2030-01-01", None).as_of is not None


def test_before_anything_is_absorbed_nothing_is_known() -> None:
    with pytest.raises(NotYetKnown):
        checked_times(Standing({}).absorbed(), None, "2026-11-22")


STATUS = "/api/v1/status"


def test_the_state_of_the_pipeline_is_told_with_what_is_absorbed() -> None:
    answer = get(STATUS, pipeline=Standing({1: (3, NOW + 1_000_000), 0: (7, NOW)}))
    assert answer.status == 200
    headers = dict(answer.headers)
    assert headers[b"x-footfall-position"] == b"0:7,1:3"
    assert headers[b"x-footfall-as-of"].startswith(b"2026-11-22T12:00:00")


@pytest.mark.parametrize("token", [None, "", "wk", "qt2"])
def test_without_a_query_token_nothing_is_told(token: str | None) -> None:
    assert get(STATUS, token=token).status == 401


@pytest.mark.parametrize(
    "asked", [b"x%0d%0aSet-Cookie:%20evil=1", b"2026%0aX:%20y", b"%E2%82%AC", b"%00", b"%C3%A9", b"x" * 50_000]
)
def test_no_text_of_a_request_gets_into_the_headers_of_its_answer(asked: bytes) -> None:
    answer = get(STATUS, b"as_of=" + asked)
    assert answer.status in (200, 400)
    for _, value in answer.headers:
        assert value.isascii()
        assert len(value) < 1_000
        assert not set(value) & set(b"\r\n\0")
