"""Row 9: one profile over HTTP, against the same SQL through the driver on a connection that is kept; in turns.

Row 9b: the same as of an earlier time, against working out the live profile by the same SQL, without HTTP.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from statistics import median

from clickhouse_driver import Client

from benchmarks.harness import Bench, Result, alone, seconds
from benchmarks.messages import STORE, Traffic
from benchmarks.product import Product, running
from benchmarks.sender import send
from footfall.access import Hashing
from footfall.data_folder import DataFolder
from projections import sql
from projections.clickhouse_connection import Warehouse
from projections.links import Links
from query_api.reading import PROFILES, Sources, Times, sources_of
from schemas.rules import Rules

AT_MOST, PLUS_SECONDS = 1.3, 0.005
AS_OF_AT_MOST = 2.0
EVENTS = 20_000
WARM_UP = 20


def profile(bench: Bench) -> Sequence[Result]:
    """HTTP against the driver."""
    requests, driver, http = _measured(bench, _in_turns)
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


def as_of(bench: Bench) -> Sequence[Result]:
    """A profile as of then, over HTTP, against working out the live one."""
    requests, live, then = _measured(bench, _live_and_then)
    return [
        Result(
            "one profile as of then",
            f"{live * 1e3:.1f} ms",
            f"{then * 1e3:.1f} ms",
            f"{then / live:.2f}",
            f"at most {AS_OF_AT_MOST:g} times",
            then <= AS_OF_AT_MOST * live,
            f"median of {requests} requests",
        )
    ]


def _measured(bench: Bench, compare: Callable[[Product, int], tuple[float, float]]) -> tuple[int, float, float]:
    """Return the number of requests, and the seconds of the floor and of ours, of a product that has settled."""
    requests = bench.sizes.profile_requests
    events = min(EVENTS, 40 * requests)
    with bench.folder() as folder, running(folder) as product:
        alone(send, product.port, product.keys["write_key"], Traffic(events))
        product.wait_settled(events)
        time.sleep(1)
        return requests, *compare(product, requests)


def _live_and_then(product: Product, requests: int) -> tuple[float, float]:
    """Return the medians of working out the live profile and of asking for one as of then."""
    customers = _customers(product, requests)
    warehouse = Warehouse(product.clickhouse())
    links = Links(warehouse, Hashing(DataFolder(product.data).secret()))
    sources = sources_of(warehouse, links, Rules())
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    live, then = [], []
    for number in range(WARM_UP + requests):
        customer = customers[number % len(customers)]
        live.append(seconds(_work_out, sources, customer))
        then.append(seconds(product.get, f"/customers/{customer}?as_of={moment}"))
    warehouse.close()
    return median(live[WARM_UP:]), median(then[WARM_UP:])


def _work_out(sources: Sources, customer: str) -> None:
    perspective = sources.perspective(STORE, Times())
    rows = sources.refresh.compute(PROFILES, perspective, sources.scope.around(perspective, [customer]))
    if len(rows) != 1:
        raise RuntimeError(f"{len(rows)} profiles of {customer}")


def _customers(product: Product, requests: int) -> list[str]:
    _, listed = product.get(f"/customers?limit={min(requests, 1000)}")
    return [customer["customer_id"] for customer in listed["items"]]


def _in_turns(product: Product, requests: int) -> tuple[float, float]:
    """Return the medians of the driver and of HTTP."""
    customers = _customers(product, requests)
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
