"""Row 12: two customers of many events merged by the API, and split again: from the request to the answers.

Each has a user, events of a shop half a minute apart and an order now and then. The profile is asked for every 20 ms;
what is timed begins with the request to merge or split, not with its answer.
"""

from __future__ import annotations

import base64
import http.client
import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.harness import Bench, Result
from benchmarks.product import Product, running

AT_MOST = 2.0
POLL, LONGEST = 0.02, 60.0
BATCH, STEP, FIRST = 500, 30, 1_700_000_000
USERS = ("one", "other")


def merge(bench: Bench) -> Sequence[Result]:
    """Merged and split, seen."""
    events, times = bench.sizes.merged_events, []
    with bench.folder() as folder, running(folder) as product:
        shop = _Shop(product)
        for user in USERS:
            for batch in _batches(user, events):
                shop.post("/v1/batch", shop.server_key, {"batch": batch})
        product.wait_settled(2 * events)
        for _ in range(bench.sizes.repeats):
            times += shop.merged_and_split(events)
            bench.say(f"merged {times[-2]:.2f} s, split {times[-1]:.2f} s")
        shop.close()
    merged, split = max(times[::2]), max(times[1::2])
    return [
        Result(
            f"two customers of {events:,} events each merged, and seen in the profile",
            "-",
            f"{merged:.2f} s",
            "-",
            f"below {AT_MOST:g} s",
            merged < AT_MOST,
            f"slowest of {bench.sizes.repeats}; split again {split:.2f} s",
        )
    ]


class _Shop:
    """Sends and asks on kept connections."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self.server_key = "Basic " + base64.b64encode(f"{product.keys['server_key']}:".encode()).decode()
        self._admin = f"Bearer {product.keys['admin_token']}"
        self._connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=60)

    def post(self, path: str, authorization: str, body: Any) -> Any:
        """Post what must be answered with 200."""
        headers = {"Content-Type": "application/json", "Authorization": authorization}
        self._connection.request("POST", path, json.dumps(body), headers)
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered with {answer.status}: {said.decode()}")
        return json.loads(said)

    def merged_and_split(self, events: int) -> list[float]:
        """Return how long it took until a merge and until the split of it were seen."""
        one, other = (str(self._profile(user)["customer_id"]) for user in USERS)
        began = time.monotonic()
        self.post(f"/api/v1/customers/{one}/merge", self._admin, {"with": other})
        merged = self._seen(2 * events) - began
        _, links = self._product.get(f"/customers/{one}/links")
        (link,) = (link["link"] for link in links["items"] if link["kind"] == "merge")
        began = time.monotonic()
        self.post(f"/api/v1/customers/{one}/split", self._admin, {"link": link})
        return [merged, self._seen(events) - began]

    def close(self) -> None:
        self._connection.close()

    def _seen(self, events: int) -> float:
        """Return when both users had so many events."""
        deadline = time.monotonic() + LONGEST
        while any(self._profile(user)["events"] != events for user in USERS):
            if time.monotonic() > deadline:
                raise RuntimeError(f"not seen within {LONGEST:g} s")
            time.sleep(POLL)
        return time.monotonic()

    def _profile(self, user: str) -> Any:
        code, profile = self._product.get(f"/customers/by/user_id/{user}")
        if code != 200:
            raise RuntimeError(f"the profile of {user} was answered with {code}")
        return profile


def _batches(user: str, events: int) -> Iterator[list[dict[str, Any]]]:
    made = [_message(user, number) for number in range(events)]
    for first in range(0, events, BATCH):
        yield made[first : first + BATCH]


def _message(user: str, number: int) -> dict[str, Any]:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(FIRST + STEP * number))
    said: dict[str, Any] = {"type": "track", "userId": user, "messageId": f"{user}-{number}", "timestamp": at}
    if number % 50 == 49:
        return said | {"event": "Order Completed", "properties": {"order_id": f"{user}-{number}", "total": 12.5}}
    product = {"product_id": f"p-{number % 200}", "category": f"c-{number % 9}", "price": 12.5}
    return said | {"event": "Product Added" if number % 10 == 9 else "Product Viewed", "properties": product}
