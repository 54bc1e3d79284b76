"""Erasures of a distributed installation: what the eraser works with there, and the places of copies, in one list.

They are carried out beside the projector, in a thread of its process; of several projectors one does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from aggregates.event_store import RecordedEventStore
from aggregates.recording import proposed
from aggregates.shards import Shards, shard_of
from footfall.distributed.kafka_access import client_options
from footfall.distributed.kafka_announcer import KafkaAnnouncer
from footfall.distributed.kafka_topics import KafkaTopics
from footfall.distributed.postgres_databases import Databases
from footfall.distributed.postgres_leftovers import pending_until
from footfall.distributed.read_side import ReadSide
from footfall.distributed.topics import DAY_MS, ERASURES, PURPOSES
from footfall.erasing.answers import Answers, AnswersPlace
from footfall.erasing.eraser import Eraser
from footfall.erasing.erasure import Erasure, Removed
from footfall.erasing.letters import LettersPlace
from footfall.erasing.ports import NotYet, Place
from footfall.erasing.retention import Retention
from footfall.logs import logger
from footfall.settings import Settings
from footfall.worker import EXPECTED
from projections.removal import Removal
from schemas.facts import AcceptedEvent, Microseconds
from schemas.streams import StreamId

log = logger(__name__)

ABSORB_SECONDS = 10.0
"""How long recording stands still for the projectors to absorb the last facts; if not by then, it is tried again."""

POLL_SECONDS = 0.5
HOLDING = tuple(name for name in PURPOSES if name != ERASURES)
"""Topics that may hold what was said, or of whom."""

SEGMENT_MS = 7 * DAY_MS
"""Kafka's default: a segment takes records for so long, and only a whole one goes."""


def now() -> Microseconds:
    """Return the moment it is."""
    return time.time_ns() // 1000


class InstallationFacts:
    """`footfall.erasing.ports.Facts` of a distributed installation."""

    def __init__(self, databases: Databases, side: ReadSide) -> None:
        self._databases = databases
        self._side = side
        stores = [RecordedEventStore(recorder, databases.stream_keys) for recorder in databases.recorders]
        self._shards = Shards(stores)  # without the gate: it is closed by us
        answers = Answers(side.sources, databases.secret, side.keeps_sales)
        self.latest, self.sales, self.inactive = answers.latest, answers.sales, answers.inactive
        self.persons = answers.persons
        self.destroy = databases.stream_keys.destroy

    @contextmanager
    def still(self) -> Iterator[None]:
        """See the port."""
        with self._databases.nobody_records():
            ends = self._databases.last_ids()
            deadline = time.monotonic() + ABSORB_SECONDS
            while not all(self._absorbed(shard) >= end for shard, end in ends.items()):
                if time.monotonic() > deadline:
                    raise NotYet("the projectors are behind")
                time.sleep(0.05)
            yield

    def versions(self, streams: Collection[StreamId]) -> Mapping[StreamId, int]:
        """See the port."""
        found: dict[StreamId, int] = {}
        for shard, recorder in enumerate(self._databases.recorders):
            mine = [stream for stream in streams if shard_of(stream, self._databases.shards) == shard]
            found |= {StreamId(stream): version for stream, version in recorder.max_version(mine).items()}
        return found

    def record(self, events: Sequence[AcceptedEvent]) -> None:
        """See the port."""
        if events:
            with self._shards.recording() as record:
                record(proposed(self._databases.secret, dict(enumerate(events)), _no_poison), _no_poison)

    def marks(self) -> Mapping[str, int]:
        """See the port. Kafka's topics are left to their retention."""
        return {}

    def _absorbed(self, shard: int) -> int:
        return self._side.tracking.position(shard).notification_id


def _no_poison(poisoned: Sequence[object]) -> None:
    raise AssertionError(f"{len(poisoned)} of our own events cannot be recorded")


class KeysPlace:
    """The event store: its facts are sealed; what opens them goes from the database of the keys."""

    name = "event_store"

    def __init__(self, databases: Databases) -> None:
        self._databases = databases

    def remove(self, erasure: Erasure) -> Removed:
        """See the port."""
        leftovers = self._databases.clear_keys()
        return Removed(
            found=sum(version - 1 for version in erasure.generations.values()),
            done="keys destroyed: the facts stay sealed for ever",
            at=now(),
            pending_until=pending_until(now(), leftovers),
            note=leftovers.note or "until then the keys may lie in the write-ahead log of their database",
        )


class TopicsPlace:
    """Kafka: its records go by the retention of their topics."""

    name = "kafka"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def remove(self, erasure: Erasure) -> Removed:
        """See the port."""
        found = KafkaTopics(client_options(self._settings)).find(HOLDING)
        kept = max(_kept_ms(topic.configs) for topic in found.values())
        until = erasure.until or now()
        return Removed(
            found=0,
            done="nothing: records cannot be changed, and go by the retention of their topics",
            at=now(),
            pending_until=max(until, now()) + kept * 1000,
            note=", ".join(HOLDING),
        )


class BackupsPlace:
    """Backups: they lie on the machines where they were made. A restore carries out what they do not know of."""

    name = "backups"

    def __init__(self, databases: Databases) -> None:
        self._databases = databases

    def remove(self, erasure: Erasure) -> Removed:
        """See the port."""
        paths = tuple(path for path, _ in self._databases.backups.all())
        return Removed(found=0, done="nothing: a restore carries it out", at=now(), pending=paths)


def _kept_ms(configs: Mapping[str, str]) -> int:
    """Return how long a record of a topic stays at the most: a segment goes as a whole."""
    return int(configs.get("retention.ms", 0)) + int(configs.get("segment.ms", SEGMENT_MS))


class InstallationErasing:
    """Carries erasures out in a thread, for as long as the process lives."""

    def __init__(self, settings: Settings, databases: Databases, side: ReadSide) -> None:
        self._databases = databases
        facts = InstallationFacts(databases, side)
        removal = Removal(side.warehouse, side.upkeep, side.lock)
        places: list[Place] = [
            KeysPlace(databases),
            AnswersPlace(databases.erasures, removal, now),
            LettersPlace(databases.dead_letters, databases.secret, now, lambda: clear_letters(databases)),
            TopicsPlace(settings),
            BackupsPlace(databases),
        ]
        announcer = KafkaAnnouncer(client_options(settings))
        self._eraser = Eraser(databases.erasures, facts, places, now, announcer.erased)
        self._retention = Retention(databases.erasures, facts, databases.keys.stores, now)

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name="erasing", daemon=True).start()

    def step(self) -> None:
        """Carry on with what there is to do, unless another process does."""
        self._retention.look()
        if self._eraser.waiting():
            with self._databases.only_eraser() as is_mine:
                if is_mine:
                    self._eraser.step()

    def _run(self) -> None:
        while True:
            try:
                self.step()
            except EXPECTED as error:
                log.warning("erasure.retries", error=error)
            time.sleep(POLL_SECONDS)


def clear_letters(databases: Databases) -> str:
    """Remove what deleted letters leave behind, and say what may stay."""
    leftovers = databases.clear_letters()
    return leftovers.note
