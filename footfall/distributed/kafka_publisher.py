"""Publishes facts on Kafka as CloudEvents, keyed by store and stream, and knows where the partitions end.

Those about identity go to their own topic besides, before the position of all of them is noted: at least once too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

from kafka import KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from footfall.distributed.kafka_consumer import consumer
from footfall.distributed.kafka_topics import KafkaUnavailable
from footfall.distributed.topics import IDENTITIES
from ingest.kafka_producer import close_lost_sockets, give_up
from schemas.cloud_events import CONTENT_TYPE, encode, is_about_identity, key
from schemas.facts import Notification

WAIT_SECONDS = 30.0
_HEADERS = [("content-type", CONTENT_TYPE.encode())]


class KafkaPublisher:
    """`relay.Publisher`. After a fault it is unfit: close it and make a new one, which repeats in the same order."""

    def __init__(self, client: Mapping[str, Any], topic: str, partitions: int) -> None:
        self._topic = topic
        self._sent: list[Any] = []
        self._beside: list[Any] = []
        with _faults():
            self._ends = _ends(client, topic, partitions)
            self._producer = KafkaProducer(**{**client, **OPTIONS})

    def send(self, notifications: Sequence[Notification]) -> None:
        """See the port."""
        with _faults():
            for notification in notifications:
                value, of_stream = encode(notification), key(notification.event)
                self._sent.append(self._producer.send(self._topic, value, key=of_stream, headers=_HEADERS))
                if is_about_identity(notification.event):
                    self._beside.append(self._producer.send(IDENTITIES, value, key=of_stream, headers=_HEADERS))

    def wait(self) -> Sequence[int]:
        """See the port."""
        with _faults():
            for sent in self._sent:
                record = sent.get(timeout=WAIT_SECONDS)
                self._ends[record.partition] = max(self._ends[record.partition], record.offset + 1)
            for beside in self._beside:
                beside.get(timeout=WAIT_SECONDS)
        self._sent.clear()
        self._beside.clear()
        return self._ends

    def close(self) -> None:
        """Let go of the broker; what waits is given up."""
        give_up(self._producer)


OPTIONS = {
    "acks": "all",
    "enable_idempotence": True,
    "allow_auto_create_topics": False,
    "linger_ms": 5,
    "batch_size": 256 * 1024,
    "max_request_size": 1024 * 1024,
    "metrics_enabled": False,
}
"""Of the producer, beside how the brokers are reached."""


def _ends(client: Mapping[str, Any], topic: str, partitions: int) -> list[int]:
    """Return where the partitions end: above everything that any relay was told to be acknowledged."""
    wanted = [TopicPartition(topic, partition) for partition in range(partitions)]
    with closing(consumer(client)) as asked:
        ends = asked.end_offsets(wanted)
    return [ends[one] for one in wanted]


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except KafkaError as error:
        close_lost_sockets()
        raise KafkaUnavailable(f"Kafka: {type(error).__name__}") from error
