"""A distributed installation as commands see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager

from footfall.access import Hashing
from footfall.dead_letters import Desk, Place
from footfall.distributed.erasing import now
from footfall.distributed.importing import TopicTarget
from footfall.distributed.kafka_access import client_options
from footfall.distributed.kafka_ends import KafkaEnds
from footfall.distributed.kafka_topics import check_topics
from footfall.distributed.letters import dead_letters
from footfall.distributed.postgres_databases import Databases
from footfall.distributed.read_side import ReadSide
from footfall.distributed.server_settings import require_servers
from footfall.distributed.topics import SITE_EVENTS
from footfall.erasing.answers import Answers
from footfall.erasing.desk import ErasureDesk
from footfall.holdings import DISTRIBUTED, CustomerDesk, Holdings
from footfall.poison import PoisonLetters, reason_of
from footfall.rules import admission_rules
from footfall.settings import Settings
from footfall.unrecorded import Unrecorded
from ingest.kafka_dead_letters import KafkaDeadLetters
from ingest.kafka_log import KafkaLog
from ingest.postgres_keys import PostgresKeys
from ingest.stores import StoreError, chosen
from projections.ports import Poisoned
from schemas.facts import AcceptedEvent
from schemas.streams import StreamId


class Installation:
    """What commands work on."""

    def __init__(self, settings: Settings, databases: Databases, letters: KafkaDeadLetters) -> None:
        self._settings = settings
        self._databases = databases
        self._letters = letters

    @property
    def stores(self) -> PostgresKeys:
        """The stores and their keys."""
        return self._databases.keys

    def read_side(self) -> ReadSide:
        """Return the projections."""
        self._databases.keys.stores()
        return ReadSide(self._settings, self._databases, PoisonLetters(self._letters.put_now).of_projector)

    def erasing(self) -> InstallationDesk:
        """Return where erasures are asked for, and waited for."""
        return InstallationDesk(self._databases, self.read_side())

    def customers(self) -> CustomerDesk:
        """Return where questions about customers are asked."""
        databases, side = self._databases, self.read_side()
        return CustomerDesk(
            store=lambda name: store_of(databases, name),
            stream=Hashing(databases.secret).named,
            sources=side.sources,
            held=installation_holdings(databases),
            absorbed=lambda: {shard: side.tracking.position(shard) for shard in range(databases.shards)},
        )

    def desk(self) -> Desk:
        """Return what an operator works on dead letters with."""
        databases = self._databases
        consent_of = chosen(databases.keys.stores())
        return Desk(databases.dead_letters, self, admission_rules(self._settings), databases.secret, consent_of)

    def append(self, events: Sequence[AcceptedEvent]) -> None:
        """See `footfall.dead_letters.Pipeline`."""
        with closing(self._log()) as log:
            log.append_now(events)

    def project(self, places: Sequence[Place]) -> Mapping[Place, str]:
        """See `footfall.dead_letters.Pipeline`."""
        poisoned: list[Poisoned] = []
        projection = self.read_side().projection(poisoned.extend)
        for log in self._databases.logs():
            ids = [id_ for shard, id_ in places if shard == log.shard]
            with self._databases.projecting():
                projection.project(log.read_ids(ids))
        return {(one.notification.shard, one.notification.id): reason_of(one.error) for one in poisoned}

    @contextmanager
    def import_target(self) -> Iterator[TopicTarget]:
        """Give where imported events go; raises ConfigurationError where a topic breaks a promise."""
        settings, databases = self._settings, self._databases
        check_topics(settings)
        ends = KafkaEnds(client_options(settings), SITE_EVENTS, settings.kafka_partitions)
        with closing(ends), closing(self._log()) as log:
            unrecorded = Unrecorded(databases.secret, databases.event_store().taken)
            yield TopicTarget(log, _Aggregated(databases, ends), unrecorded)

    def _log(self) -> KafkaLog:
        return KafkaLog(client_options(self._settings), SITE_EVENTS, self._settings.kafka_partitions)


def installation_holdings(databases: Databases) -> Holdings:
    """Return what is held on persons outside of the answers."""
    return Holdings(databases.logs(), databases.dead_letters, databases.erasures, databases.secret, DISTRIBUTED)


class InstallationDesk:
    """`footfall.erasing.waiting.ErasingDesk`. The projectors carry erasures out."""

    def __init__(self, databases: Databases, side: ReadSide) -> None:
        self._databases = databases
        self._hashing = Hashing(databases.secret)
        self._answers = Answers(side.sources, databases.secret, side.keeps_sales)
        self.desk = ErasureDesk(databases.erasures, databases.secret, now, self._answers.inactive, side.store)

    def store(self, name: str | None) -> str:
        """See the port."""
        return store_of(self._databases, name)

    def customer(self, store: str, by: str, value: str) -> str | None:
        """See the port."""
        return self._answers.customer(store, StreamId(self._hashing.named(store, by, value)))

    def step(self) -> None:
        """See the port."""


def store_of(databases: Databases, name: str | None) -> str:
    """Return the name of a store that there is, the first one's where none is given."""
    names = [store.name for store in databases.keys.stores()]
    if name is not None and name not in names:
        raise StoreError(f"there is no store {name}")
    if not names:
        raise StoreError("there is no store")
    return name or names[0]


class _Aggregated:
    """`importing.Pipeline`."""

    def __init__(self, databases: Databases, ends: KafkaEnds) -> None:
        self.stores = databases.keys.stores
        self.ends = ends.ends
        self._offsets = databases.offsets

    def recorded(self) -> Mapping[int, int]:
        return self._offsets.positions(SITE_EVENTS)


@contextmanager
def opened(settings: Settings) -> Iterator[Installation]:
    """Give the installation of the settings, its databases made where they are not."""
    require_servers(settings)
    with closing(Databases(settings)) as databases, closing(dead_letters(settings)) as letters:
        databases.prepare()
        yield Installation(settings, databases, letters)
