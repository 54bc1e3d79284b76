"""A consumer of kafka-python that leaves nothing behind when it cannot be made: where brokers are away, it is tried on.

A constructor that fails has begun a thread by then, which holds sockets and would run for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kafka import KafkaConsumer
from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient


def consumer(options: Mapping[str, Any]) -> KafkaConsumer:
    """Return a consumer; raises KafkaError."""
    made: list[KafkaNetClient] = []

    def remembered(**config: Any) -> KafkaNetClient:
        made.append(KafkaNetClient(**config))
        return made[-1]

    try:
        return KafkaConsumer(**options, kafka_client=remembered)
    except KafkaError:
        for client in made:
            client.close()
        raise
