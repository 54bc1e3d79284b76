"""Row 9: one profile over HTTP, against the same SQL through the driver on a connection that is kept; in turns."""

from __future__ import annotations

import time
from collections.abc import Sequence
from statistics import median

from clickhouse_driver import Client

from benchmarks.harness import Bench, Result, alone, seconds
from benchmarks.messages import STORE, Traffic
from benchmarks.product import Product, running
from benchmarks.sender import send
from projections import sql

AT_MOST, PLUS_SECONDS = 1.3, 0.005
EVENTS = 20_000
WARM_UP = 20


def profile(bench: Bench) -> Sequence[Result]:
    """HTTP against the driver."""
    requests = bench.sizes.profile_requests
    events = min(EVENTS, 40 * requests)
    with bench.folder() as folder, running(folder) as product:
        alone(send, product.port, product.keys["write_key"], Traffic(events))
        product.wait_settled(events)
        time.sleep(1)
        driver, http = _in_turns(product, requests)
    most = AT_MOST * driver + PLUS_SECONDS
    return [
        Result(
            "one profile over HTTP",
            f"{driver * 1e3:.2f} ms",
            f"{http * 1e3:.2f} ms",
            f"{http / driver:.2f}",
            f"at most {AT_MOST:g} times plus 5 ms ({most * 1e3:.2f} ms)",
            http <= most,
            f"{(http - driver) * 1e3:.2f} ms more; median of {requests} requests",
        )
    ]


def _in_turns(product: Product, requests: int) -> tuple[float, float]:
    """Return the medians of the driver and of HTTP."""
    _, listed = product.get(f"/customers?limit={min(requests, 1000)}")
    customers = [customer["customer_id"] for customer in listed["items"]]
    address = product.clickhouse()
    client = Client(
        host=address.host,
        port=address.port,
        user=address.user,
        password=address.password,
        database=address.database,
        settings={"server_side_params": True},
    )
    driver, http = [], []
    for number in range(WARM_UP + requests):
        customer = customers[number % len(customers)]
        driver.append(seconds(_ask, client, customer))
        http.append(seconds(product.get, f"/customers/{customer}"))
    client.disconnect()
    return median(driver[WARM_UP:]), median(http[WARM_UP:])


def _ask(client: Client, customer: str) -> None:
    query = sql.text("query_api", "queries", "profiles")
    rows, _ = client.execute(query, {"store": STORE, "customer_id": customer}, with_column_types=True)
    if len(rows) != 1:
        raise RuntimeError(f"{len(rows)} profiles of {customer}")
