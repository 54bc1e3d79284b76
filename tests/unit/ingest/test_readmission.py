"""Admission once more: a dead letter gives the events that the collector would have taken, always the same ones."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from ingest.admission import Rules
from ingest.collector import Collector
from ingest.kept_letters import KeptLetter, letter_id
from ingest.ports import DeadLetter
from ingest.readmission import readmit
from tests.builders import NOW, message
from tests.unit.ingest.doubles import SERVER_KEY, WRITE_KEY, Shop

OLD = "1970-01-02T00:00:00Z"
LENIENT = Rules(write_key_max_age=None, allowed_parameters=frozenset({"q"}))


def kept(letter: DeadLetter) -> KeptLetter:
    return KeptLetter(letter_id(letter), letter, 1, 1)


def lenient(shop: Shop) -> Shop:
    """The same shop with a collector that takes old events."""
    other = Shop()
    other.collector = Collector(shop.keys, other.log, other.dead_letters, rules=LENIENT, clock=lambda: NOW)
    return other


def replayed(shop: Shop, rules: Rules = LENIENT) -> list[Any]:
    return [event for letter in shop.letters for event in readmit(kept(letter), rules).accepted]


ENVELOPE = {
    "sentAt": "2026-11-22T11:00:00Z",
    "context": {"ip": "203.0.113.9", "page": {"url": "https://a.example/?q=1&s=2"}},
}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/track", message(timestamp=OLD, type=None)),
        ("/v1/page", message("page", timestamp=OLD, type=None, sentAt="2026-11-22T11:00:00Z")),
        ("/v1/batch", {"batch": [message(timestamp=OLD), message(messageId="m-2", timestamp=OLD)], **ENVELOPE}),
        ("/v1/import", {"batch": [message(timestamp=OLD)], **ENVELOPE}),
        ("/beacon/v1/batch", {"batch": [message(timestamp=OLD, context={"ip": "198.51.100.7"})], **ENVELOPE}),
    ],
)  # fmt: skip
def test_what_is_readmitted_is_what_the_collector_would_have_taken(path: str, body: Any) -> None:
    shop = Shop()
    shop.post(path, body)
    assert not shop.log.events
    other = lenient(shop)
    assert other.post(path, body).status == 200
    assert replayed(shop) == other.log.events != []


def test_a_body_of_another_format_is_read_in_that_format() -> None:
    shop = Shop()
    body = {"client_id": "c", "events": [{"name": "login"}, {"name": "search", "params": {"search_term": "tea"}}]}
    shop.post("/mp/collect", {**body, "timestamp_micros": "late"}, None, query=f"api_secret={WRITE_KEY}")
    (letter,) = shop.letters
    mended = letter._replace(raw=json.dumps(body).encode())  # as a version would see it that takes such a time
    first, again = readmit(kept(mended), Rules()), readmit(kept(mended), Rules())
    assert [event.name for event in first.accepted] == ["Signed In", "Products Searched"]
    assert first == again


def test_the_same_rules_refuse_again_with_the_reason() -> None:
    shop = Shop()
    shop.post("/v1/track", message(timestamp=OLD, type=None))
    (letter,) = shop.letters
    found = readmit(kept(letter), Rules())
    assert found.accepted == []
    assert found.refused.startswith("back_dated: timestamp: ")


def test_the_class_of_the_key_stays() -> None:
    shop = Shop()
    refund = message(event="Order Refunded", properties={"order_id": 1, "total": "much"}, timestamp=OLD)
    for key in (WRITE_KEY, SERVER_KEY):
        shop.batch(refund, key=key)
    assert [letter.code for letter in shop.letters] == ["back_office", "invalid_property"]
    assert [letter.key_class for letter in shop.letters] == ["write", "server"]
    assert len({letter_id(letter) for letter in shop.letters}) == 2


def test_a_body_that_was_refused_as_a_whole_gives_each_event_that_is_good_now() -> None:
    letter = DeadLetter(
        "shop", "admission", "too_many_events", "batch", "", gzip.compress(json.dumps({
            "batch": [message(), message(messageId="m-2", anonymousId=None), message(messageId="m-3")],
        }).encode()), NOW, "write",
    )  # fmt: skip
    found = readmit(kept(letter), Rules())
    assert [event.message_id for event in found.accepted] == ["m-1", "m-3"]
    assert found.refused.startswith("1 of 3 events, the first at 1: no_id: ")


@pytest.mark.parametrize("message_id", [None, ""])
def test_events_without_an_id_are_copies_of_each_other_in_every_replay(message_id: str | None) -> None:
    shop = Shop()
    said = {**message(timestamp=OLD), "messageId": message_id}
    shop.batch(said)
    shop.batch(said, said, "no event")
    whole = DeadLetter("shop", "admission", "x", "", "", json.dumps({"batch": [said, said]}).encode(), NOW, "write")
    shop.letters.append(whole)
    once, twice = replayed(shop), replayed(shop)
    assert once == twice
    ids = [event.message_id for event in once]
    assert len(ids) == 5
    assert len(set(ids[3:])) == 2


@pytest.mark.parametrize(
    "raw", [b"", b"\xff", b"{", b"[1]", b'{"batch": 5}', b'{"batch": [{]}', b"\x1f\x8b", b'"text"']
)
@pytest.mark.parametrize("type_", ["", "track"])
@pytest.mark.parametrize("envelope", [b"", b"{}", b'{"context": 5}'])
@pytest.mark.parametrize("key_class", ["", "server"])
def test_whatever_the_bytes_are_there_is_a_reason(raw: bytes, type_: str, envelope: bytes, key_class: str) -> None:
    letter = DeadLetter("shop", "admission", "c", "", "", raw, NOW, key_class, type_, envelope=envelope)
    found = readmit(kept(letter), Rules())
    assert found.accepted == []
    assert found.refused


def test_a_letter_of_an_older_version_is_taken_as_by_a_write_key() -> None:
    one = DeadLetter("shop", "admission", "c", "", "", json.dumps(message()).encode(), NOW)
    assert [event.key_class for event in readmit(kept(one), Rules()).accepted] == ["write"]
    whole = one._replace(raw=json.dumps({"batch": [message(), message(messageId="m-2")]}).encode())
    assert len(readmit(kept(whole), Rules()).accepted) == 2


def test_keys_are_struck_out_of_the_envelope_too() -> None:
    shop = Shop()
    shop.batch("no event", context={"writeKey": SERVER_KEY})
    (letter,) = shop.letters
    assert b"writeKey" in letter.envelope
    assert SERVER_KEY.encode() not in letter.envelope
    packed = gzip.compress(json.dumps({"batch": 5, "writeKey": SERVER_KEY}).encode() + b"}")
    shop.post("/v1/batch", packed)
    assert SERVER_KEY.encode() not in gzip_safe(shop.letters[-1].raw)


def gzip_safe(raw: bytes) -> bytes:
    return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw


def test_refused_events_with_a_large_context_are_one_letter_of_the_body() -> None:
    shop = Shop()
    answer = shop.batch(*[{"n": number} for number in range(100)], context={"x": "x" * 100_000})
    assert (answer.status, answer.json["code"]) == (413, "body_too_large")
    assert len(shop.letters) == 1
