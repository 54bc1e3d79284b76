"""Dead letters as records of a topic: what goes out comes back."""

from __future__ import annotations

import pytest

from ingest.kafka_dead_letters import headers_of, letter_of
from ingest.ports import ADMISSION, PROJECT, DeadLetter

REFUSED = DeadLetter("shop", ADMISSION, "no_id", "userId", "nobody is named", b"\xff{", 17, "write", "track", True)
ROWLESS = DeadLetter("shop", PROJECT, "unreadable", "", "no row", b"{}", 18, shard=3, notification_id=99)


@pytest.mark.parametrize(
    "letter", [REFUSED, ROWLESS, REFUSED._replace(envelope=b"\xfe", ip="192.0.2.0", is_import=False)]
)
def test_a_letter_is_the_same_after_its_way_over_the_topic(letter: DeadLetter) -> None:
    assert letter_of(headers_of(letter), letter.raw) == letter


@pytest.mark.parametrize("headers", [[], [("store", b"shop")], [*headers_of(REFUSED), ("received_at", b"soon")]])
def test_a_record_of_somebody_else_is_no_letter(headers: list[tuple[str, bytes]]) -> None:
    with pytest.raises((ValueError, KeyError)):
        letter_of(headers, b"")
