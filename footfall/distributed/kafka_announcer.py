"""Tells subscribers on `footfall.erasures` of persons that are erased, at least once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from footfall.distributed.kafka_publisher import OPTIONS, WAIT_SECONDS
from footfall.distributed.kafka_topics import KafkaUnavailable
from footfall.distributed.topics import ERASURES
from footfall.erasing.erasure import Erasure
from ingest.kafka_producer import close_lost_sockets, give_up
from schemas.cloud_events import CONTENT_TYPE
from schemas.erasure_events import encode, key
from schemas.streams import StreamId

_HEADERS = [("content-type", CONTENT_TYPE.encode())]


class KafkaAnnouncer:
    """`footfall.erasing.eraser.Announce`."""

    def __init__(self, client: Mapping[str, Any]) -> None:
        self._client = client

    def erased(self, erasure: Erasure) -> None:
        """Return once it is acknowledged of every person; raises KafkaUnavailable."""
        try:
            producer = KafkaProducer(**{**self._client, **OPTIONS})
            try:
                sent = [
                    producer.send(ERASURES, _event(erasure, person), key=key(erasure.store, person), headers=_HEADERS)
                    for person in erasure.persons
                ]
                for each in sent:
                    each.get(timeout=WAIT_SECONDS)
            finally:
                give_up(producer)
        except KafkaError as error:
            close_lost_sockets()
            raise KafkaUnavailable(f"Kafka: {type(error).__name__}") from error


def _event(erasure: Erasure, person: StreamId) -> bytes:
    return encode(
        erasure_id=erasure.id,
        store=erasure.store,
        customer=person,
        kind=erasure.kind,
        streams={stream: erasure.generations[stream] for stream in erasure.persons[person]},
        times=(erasure.until or 0, erasure.requested_at, erasure.finished_at or 0),
    )
