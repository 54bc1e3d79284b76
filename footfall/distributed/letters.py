"""Dead letters of the workers: what could not be recorded, or projected, or understood, durable before they move on."""

from __future__ import annotations

import time

from footfall.distributed.kafka_access import client_options
from footfall.distributed.topics import DEAD_LETTERS
from footfall.logs import logger
from footfall.settings import Settings
from ingest.kafka_dead_letters import KafkaDeadLetters
from ingest.ports import DeadLetter
from schemas.facts import Notification

log = logger(__name__)


class Letters:
    """Writes dead letters, and says so in the log."""

    def __init__(self, letters: KafkaDeadLetters) -> None:
        self._letters = letters

    @classmethod
    def of(cls, settings: Settings) -> Letters:
        """Return those of an installation."""
        return cls(KafkaDeadLetters(client_options(settings), DEAD_LETTERS))

    def not_recorded(self, raw: bytes, error: Exception) -> None:
        """Keep an accepted event that cannot be recorded."""
        log.error("aggregator.poison", error=error)
        self._put(DeadLetter("", "aggregate", "poison", "", type(error).__name__, raw, _now()))

    def not_understood(self, raw: bytes, error: Exception) -> None:
        """Keep a record that is no fact of ours."""
        log.error("projector.not_understood", error=error)
        self._put(DeadLetter("", "project", "not_understood", "", type(error).__name__, raw, _now()))

    def not_projected(self, notification: Notification, error: Exception) -> None:
        """Keep a fact that has no row."""
        log.error("projector.poison", error=error, shard=notification.shard, notification=notification.id)
        event = notification.event
        reason = f"{type(error).__name__} at notification {notification.id} of shard {notification.shard}"
        self._put(DeadLetter(event.store, "project", "poison", "", reason, bytes(event.message), event.received_at))

    def close(self) -> None:
        """Let go of Kafka."""
        self._letters.close()

    def _put(self, letter: DeadLetter) -> None:
        self._letters.put_now([letter])


def _now() -> int:
    return time.time_ns() // 1000
