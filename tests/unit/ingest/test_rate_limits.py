from __future__ import annotations

from dataclasses import dataclass

import pytest

from ingest.collector import Collector
from ingest.rate_limits import BURST_SECONDS, Buckets, RateLimits, network
from tests.builders import NOW, message
from tests.unit.ingest.doubles import SERVER_KEY, WRITE_KEY, Shop


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limited(clock: Clock, events: float = 0, requests: float = 0) -> Shop:
    shop = Shop()
    limits = RateLimits(events, requests, clock=clock)
    shop.collector = Collector(shop.keys, shop.log, shop.dead_letters, clock=lambda: NOW, limits=limits)
    return shop


def test_a_bucket_gives_its_burst_then_its_rate() -> None:
    bucket = Buckets(2)
    full = int(2 * BURST_SECONDS)
    assert [bucket.take("a", 1, 50.0) for _ in range(full)] == [0.0] * full
    wait = bucket.take("a", 1, 50.0)
    assert wait == pytest.approx(0.5)
    assert bucket.take("b", 1, 50.0) == 0.0
    assert bucket.take("a", 1, 50.0 + wait + 1e-6) == 0.0
    assert bucket.take("a", 1, 50.0 + wait + 1e-6) > 0
    assert [bucket.take("a", 1, 500.0) for _ in range(full)] == [0.0] * full


def test_what_is_larger_than_a_bucket_gets_through_and_what_follows_waits_for_it() -> None:
    bucket = Buckets(10)
    assert bucket.take("a", 2500, 0.0) == 0.0
    wait = bucket.take("a", 1, 0.0)
    assert wait == pytest.approx(250 - BURST_SECONDS + 0.1)
    assert bucket.take("a", 1, wait + 1e-6) == 0.0


def test_a_flood_of_new_names_does_not_fill_the_memory() -> None:
    bucket = Buckets(1, remembered=100)
    for number in range(10_000):
        bucket.take(number, 1, 0.0)
        bucket.take("busy", 1, 0.0)
    assert len(bucket) <= 200
    assert bucket.take("busy", 1, 0.0) > 0, "who keeps coming is remembered"


@pytest.mark.parametrize(
    ("address", "same"),
    [("2001:db8::1", "2001:db8::ffff:1"), ("::ffff:203.0.113.7", "203.0.113.7"), ("unix", "unix")],
)
def test_addresses_of_one_network_share_a_bucket(address: str, same: str) -> None:
    assert network(address) == network(same)
    assert network("2001:db8:0:1::1") != network("2001:db8::1")


def test_beyond_the_limit_of_an_address_the_body_is_not_read(clock: Clock) -> None:
    shop = limited(clock, requests=0.2)
    for _ in range(2):
        assert shop.post("/v1/track", message()).status == 200
    response = shop.post("/v1/track", b"nonsense", "wrong")
    assert (response.status, response.json["code"]) == (429, "rate_limited")
    assert (response.headers["retry-after"], response.headers["x-ratelimit-reset"]) == ("5", "5")
    assert shop.request("GET", f"/v1/projects/{WRITE_KEY}/settings").status == 429
    assert shop.request("GET", "/healthz").status == 200
    assert shop.request("OPTIONS", "/v1/track").status == 204, "a browser that may not ask would never send"
    clock.now += 5
    assert shop.post("/v1/track", message()).status == 200
    assert (len(shop.log.events), shop.letters) == (3, [])


def test_the_limit_of_a_key_counts_events_the_refused_ones_too(clock: Clock) -> None:
    shop = limited(clock, events=0.3)
    assert shop.batch(message(), 5).status == 200
    assert shop.post("/v1/track", b"nonsense").status == 400
    response = shop.batch(message())
    assert (response.status, response.headers["retry-after"]) == (429, "4")
    assert shop.post("/v1/track", b"nonsense").status == 429
    assert shop.batch(message(), key=SERVER_KEY).status == 200
    assert (len(shop.log.events), len(shop.letters)) == (2, 2)
    clock.now += 4
    assert shop.batch(message()).status == 200


def test_without_limits_nothing_is_counted() -> None:
    limits = RateLimits(0, 0)
    for _ in range(1000):
        limits.request_of("a")
        limits.events_of("a", 1000)
