"""What somebody can do who has read the write key in a page's source: docs/security.md, row by row."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from schemas.vocabulary import EVENT_TYPES
from tests.product.running import Json, Product, RunningProduct, Shop, eventually

pytestmark = pytest.mark.product

API_ROUTES = ("/status", "/customers", "/customers/by/user_id/ada", "/questions/funnel")


def track(event: str, message_id: str, properties: Json | None = None, **fields: Any) -> Json:
    return {"type": "track", "event": event, "messageId": message_id, "properties": properties or {}, **fields}


def ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def codes(answer: Json) -> list[str]:
    return [each["code"] for each in answer.get("refused", [])]


def test_a_forged_order_is_taken_and_the_servers_fact_decides(shop: Shop) -> None:
    forged = {"order_id": "o-1", "total": 1_000_000, "currency": "EUR"}
    shop.send(track("Order Completed", "f-1", forged, userId="eve"))
    shop.send(track("Order Completed", "f-2", {**forged, "order_id": "o-2"}, userId="ada"))
    real = {"order_id": "o-1", "total": 20, "currency": "EUR"}
    shop.send(track("Order Completed", "r-1", real, userId="ada"), server=True)
    shop.send(track("Order Cancelled", "r-2", {"order_id": "o-2"}, userId="ada"), server=True)
    shop.settle()
    assert shop.customer("ada")["orders"]["revenue"] == {"EUR": "20.00"}
    assert shop.customer("ada")["orders"]["count"] == 1
    assert shop.customer("eve")["orders"]["count"] == 0


def test_what_is_said_for_a_known_user_is_taken_and_can_be_taken_back(shop: Shop) -> None:
    names: Json = {"type": "identify", "userId": "ada", "traits": {"name": "Ada"}, "messageId": "1"}
    shop.send(names, server=True)
    shop.send({**names, "traits": {"name": "Eve"}, "messageId": "2"})
    shop.settle()
    assert shop.customer("ada")["traits"] == {"name": "Eve"}
    back = track("Event Retracted", "3", {"message_id": "2"}, userId="ada")
    assert codes(shop.send(back)) == ["back_office"]
    shop.send({**back, "messageId": "4"}, server=True)
    shop.settle()
    assert shop.customer("ada")["traits"] == {"name": "Ada"}


def test_no_write_key_joins_two_known_users(shop: Shop) -> None:
    traits = {"email": "ada@example.org", "phone": "+49 30 1234"}
    shop.send({"type": "identify", "userId": "ada", "anonymousId": "browser", "traits": traits, "messageId": "1"})
    shop.send(
        {"type": "identify", "userId": "eve", "anonymousId": "browser", "traits": traits, "messageId": "2"},
        {"type": "alias", "userId": "eve", "previousId": "ada", "messageId": "3"},
        {"type": "alias", "userId": "ada", "previousId": "eve", "messageId": "4"},
        {"type": "alias", "userId": "eve", "previousId": "browser", "messageId": "5"},
        {"type": "group", "userId": "eve", "anonymousId": "ada", "groupId": "ada", "messageId": "6"},
        track("Lead Captured", "7", {"email": "ada@example.org"}, userId="eve", context={"traits": traits}),
        {"type": "track", "event": "x", "anonymousId": "ada", "messageId": "8"},
    )
    shop.settle()
    ada, eve = shop.customer("ada"), shop.customer("eve")
    assert (ada["user_ids"], eve["user_ids"]) == (["ada"], ["eve"])
    assert ada["customer_id"] != eve["customer_id"]
    assert "browser" in ada["anonymous_ids"], "a browser belongs to the first who signed in there"
    assert "browser" not in eve["anonymous_ids"]
    assert ada["traits"] == {**traits}


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/import"])
def test_no_write_key_writes_history(shop: Shop, path: str) -> None:
    tricks: list[Json] = [
        {"timestamp": ago(31)},
        {"originalTimestamp": ago(31)},
        {"timestamp": "1999-12-31"},
        {"sentAt": ago(31)},
        {"timestamp": ago(0), "sentAt": ago(-60)},
    ]
    batch = [track("x", f"{number}", userId="ada", **fields) for number, fields in enumerate(tricks)]
    answer = shop.post(path, {"batch": batch}).json()
    clocks_count = path == "/v1/batch"
    refused = {each["messageId"] for each in answer["refused"] if each["code"] == "back_dated"}
    assert refused == ({"0", "1", "2", "4"} if clocks_count else {"0", "1", "2", "3"})


def test_the_store_is_that_of_the_key_whatever_the_payload_says(shop: Shop, product: Product) -> None:
    other = product.new_store()
    names: Json = {"writeKey": other.write_key, "store": other.name, "tenant": other.name}
    message = track("Product Viewed", "1", {"store": other.name}, userId="ada", context={"store": other.name}, **names)
    assert shop.post("/v1/batch", {"batch": [message], **names}).status_code == 200
    path = f"/beacon/v1/batch?writeKey={other.write_key}&store={other.name}"
    assert shop.post(path, {"batch": [{**message, "messageId": "2"}]}).status_code == 200
    shop.settle()
    assert shop.customer("ada")["events"] == 2
    assert other.ask("/customers/by/user_id/ada").status_code == 404
    facts = shop.get(f"/customers/{shop.customer('ada')['customer_id']}/events")
    assert other.write_key not in json.dumps(facts)


SPELLINGS = (
    str.upper, str.lower, str.title, str.swapcase, lambda name: f" {name}\t", lambda name: f"\u00a0{name}\u2003",
    lambda name: name.replace("s", "\u017f"), lambda name: name.replace("k", "\u212a"),
)  # fmt: skip
LOOK_ALIKES = (
    lambda name: name.replace(" ", "  "), lambda name: name.replace(" ", ""), lambda name: name.replace(" ", "_"),
    lambda name: name.replace("e", "\u0435"), lambda name: f"{name}\u200b", lambda name: f"{name}\0",
    lambda name: name.replace("O", "\uff2f"), lambda name: f"{name}" + " " * 300,
)  # fmt: skip


def test_back_office_events_are_refused_in_every_spelling(shop: Shop) -> None:
    names = [name for known in EVENT_TYPES if known.back_office for name in (known.name, *known.older_names)]
    spelled = [change(name) for name in names for change in SPELLINGS]
    answer = shop.send(*(track(name, str(number), userId="ada") for number, name in enumerate(spelled)))
    assert codes(answer) == ["back_office"] * len(spelled)
    refund = {"client_id": "c", "user_id": "ada", "events": [{"name": "refund", "params": {"transaction_id": "o-1"}}]}
    assert codes(shop.post(f"/mp/collect?api_secret={shop.write_key}", refund).json()) == ["back_office"]


def test_what_only_looks_like_a_back_office_event_does_nothing(shop: Shop) -> None:
    order = {"order_id": "o-1", "total": 20, "currency": "EUR"}
    shop.send(track("Order Completed", "real", order, userId="ada"), server=True)
    names = ["Order Refunded", "Order Cancelled", "Order Updated", "Event Retracted"]
    alike = [change(name) for name in names for change in LOOK_ALIKES]
    said = {**order, "total": 5, "message_id": "real"}
    shop.send(*(track(name, f"a-{number}", said, userId="ada") for number, name in enumerate(alike)))
    shop.settle()
    orders = shop.customer("ada")["orders"]
    assert (orders["count"], orders["revenue"], orders["refunded"]) == (1, {"EUR": "20.00"}, {})


def test_neither_write_nor_server_key_reads(shop: Shop) -> None:
    for key in (shop.write_key, shop.server_key, "null"):
        for path in API_ROUTES:
            answer = shop.analyst.get(path, headers={"Authorization": f"Bearer {key}"})
            assert answer.status_code == 401, path
        body = {"query": "SELECT 1"}
        assert shop.analyst.post("/sql", json=body, headers={"Authorization": f"Bearer {key}"}).status_code in {
            401,
            404,
        }
    for token in (shop.query_token, shop.admin_token):
        assert shop.http.post("/v1/track", content=b"{}", auth=(token, "")).status_code == 401


def test_wrong_keys_are_all_told_the_same(shop: Shop) -> None:
    near = [
        shop.write_key[:-1],
        shop.write_key + "0",
        shop.write_key.upper(),
        shop.write_key[:-1] + "\u00e9",
        "wk_",
        "x" * 200,
    ]
    answers = [shop.http.post("/v1/track", content=b"{}", auth=(key, "")) for key in near]
    answers += [shop.http.get(f"/v1/projects/{key}/settings") for key in ("wk_", shop.server_key, shop.query_token)]
    told = {(one.status_code, one.json()["code"], one.json()["message"]) for one in answers}
    assert told == {(401, "unauthorized", "a valid key is needed")}


@pytest.mark.embedded("the memory of the processes behind is that of the cluster's tests")
def test_a_gigabyte_in_a_request_is_never_unpacked(shop: Shop) -> None:
    assert isinstance(shop.product, RunningProduct)
    memory = psutil.Process(shop.product.pid).memory_info
    bomb = gzip.compress(b"[" * 4_000_000, compresslevel=9) * 110
    nested = gzip.compress(gzip.compress(bomb))
    members = gzip.compress(b" " * 10_000) * 10_000
    before = memory().rss
    for _ in range(3):
        assert shop.post("/v1/batch", bomb).status_code == 413
        assert shop.post("/v1/batch", nested).status_code == 400
        assert shop.post("/v1/batch", members[:500_000]).status_code in {400, 413}
    assert memory().rss - before < 64 * 1024 * 1024


DEEP = b'{"userId":"u","event":"x","properties":%s1%s}' % (b'{"a":' * 2000, b"}" * 2000)
HOSTILE = [
    DEEP,
    b"[" * 400_000,
    b'{"userId":"u","event":"x","properties":{"price":1e999999999}}',
    b'{"userId":"u","event":"x","properties":{"price":%s}}' % (b"9" * 400_000),
    b'{"userId":"u","event":"x","properties":{"price":0.%s}}' % (b"0" * 30_000),
    b'{"userId":"u","event":"x","properties":{"x":"%s"}}' % (b"y" * 400_000),
    b'{"batch":[%s{}]}' % (b"{}," * 160_000),
    b'{"userId":"%s","event":"x"}' % (b"u" * 40_000),
    b"\xff\xfe{\x00}\x00",
    b"\x00" * 400_000,
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_body_is_refused_at_once(shop: Shop, body: bytes) -> None:
    for path in ("/v1/track", "/v1/batch", f"/mp/collect?api_secret={shop.write_key}"):
        began = time.monotonic()
        assert shop.post(path, body).status_code in {400, 413}
        assert time.monotonic() - began < 5


@pytest.fixture
def raw(shop: Shop) -> Callable[[bytes], bytes]:
    """Sends bytes as they are, and returns the whole answer."""
    address = urlsplit(shop.product.url)

    def send(sent: bytes) -> bytes:
        with socket.create_connection((address.hostname, address.port or 80), timeout=10) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            received = b""
            while part := connection.recv(65536):
                received += part
            return received

    return send


INJECTIONS = [
    b"GET /v1/projects/x%0d%0aset-cookie:%20a=b/settings HTTP/1.1\r\nhost: a\r\n",
    b"GET /v1/projects/x/settings HTTP/1.1\r\nhost: a\r\norigin: https://a\r\n set-cookie: a=b\r\n",
    b"OPTIONS /v1/t HTTP/1.1\r\nhost: a\r\norigin: https://a\x0bset-cookie: a=b\r\n",
    b"OPTIONS /v1/t HTTP/1.1\r\nhost: a\r\norigin: https://a\x01b\r\n",
    b"OPTIONS /v1/t HTTP/1.1\r\nhost: a\r\norigin: https://a\xffb\r\n",
    b"OPTIONS /v1/t HTTP/1.1\r\nhost: a\r\naccess-control-request-headers: x\x0bset-cookie: a=b\r\n",
    b"OPTIONS /v1/t HTTP/1.1\r\nhost: a\r\naccess-control-request-headers: x\nset-cookie: a=b\r\n",
    b"OPTIONS /v1/t HTTP/1.1\r\nhost: a\r\norigin: https://a\rset-cookie: a=b\r\n",
]


@pytest.mark.parametrize("sent", INJECTIONS, ids=range(len(INJECTIONS)))
def test_no_header_of_ours_is_written_by_a_sender(raw: Callable[[bytes], bytes], sent: bytes) -> None:
    answer = raw(sent + b"connection: close\r\n\r\n")
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"http/1.1 "), answer
    assert not head.startswith(b"http/1.1 5"), answer
    assert b"\nset-cookie" not in head
    assert not any(byte in head for byte in (b"\x0b", b"\x01"))


def test_a_request_has_one_length(raw: Callable[[bytes], bytes]) -> None:
    smuggled = b"POST /v1/track HTTP/1.1\r\nhost: a\r\n\r\n"
    for lengths in (b"content-length: 4\r\ntransfer-encoding: chunked", b"content-length: 4\r\ncontent-length: 5"):
        answer = raw(b"POST /v1/track HTTP/1.1\r\nhost: a\r\n" + lengths + b"\r\n\r\n0\r\n\r\n" + smuggled)
        assert answer.startswith(b"HTTP/1.1 400")
        assert answer.count(b"HTTP/1.1") == 1


def test_slow_senders_keep_nobody_waiting(shop: Shop) -> None:
    address = urlsplit(shop.product.url)
    slow = (b"", b"POST /v1/track HT", b"POST /v1/batch HTTP/1.1\r\nhost: a\r\ncontent-length: 400000\r\n\r\n{")
    with ExitStack() as stack:
        for number in range(150):
            one = socket.create_connection((address.hostname, address.port or 80), timeout=10)
            stack.enter_context(one).sendall(slow[number % len(slow)])
        began = time.monotonic()
        for number in range(20):
            shop.send(track("x", f"m-{number}", userId="ada"))
        assert time.monotonic() - began < 5


def test_pages_of_other_origins_are_refused_once_a_store_names_its_own(shop: Shop, product: Product) -> None:
    product.command("store", "origins", shop.name, "https://Shop.example/")
    message = track("x", "1", userId="ada")

    def sent(origin: str) -> int:
        return shop.post("/v1/track", message, origin=origin).status_code

    eventually(lambda: sent("https://evil.example") == 403, 10, "the notice of the origins")
    for origin in (
        "null",
        "https://shop.example.evil.example",
        "https://evil-shop.example",
        "http://shop.example",
        "*",
    ):
        assert sent(origin) == 403, origin
    assert sent("https://shop.example") == 200
    assert shop.post("/v1/track", message).status_code == 200, "what is no page names no origin"
    settings = shop.http.get(f"/v1/projects/{shop.write_key}/settings", headers={"origin": "null"})
    assert settings.status_code == 403
