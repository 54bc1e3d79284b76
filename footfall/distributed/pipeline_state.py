"""What the query API is told about the pipeline: Kafka's ends, what was consumed, the shards, what was relayed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

from aggregates.errors import StorageUnavailable
from footfall.distributed.kafka_ends import KafkaEnds
from footfall.distributed.kafka_topics import KafkaUnavailable
from footfall.distributed.postgres_databases import Databases
from footfall.distributed.postgres_migration import Stage, stage_of
from footfall.distributed.topics import CUSTOMER_EVENTS, SITE_EVENTS
from projections.ports import TrackingPosition
from query_api.ports import Progress
from schemas.facts import Microseconds, Reason

log = logging.getLogger(__name__)

FOLLOW_SECONDS = 0.1


class DistributedPipeline:
    """`query_api.ports.Pipeline`. What is absorbed is read ten times a second: every answer asks for it."""

    def __init__(self, databases: Databases, ends: KafkaEnds, count_letters: Callable[[str], int]) -> None:
        self._databases = databases
        self._ends = ends
        self._count_letters = count_letters
        self._absorbed: dict[int, TrackingPosition] = dict.fromkeys(range(databases.shards), TrackingPosition(0, 0))
        self._reachable = False
        self._began = int(time.time() * 1e6)

    def follow(self) -> None:
        """Read what is absorbed, from now on."""
        self._look()
        threading.Thread(target=self._run, name="absorbed", daemon=True).start()

    def ready(self) -> bool:
        """Tell whether questions can be answered: PostgreSQL was there just now."""
        return self._reachable

    def absorbed(self) -> Mapping[int, tuple[int, Microseconds]]:
        """See `query_api.ports.Pipeline`."""
        return self._absorbed

    def progress(self, store: str) -> Progress:
        """See `query_api.ports.Pipeline`. Upstream is read before downstream: `settled` never comes too early."""
        databases = self._databases
        waiting = self._waiting()
        brought = databases.migration.find()
        accepted = databases.offsets.events(SITE_EVENTS) + (waiting or 0) + (brought.accepted if brought else 0)
        recorded = databases.last_ids()
        absorbed = databases.relayed.absorbed(CUSTOMER_EVENTS)
        projected = {shard: absorbed[shard].notification_id if shard in absorbed else 0 for shard in recorded}
        settled = waiting == 0 and stage_of(brought) is not Stage.UNDER_WAY
        settled = settled and all(projected[shard] >= last for shard, last in recorded.items())
        since = min((at for _, at in absorbed.values()), default=0) or self._began
        lag = 0.0 if settled else max(0.0, time.time() - since / 1e6)
        letters = self._count_letters(store)
        counts = accepted, sum(recorded.values()), sum(projected.values())
        refused = databases.refused()
        refusals = refused.get(Reason.ERASURE, 0), refused.get(Reason.CONSENT, 0)
        return Progress(*counts, letters, round(lag, 3), settled, *refusals)

    def _waiting(self) -> int | None:
        """Return how many records wait for the aggregator, each counted as one event; None without Kafka."""
        try:
            ends = self._ends.ends()
        except KafkaUnavailable:
            return None
        consumed = self._databases.offsets.positions(SITE_EVENTS)
        return sum(max(0, end - consumed.get(partition, 0)) for partition, end in ends.items())

    def _run(self) -> None:
        while True:
            time.sleep(FOLLOW_SECONDS)
            self._look()

    def _look(self) -> None:
        try:
            self._absorbed |= self._databases.relayed.absorbed(CUSTOMER_EVENTS)
            self._reachable = True
        except StorageUnavailable as error:
            if self._reachable:
                log.warning("PostgreSQL does not answer: %s", type(error).__name__)
            self._reachable = False
