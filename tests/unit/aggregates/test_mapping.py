"""The stored layout of format 1 is frozen: bytes that were ever written decode for ever.

Adding a fixture of a later format is fine. A fixture that has to change means that stored facts became unreadable.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.exceptions import InvalidTag

from aggregates.errors import KeyDestroyed
from aggregates.mapping import FactMapper, StoredFact, ciphers, stamp
from aggregates.ports import StreamKey
from schemas.facts import CustomerEvent, KeyClass
from schemas.streams import StreamId
from tests.builders import NOW

FIXTURES = sorted(Path(__file__).parent.glob("stored_facts_v*.json"))
STORED = [stored for path in FIXTURES for stored in json.loads(path.read_text("utf-8"))]
KEY, OTHER_KEY = b"k" * 32, b"o" * 32
STREAM = StreamId("a" + 32 * "0")


def event(**fields: Any) -> CustomerEvent:
    built: dict[str, Any] = {
        "store": "shop",
        "stream": STREAM,
        "version": 1,
        "event_id": 32 * "1",
        "key_class": KeyClass.WRITE,
        "name": "Product Viewed",
        "fact": "ProductViewed:1",
        "message_id": "m-1",
        "occurred_at": NOW,
        "received_at": NOW,
        "recorded_at": NOW,
        "names": ((STREAM, "a-1"),),
        "message": msgspec.Raw(b'{"type":"track"}'),
    }
    return CustomerEvent(**{**built, **fields})


def sealed(said: CustomerEvent, key: bytes = KEY) -> StoredFact:
    """As it lies in the store, with the stamp of the commit."""
    stored = FactMapper().to_stored_event(said, key)
    return 1, said.stream, stored.originator_version, stored.topic, stamp(NOW) + stored.state


@pytest.mark.parametrize("stored", STORED, ids=lambda stored: stored["topic"])
def test_a_fact_of_any_format_ever_stored_still_reads(stored: dict[str, Any]) -> None:
    stream = StreamId(stored["originator_id"])
    row = 1, stream, stored["originator_version"], stored["topic"], bytes.fromhex(stored["state"])
    fact = FactMapper().to_fact(row, ciphers({stream: StreamKey(bytes.fromhex(stored["key"]))}))
    said = {name: getattr(fact, name) for name in fact.__struct_fields__ if name != "message"}
    expected = {name: value for name, value in stored["fact"].items() if name != "message"}
    assert {**said, "names": [list(name) for name in said["names"]]} == expected
    assert bytes(fact.message).decode() == stored["fact"]["message"]


def test_a_state_starts_with_its_time_of_recording_and_its_format() -> None:
    *_, state = sealed(event())
    assert int.from_bytes(state[:8], "big") == NOW
    assert state[8:9] == b"\x01"


def test_what_is_sealed_opens_again() -> None:
    said = event(key_class=KeyClass.SERVER, message=msgspec.Raw('{"price":0.10000000000000000001,"ä":[]}'.encode()))
    assert FactMapper().to_fact(sealed(said), ciphers({STREAM: StreamKey(KEY)})) == said


def test_the_same_fact_is_never_sealed_to_the_same_bytes() -> None:
    assert sealed(event()) != sealed(event())


def test_without_its_key_a_fact_cannot_be_opened() -> None:
    with pytest.raises(KeyDestroyed):
        FactMapper().to_fact(sealed(event()), {})


@pytest.mark.parametrize("wrong", ["key", "stream", "bytes"])
def test_a_fact_opens_with_its_own_key_in_its_own_stream_unchanged_only(wrong: str) -> None:
    id_, _, version, topic, stored = sealed(event())
    stream = StreamId("a" + 32 * "f") if wrong == "stream" else STREAM
    state = stored[:-1] + bytes([stored[-1] ^ 1]) if wrong == "bytes" else stored
    with pytest.raises(InvalidTag):
        FactMapper().to_fact(
            (id_, stream, version, topic, state), ciphers({stream: StreamKey(OTHER_KEY if wrong == "key" else KEY)})
        )
