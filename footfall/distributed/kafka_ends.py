"""Where the partitions of a topic begin, and where they end."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from footfall.distributed.kafka_consumer import consumer
from footfall.distributed.kafka_topics import KafkaUnavailable
from ingest.kafka_producer import close_lost_sockets

TIMEOUT_MS = 2_000


def beginning(client: Mapping[str, Any], topic: str, partition: int) -> int:
    """Return the offset of the first record of a partition that is still there; raises KafkaUnavailable."""
    where = TopicPartition(topic, partition)
    try:
        with closing(consumer(client)) as asked:
            return int(asked.beginning_offsets([where])[where])
    except KafkaError as error:
        raise KafkaUnavailable(f"Kafka: {type(error).__name__}") from error


class KafkaEnds:
    """The ends of one topic, asked again and again over one connection; safe for threads."""

    def __init__(self, client: Mapping[str, Any], topic: str, partitions: int) -> None:
        self._client = {**client, "bootstrap_timeout_ms": TIMEOUT_MS, "request_timeout_ms": 15_000}
        self._wanted = [TopicPartition(topic, partition) for partition in range(partitions)]
        self._consumer: KafkaConsumer | None = None
        self._lock = threading.Lock()

    def ends(self) -> dict[int, int]:
        """Return the end of each partition; raises KafkaUnavailable."""
        with self._lock:
            try:
                if self._consumer is None:
                    self._consumer = consumer(self._client)
                found = self._consumer.end_offsets(self._wanted, timeout_ms=TIMEOUT_MS)
            except KafkaError as error:
                self._let_go()
                raise KafkaUnavailable(f"Kafka: {type(error).__name__}") from error
        return {where.partition: end for where, end in found.items()}

    def close(self) -> None:
        """Let go of the broker."""
        with self._lock:
            self._let_go()

    def _let_go(self) -> None:
        if self._consumer is not None:
            self._consumer.close(autocommit=False)
            self._consumer = None
        close_lost_sockets()
