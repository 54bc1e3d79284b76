"""A subscriber with Faust (`faust-streaming`): prints each completed order, and the revenue so far by currency.

It knows nothing of Footfall but docs/subscribing.md. The environment names the Kafka servers (KAFKA), the topic (TOPIC)
and the consumer group (GROUP).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import OrderedDict, defaultdict
from decimal import Decimal
from typing import Any

import faust
from faust.types import StreamT

REMEMBERED = 200_000
"""Repeats come soon after the first. What must never count twice belongs in a table, under a unique key."""

app = faust.App(
    os.environ.get("GROUP", "order-printer-faust"),
    broker=[f"kafka://{server}" for server in os.environ.get("KAFKA", "127.0.0.1:9092").split(",")],
    store="memory://",
    datadir=tempfile.mkdtemp(prefix="order-printer-"),
    web_enabled=False,
    topic_allow_declare=False,  # the topic is Footfall's
    topic_disable_leader=True,  # nor is one made for Faust itself
    consumer_auto_offset_reset="earliest",
)
facts = app.topic(os.environ.get("TOPIC", "footfall.customer-events"), value_type=bytes, value_serializer="raw")

revenue: defaultdict[str, Decimal] = defaultdict(Decimal)
seen: OrderedDict[tuple[str, ...], None] = OrderedDict()


def hear(fact: dict[str, Any]) -> None:
    """Take a fact, whatever it is; a repeat changes nothing."""
    if is_new(fact["id"]) and fact["type"] == "footfall.OrderCompleted":
        order = fact["data"]["message"].get("properties") or {}
        # browser and shop may both report an order: two facts, one order_id
        if is_new(fact["source"], str(order.get("order_id") or fact["id"])):
            add(fact["subject"], order)


def is_new(*key: str) -> bool:
    if key in seen:
        return False
    seen[key] = None
    if len(seen) > REMEMBERED:
        seen.popitem(last=False)
    return True


def add(customer: str, order: dict[str, Any]) -> None:
    said = next((order[field] for field in ("total", "revenue") if order.get(field) not in (None, "")), 0)
    amount = Decimal(str(said).strip() or 0)  # exact: JSON's numbers were read as decimals
    currency = str(order.get("currency") or "").strip().upper() or "in the store's currency"
    revenue[currency] += amount
    sums = ", ".join(f"{total} {code}" for code, total in sorted(revenue.items()))
    print(f"{customer} order {order.get('order_id')}: {amount} {currency}; so far {sums}", flush=True)


@app.agent(facts)  # one at a time: a partition's facts in their order, so a customer's too
async def print_orders(stream: StreamT[bytes]) -> None:
    async for value in stream:
        try:
            hear(json.loads(value, parse_float=Decimal))
        except Exception as error:  # noqa: BLE001 - one that escapes an agent ends it, and its message counts as done
            print(f"left out: {error!r}", flush=True)


if __name__ == "__main__":
    # not `app.main()`: the command `worker` makes log lines of what is printed
    faust.Worker(app, loglevel="WARNING", redirect_stdouts=False).execute_from_commandline()
