"""When an event happened: the rule of docs/definitions.md (`occurred_at`), and times as senders write them.

Moments are whole microseconds since 1970 in UTC. Nothing here asks what time it is.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.errors import InvalidEvent
from schemas.facts import Microseconds

SECOND: Microseconds = 1_000_000
DAY: Microseconds = 86_400 * SECOND
TOLERANCE: Microseconds = 60 * SECOND
"""A sender's clock is corrected only beyond this, so that copies of one message agree on their time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = _EPOCH.replace(tzinfo=None)
_MICROSECOND = timedelta(microseconds=1)

EARLIEST: Microseconds = (datetime(1900, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
"""What ClickHouse's DateTime64 holds begins here."""


def occurred_at(
    message: dict[str, Any], sent_at: Microseconds | None, received_at: Microseconds, corrected: bool = True
) -> Microseconds:
    """Return when a message happened; `corrected` is False for imports, whose times stand as they are."""
    moment = _said(message)
    if moment is None:
        moment = received_at if sent_at is None else sent_at
    if corrected and sent_at is not None and not -TOLERANCE <= received_at - sent_at <= TOLERANCE:
        moment += received_at - sent_at
    return min(received_at, moment)


def _said(message: dict[str, Any]) -> Microseconds | None:
    field = "timestamp"
    text = message.get(field)
    if text is None or text == "":
        field = "originalTimestamp"
        text = message.get(field)
    return None if text is None or text == "" else parse_time(text, field)


def parse_time(text: object, field: str) -> Microseconds:
    """Return the moment that an ISO 8601 (RFC 3339) text names; without an offset it is UTC.

    Epoch numbers are refused: whether seconds or milliseconds were meant would be a guess.
    """
    if not isinstance(text, str):
        raise InvalidEvent("wrong_type", field, "must be a time in ISO 8601")
    in_utc = text[-1:] == "Z"
    try:
        moment = datetime.fromisoformat(text[:-1] if in_utc else text)  # without an offset: a third of the time
    except ValueError:
        moment = _parse_leniently(text, field)
    if moment.tzinfo is None:
        delta = moment - _NAIVE_EPOCH
    elif not in_utc:
        delta = moment - _EPOCH
    else:
        raise _invalid(field)
    if text.isdigit():  # 20261122 would do as a date, and an epoch number of that length would pass for one
        raise _invalid(field)
    microseconds = delta.days * DAY + delta.seconds * SECOND + delta.microseconds
    if microseconds < EARLIEST:
        raise InvalidEvent("invalid_time", field, "lies before the year 1900")
    return microseconds


def _invalid(field: str) -> InvalidEvent:
    return InvalidEvent("invalid_time", field, "must be a time in ISO 8601, such as 2026-01-31T12:00:00.000Z")


def _parse_leniently(text: str, field: str) -> datetime:
    """Accept lower-case `t` and `z`, white space around, and a leap second (counted as the second before)."""
    try:
        moment = datetime.fromisoformat(text.strip().upper().replace(":60", ":59"))
    except ValueError:
        raise _invalid(field) from None
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def to_datetime(moment: Microseconds) -> datetime:
    """Return a moment as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=moment)


def to_microseconds(moment: datetime) -> Microseconds:
    """Return an aware datetime as a moment."""
    return (moment - _EPOCH) // _MICROSECOND
