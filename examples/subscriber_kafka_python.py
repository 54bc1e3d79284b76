"""A subscriber with plain kafka-python: prints each completed order, and the revenue so far by currency.

Run as many as you like: they share the partitions of the topic. It knows nothing of Footfall but docs/subscribing.md.
The environment names the Kafka servers (KAFKA), the topic (TOPIC) and the consumer group (GROUP).
"""

from __future__ import annotations

import json
import os
from collections import OrderedDict, defaultdict
from decimal import Decimal, InvalidOperation
from typing import Any

from kafka import KafkaConsumer

REMEMBERED = 200_000
"""Repeats come soon after the first. What must never count twice belongs in a table, under a unique key."""


class Orders:
    """Adds up what it is told; a repeat changes nothing."""

    def __init__(self) -> None:
        self._revenue: defaultdict[str, Decimal] = defaultdict(Decimal)
        self._seen: OrderedDict[tuple[str, ...], None] = OrderedDict()

    def hear(self, fact: dict[str, Any]) -> None:
        """Take a fact, whatever it is; raises KeyError and the like where it is none."""
        if self._is_new(fact["id"]) and fact["type"] == "footfall.OrderCompleted":
            order = fact["data"]["message"].get("properties") or {}
            # browser and shop may both report an order: two facts, one order_id
            if self._is_new(fact["source"], str(order.get("order_id") or fact["id"])):
                self._add(fact["subject"], order)

    def _is_new(self, *key: str) -> bool:
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True

    def _add(self, customer: str, order: dict[str, Any]) -> None:
        said = next((order[field] for field in ("total", "revenue") if order.get(field) not in (None, "")), 0)
        amount = Decimal(str(said).strip() or 0)  # exact: JSON's numbers were read as decimals
        currency = str(order.get("currency") or "").strip().upper() or "in the store's currency"
        self._revenue[currency] += amount
        sums = ", ".join(f"{total} {code}" for code, total in sorted(self._revenue.items()))
        print(f"{customer} order {order.get('order_id')}: {amount} {currency}; so far {sums}", flush=True)


def main() -> None:
    consumer = KafkaConsumer(
        os.environ.get("TOPIC", "footfall.customer-events"),
        bootstrap_servers=os.environ.get("KAFKA", "127.0.0.1:9092").split(","),
        group_id=os.environ.get("GROUP", "order-printer"),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    orders = Orders()
    while True:
        for records in consumer.poll(timeout_ms=500).values():  # a partition's in their order, so a customer's too
            for record in records:
                try:
                    orders.hear(json.loads(record.value, parse_float=Decimal))
                except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation) as error:
                    print(f"left out {record.topic} {record.partition} {record.offset}: {error!r}", flush=True)
        consumer.commit()  # only now: what a crash interrupts comes again


if __name__ == "__main__":
    main()
