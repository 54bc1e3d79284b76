"""A person is erased from a running product: from the request to the end, every place and every file.

Absolute: seconds for a person with a long history, in a store of others. In the embedded mode: Kafka only waits.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.harness import Bench, Result, alone, seconds
from benchmarks.messages import Traffic
from benchmarks.product import Product, running
from benchmarks.sender import send

AT_MOST = 5.0
POLL_SECONDS = 0.02


def erase(bench: Bench) -> Sequence[Result]:
    """From the request until nothing is left."""
    others, own = bench.sizes.pipeline_events, bench.sizes.erased_events
    with bench.folder() as folder, running(folder) as product:
        alone(send, product.port, product.keys["write_key"], Traffic(others))
        _send_own(product, own)
        product.wait_settled(others + own)
        took = seconds(_erase, product)
    return [
        Result(
            f"a person of {own:,} events erased, beside {others:,} of others",
            "-",
            f"{took:.1f} s",
            "-",
            f"at most {AT_MOST:g} s",
            took <= AT_MOST,
            "until every file is free of it",
        )
    ]


def _send_own(product: Product, events: int) -> None:
    """Send the history of one customer."""
    connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=60)
    headers = {"Authorization": f"Bearer {product.keys['write_key']}"}
    traffic = Traffic(events, batch=500, prefix="erased")
    for body in traffic.bodies():
        said = json.loads(body)
        said["batch"] = [{**each, "userId": "leaving", "anonymousId": "leaving"} for each in said["batch"]]
        connection.request("POST", "/v1/batch", json.dumps({**said, "writeKey": product.keys["write_key"]}), headers)
        connection.getresponse().read()
    connection.close()


def _erase(product: Product) -> None:
    _, profile = product.get("/customers/by/user_id/leaving")
    asked = _as_owner(product, "POST", f"/customers/{profile['customer_id']}/erase")
    while _as_owner(product, "GET", f"/erasures/{asked['erasure_id']}")["state"] != "done":
        time.sleep(POLL_SECONDS)


def _as_owner(product: Product, method: str, path: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=60)
    headers = {"Authorization": f"Bearer {product.keys['admin_token']}"}
    connection.request(method, f"/api/v1{path}", headers=headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer
