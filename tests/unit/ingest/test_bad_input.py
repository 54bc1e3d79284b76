"""What the collector must survive: every answer names the field, nothing is lost silently, nothing is a 500."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.vocabulary import EVENT_TYPES
from tests.builders import message
from tests.unit.ingest.doubles import SERVER_KEY, WRITE_KEY, Shop

GOOD = json.dumps(message(messageId="good"))


def raw_event(properties: str) -> str:
    return '{"type":"track","event":"X","messageId":"bad","anonymousId":"a","properties":%s}' % properties  # noqa: UP031


BAD_JSON = [
    (raw_event('{"price": NaN}'), "invalid_json", "properties.price"),
    (raw_event('{"a": [1, -Infinity]}'), "invalid_json", "properties.a.1"),
    (raw_event('{"price": 1e999999999}'), "number_out_of_range", "properties.price"),
    (raw_event('{"price": %s}' % ("9" * 39)), "number_out_of_range", "properties.price"),
    (raw_event('{"price": %s}' % ("9" * 9000)), "number_out_of_range", "properties.price"),
    (raw_event('{"price": 0.%s}' % ("9" * 39)), "number_out_of_range", "properties.price"),
    (raw_event('{"a": %s1%s}' % ("[" * 31, "]" * 31)), "too_deep", "properties.a"),  # noqa: UP031
    (raw_event('{"a": %s1%s}' % ("[" * 9999, "]" * 9999)), "too_deep", ""),  # noqa: UP031
    (raw_event('{"a": tru}'), "invalid_json", ""),
]


@pytest.mark.parametrize(("bad", "code", "field"), BAD_JSON)
def test_a_bad_event_by_itself_is_refused_and_its_field_named(shop: Shop, bad: str, code: str, field: str) -> None:
    response = shop.post("/v1/track", bad.encode())
    assert (response.status, response.json["code"]) == (400, code)
    assert response.json["errors"][0]["field"] == field
    assert shop.letters[0].raw == bad.encode()


@pytest.mark.parametrize(("bad", "code", "field"), BAD_JSON)
def test_a_bad_event_never_fails_its_neighbours(shop: Shop, bad: str, code: str, field: str) -> None:
    response = shop.post("/v1/batch", f'{{"batch": [{GOOD}, {bad},{GOOD}], "context": {{}}}}'.encode())
    (refused,) = response.json["refused"]
    assert (refused["index"], refused["code"], refused["field"]) == (1, code, field)
    assert [event.message_id for event in shop.log.events] == ["good", "good"]
    assert [letter.raw for letter in shop.letters] == [bad.encode()]


def test_invalid_utf8_never_fails_its_neighbours(shop: Shop) -> None:
    bad = b'{"type":"page","anonymousId":"\xff"}'
    response = shop.post("/v1/batch", b'{"batch": [' + bad + b"," + GOOD.encode() + b"]}")
    assert response.json["refused"][0]["code"] == "invalid_utf8"
    assert len(shop.log.events) == 1
    assert shop.letters[0].raw == bad
    assert shop.post("/v1/page", bad).json["code"] == "invalid_utf8"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"nonsense", b'{"batch": [{', b"\x00", b"[[[[", b'{"batch": [1}', b'{"a":"']
)
def test_what_cannot_be_taken_apart_is_a_dead_letter_as_a_whole(shop: Shop, body: bytes) -> None:
    for path in ("/v1/batch", "/v1/track"):
        response = shop.post(path, body)
        assert (response.status, response.json["code"]) == (400, "invalid_json")
    assert [letter.raw for letter in shop.letters] == [body, body]


def test_null_bytes_and_lone_surrogates_are_data(shop: Shop) -> None:
    body = rb'{"event":"A\u0000B","anonymousId":"a\u0000","properties":{"x":"\ud83d"}}'
    assert shop.post("/v1/track", body).status == 200
    (event,) = shop.log.events
    assert event.name == "A\0B"
    assert json.loads(bytes(event.message))["properties"] == {"x": "\ufffd"}


@pytest.mark.parametrize("none", [None, "", " ", "null", "undefined", "0", "00000", "-", "-1", -1, 0, "Anonymous"])
def test_an_event_that_names_nobody_is_refused(shop: Shop, none: Any) -> None:
    body = {"event": "X", "userId": none, "anonymousId": none}
    for key in (WRITE_KEY, SERVER_KEY):
        assert shop.post("/v1/track", body, key).json["code"] == "no_id"
    assert shop.post("/v1/track", {**body, "anonymousId": "a"}).status == 200


@pytest.mark.parametrize(("year", "write", "server"), [("1970", "back_dated", None), ("2036", None, None)])
def test_a_date_far_off(shop: Shop, year: str, write: str | None, server: str | None) -> None:
    body = message(timestamp=f"{year}-01-01T00:00:00Z")
    for key, code in ((WRITE_KEY, write), (SERVER_KEY, server)):
        response = shop.post("/v1/track", body, key)
        assert response.json.get("code") == code
        if code:
            assert response.json["errors"][0]["field"] == "timestamp"


@pytest.mark.parametrize("event", [known.name for known in EVENT_TYPES if known.back_office])
def test_a_back_office_event_needs_a_server_key(shop: Shop, event: str) -> None:
    assert shop.post("/v1/track", message(event=event, properties={})).json["code"] == "back_office"
    assert shop.post("/v1/track", message(event=event.upper(), properties={})).json["code"] == "back_office"


def test_what_is_too_large_is_refused(shop: Shop) -> None:
    large = message(properties={"x": "y" * 33_000})
    assert shop.post("/v1/track", large).json["code"] == "event_too_large"
    response = shop.batch(large, message())
    assert [refused["code"] for refused in response.json["refused"]] == ["event_too_large"]
    assert shop.post("/v1/track", message(messageId="m" * 101)).json["errors"][0]["field"] == "messageId"
    body = b'{"batch": [%s]}' % (b" " * 600_000)
    for sent, chunk in ((body, None), (body, 5_000), (gzip.compress(body), None)):
        response = shop.post("/v1/batch", sent, chunk=chunk)
        assert (response.status, response.json["code"]) == (413, "body_too_large")


def test_an_event_of_exactly_32_kb_is_taken(shop: Shop) -> None:
    said = {"event": "X", "anonymousId": "a", "properties": {"x": ""}}
    room = 32 * 1024 - len(json.dumps(said, separators=(",", ":")))
    said["properties"] = {"x": "y" * room}
    assert shop.post("/v1/track", said).status == 200
    said["properties"] = {"x": "y" * (room + 1)}
    assert shop.post("/v1/track", said).json["code"] == "event_too_large"


def test_a_gzip_bomb_is_refused_without_being_unpacked(shop: Shop) -> None:
    bomb = gzip.compress(b"0" * 400_000_000, compresslevel=9)
    assert len(bomb) < 500_000
    assert shop.post("/v1/batch", bomb).status == 413


@pytest.mark.parametrize("body", [b"\x1f\x8b", b"\x1f\x8bnonsense", gzip.compress(b"{}" * 99)[:-9]])
def test_a_broken_gzip_is_a_dead_letter(shop: Shop, body: bytes) -> None:
    assert shop.post("/v1/batch", body, headers={"content-encoding": "gzip"}).json["code"] == "invalid_gzip"
    assert shop.letters[0].raw == body


def test_an_unknown_encoding_is_refused(shop: Shop) -> None:
    assert shop.post("/v1/batch", b"\x8b\x00\x80", headers={"content-encoding": "br"}).status == 415


def test_a_context_that_would_swell_a_batch_is_refused(shop: Shop) -> None:
    items = [{"type": "page", "anonymousId": "a"}] * 2500
    response = shop.batch(*items, context={"x": "y" * 30_000})
    assert (response.status, response.json["code"]) == (413, "body_too_large")
    assert not shop.log.events


def test_no_dead_letter_holds_a_key(shop: Shop) -> None:
    shop.post("/v1/track", {**message(properties=1), "writeKey": SERVER_KEY}, None)
    shop.post("/v1/batch", b'{"writeKey": "sk_test", "batch": [', None)
    shop.batch({"type": "x", "writeKey": SERVER_KEY})
    assert len(shop.letters) == 3
    assert all(b"sk_" not in letter.raw for letter in shop.letters)


FIELDS = ["type", "event", "messageId", "anonymousId", "userId", "timestamp", "originalTimestamp", "sentAt", "context",
          "properties", "traits", "integrations", "groupId", "previousId", "batch", "writeKey", "page", "url", "ip",
          "email", "phone", "products", "price", "referrer", "campaign", "library", "name", "category"]  # fmt: skip
scalars = st.sampled_from(
    [None, True, 0, -1, 10**60, 1.5, "", "x", "null", "\0", "2026-11-22", "1.2.3.4", "http://a:b@c/?d#e=f", "a@b.de",
     "track", "page", "identify", "Order Completed", "Order Refunded", WRITE_KEY, "\ud83d"]
)  # fmt: skip
anything = st.recursive(
    scalars, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inside, max_size=6)
)
paths = st.sampled_from(["/v1/track", "/v1/p", "/v1/identify", "/v1/alias", "/v1/group", "/v1/batch", "/v1/import"])


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(paths, anything, st.sampled_from([WRITE_KEY, SERVER_KEY]), st.booleans())
def test_no_value_in_any_field_is_a_500(path: str, value: Any, key: str, zipped: bool) -> None:
    shop = Shop()
    if path in {"/v1/batch", "/v1/import"} and not isinstance(value, dict):
        value = {"batch": value}
    body = json.dumps(value).encode()
    response = shop.post(path, gzip.compress(body) if zipped else body, key)
    assert response.status in {200, 400, 401, 413}
    assert len(shop.letters) >= (response.status != 200)


@settings(max_examples=400, deadline=None)
@given(paths, st.binary(max_size=60) | st.text('{}[]",:\\0e-NaI batch', max_size=60).map(str.encode), st.booleans())
def test_no_bytes_are_a_500(path: str, body: bytes, inside: bool) -> None:
    shop = Shop()
    response = shop.post(path, b'{"batch": [' + body + b"]}" if inside else body)
    assert response.status in {200, 400}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=20))
def test_no_header_is_a_500(authorization: str, origin: str, encoding: str) -> None:
    headers = {"authorization": authorization, "origin": origin, "content-encoding": encoding}
    latin = {name: value.encode("latin-1", "ignore").decode("latin-1") for name, value in headers.items()}
    response = Shop().request("POST", "/v1/track", b"{}", latin)
    assert response.status in {401, 415}
