"""CloudEvents: the document that subscribers were promised, and the way back."""

from __future__ import annotations

import msgspec
import pytest

from schemas.cloud_events import decode, encode, key
from schemas.facts import CustomerEvent, KeyClass, Notification
from schemas.streams import StreamId

STREAM, OTHER = StreamId("u" + "0" * 32), StreamId("a" + "1" * 32)
FACT = CustomerEvent(
    store="shop",
    stream=STREAM,
    version=3,
    event_id="e" * 32,
    key_class=KeyClass.WRITE,
    name="Product Viewed",
    fact="ProductViewed:1",
    message_id="m-1",
    occurred_at=1_700_000_000_123_456,
    received_at=1_700_000_001_000_000,
    recorded_at=1_700_000_002_000_000,
    names=((STREAM, "ada"), (OTHER, "visitor")),
    message=msgspec.Raw(b'{"type":"track","event":"Product Viewed","properties":{"price":12.90}}'),
)


def test_a_fact_is_the_document_that_was_promised() -> None:
    assert encode(Notification(2, 17, FACT)).decode() == (
        '{"specversion":"1.0","id":"' + "e" * 32 + '","source":"/stores/shop","type":"footfall.ProductViewed",'
        f'"subject":"{STREAM}","time":"2023-11-14T22:13:20.123456Z","datacontenttype":"application/json",'
        '"dataschema":"/schemas/ProductViewed/1.json","sequence":"3","shard":"2","notification":"17",'
        f'"data":{{"store":"shop","stream":"{STREAM}","version":3,"name":"Product Viewed","message_id":"m-1",'
        '"key_class":"write","occurred_at":"2023-11-14T22:13:20.123456Z","received_at":"2023-11-14T22:13:21Z",'
        f'"recorded_at":"2023-11-14T22:13:22Z","names":[["{STREAM}","ada"],["{OTHER}","visitor"]],'
        '"message":{"type":"track","event":"Product Viewed","properties":{"price":12.90}}}}'
    )


def test_the_way_back_gives_the_same_fact() -> None:
    notification = Notification(2, 17, FACT)
    assert decode(encode(notification)) == notification


@pytest.mark.parametrize("value", [b"", b"{}", b"[]", b'{"specversion":"0.3"}'])
def test_what_is_no_fact_of_ours_is_refused(value: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(value)


def test_the_key_names_store_and_stream() -> None:
    assert key(FACT) == f"shop/{STREAM}".encode()
