"""The topic `footfall.identities` has every merge and split, in the order in which a user's were recorded."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest
from kafka import KafkaConsumer

from schemas.cloud_events import decode
from tests.cluster.running_cluster import RunningCluster
from tests.product.running import eventually

pytestmark = pytest.mark.product


def test_subscribers_are_told_of_merges_and_splits_and_of_nothing_else(shared_cluster: RunningCluster) -> None:
    shop = shared_cluster.new_store()
    pair = {"type": "track", "userId": "ada", "properties": {"user_id": "eve"}}
    shop.send(
        {"type": "page", "userId": "ada", "anonymousId": "a-1", "messageId": "m-1"},
        {**pair, "event": "Customers Merged", "messageId": "m-2"},
        {**pair, "event": "Customers Split", "messageId": "m-3"},
        {"type": "alias", "userId": "ada", "previousId": "old", "messageId": "m-4"},
        {"type": "identify", "userId": "ada", "traits": {"email": "a@shop.test"}, "messageId": "m-5"},
        server=True,
    )
    shop.settle()
    with closing(
        KafkaConsumer(
            "footfall.identities",
            bootstrap_servers=shared_cluster.servers.broker.address,
            auto_offset_reset="earliest",
            consumer_timeout_ms=200,
        )
    ) as consumer:
        found: list[Any] = []

        def of_shop() -> bool:
            found.extend(record for record in consumer if record.key.startswith(f"{shop.name}/".encode()))
            return len({decode(record.value).event.message_id for record in found}) >= 3

        eventually(of_shop, 30, "merges and splits on their topic")
    facts = list(dict.fromkeys((event.name, event.version) for event in (decode(one.value).event for one in found)))
    assert facts == [("Customers Merged", 2), ("Customers Split", 3), ("alias", 4)]
    assert {[raw for _, raw in decode(one.value).event.names][1] for one in found} == {"eve", "old"}
