"""The processes of the distributed mode, each put together and run until SIGTERM or SIGINT."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing

from footfall.access import Hashing, Tokens
from footfall.distributed.consuming import Consuming
from footfall.distributed.customer_events import CustomerEvents
from footfall.distributed.dead_letter_records import DeadLetterRecords
from footfall.distributed.faust_worker import Batches, run_worker
from footfall.distributed.installation import dead_letters
from footfall.distributed.kafka_access import client_options
from footfall.distributed.kafka_ends import KafkaEnds
from footfall.distributed.kafka_publisher import KafkaPublisher
from footfall.distributed.kafka_topics import check_topics
from footfall.distributed.pipeline_state import DistributedPipeline
from footfall.distributed.postgres_databases import Databases
from footfall.distributed.read_side import ReadSide
from footfall.distributed.relay import Relay
from footfall.distributed.server_settings import in_the_clear, require_servers
from footfall.distributed.site_events import SiteEvents
from footfall.distributed.topics import CUSTOMER_EVENTS, DEAD_LETTERS, SITE_EVENTS
from footfall.front_door import FrontDoor, bound, serve
from footfall.logs import logger
from footfall.memory import search_seldom, share_one_arena
from footfall.poison import PoisonLetters
from footfall.rules import admission_rules, rules_of
from footfall.settings import Settings
from footfall.worker import run, stop_on_signals, stopping
from ingest.collector import Collector
from ingest.kafka_log import KafkaLog
from query_api.app import build

log = logger(__name__)

SITE_BATCHES = Batches(200, 0.02)
"""A record holds several events, half a megabyte of them at the most."""

FACT_BATCHES = Batches(4_000, 0.2)
POLL_SECONDS = 0.05


def collector(settings: Settings) -> None:
    """Take events, and answer once Kafka has them."""
    databases = _opened(settings)
    client = client_options(settings)
    with (
        closing(databases),
        bound(settings) as listener,
        closing(KafkaLog(client, SITE_EVENTS, settings.kafka_partitions)) as accepted,
        closing(dead_letters(settings)) as letters,
    ):
        databases.keys.follow()
        app = Collector(databases.keys, accepted, letters, rules=admission_rules(settings))
        search_seldom()
        door = FrontDoor(ready=app.ready, collector=app)
        serve(door, listener, lambda: _say_listening("collector", settings.host, listener.getsockname()[1]))


def aggregator(settings: Settings) -> None:
    """Record what collectors took, and keep dead letters where operators find them."""
    with closing(_opened(settings)) as databases, closing(dead_letters(settings)) as letters:
        work = SiteEvents(databases.secret, databases.event_store(), PoisonLetters(letters.put_now))
        kept = DeadLetterRecords(databases.dead_letters)
        search_seldom()
        run_worker(
            "aggregator",
            settings,
            {
                Consuming(SITE_EVENTS, databases.offsets, work): SITE_BATCHES,
                Consuming(DEAD_LETTERS, databases.offsets, kept): SITE_BATCHES,
            },
        )


def relay(settings: Settings) -> None:
    """Publish what was recorded."""
    with closing(_opened(settings)) as databases:
        stop_on_signals()
        search_seldom()
        run(lambda: _relaying(settings, databases))


def _relaying(settings: Settings, databases: Databases) -> Callable[[], None]:
    """Return the relay's step. After a fault it begins anew where it had come to."""
    fit: tuple[KafkaPublisher, Relay] | None = None

    def step() -> None:
        nonlocal fit
        publisher, work = fit = fit or _fit_relay(settings, databases)
        try:
            if not work.step():
                stopping.wait(POLL_SECONDS)
        except BaseException:
            fit = None
            publisher.close()
            raise

    return step


def _fit_relay(settings: Settings, databases: Databases) -> tuple[KafkaPublisher, Relay]:
    publisher = KafkaPublisher(client_options(settings), CUSTOMER_EVENTS, settings.kafka_partitions)
    positions = databases.relayed.of(CUSTOMER_EVENTS)  # read after the ends are: see postgres_relayed.py
    mine = settings.relay_shards or range(settings.shards)
    logs = [log for log in databases.logs() if log.shard in mine]
    return publisher, Relay(logs, positions, publisher, lambda: databases.tick(mine), databases.last_ids)


def projector(settings: Settings) -> None:
    """Put what was published into the answers."""
    with closing(_opened(settings)) as databases, closing(dead_letters(settings)) as letters:
        databases.keys.follow()
        poison = PoisonLetters(letters.put_now)
        side = ReadSide(settings, databases, poison.of_projector)
        filled = side.fill_gaps()
        if filled:
            log.warning("projector.gaps_filled", facts=filled)
        work = CustomerEvents(side.projection(), databases.projecting, poison)
        search_seldom()
        run_worker("projector", settings, {Consuming(CUSTOMER_EVENTS, databases.offsets, work): FACT_BATCHES})


def query_api(settings: Settings) -> None:
    """Answer questions."""
    with closing(_opened(settings)) as databases, bound(settings) as listener:
        databases.keys.follow()
        side = ReadSide(settings, databases, _never)
        ends = KafkaEnds(client_options(settings), SITE_EVENTS, settings.kafka_partitions)
        pipeline = DistributedPipeline(databases, ends, databases.dead_letters.count)
        pipeline.follow()
        api = build(
            warehouse=side.warehouse,
            rules=rules_of(settings),
            tokens=Tokens(databases.keys),
            pipeline=pipeline,
            hashing=Hashing(databases.secret),
            query_seconds=settings.query_seconds,
        )
        search_seldom()
        door = FrontDoor(ready=pipeline.ready, api=api, pipeline=pipeline)
        serve(door, listener, lambda: _say_listening("query-api", settings.host, listener.getsockname()[1]))


def _opened(settings: Settings) -> Databases:
    """Refuse to start on settings or topics that break a promise, or on another installation's databases."""
    require_servers(settings)
    for setting in in_the_clear(settings):
        log.warning("server.in_the_clear", setting=setting)
    share_one_arena()
    databases = Databases(settings)
    check_topics(settings)
    databases.prepare()
    return databases


def _say_listening(service: str, host: str, port: int) -> None:
    log.info("service.listening", service=service, host=host, port=port)


def _never(*_: object) -> None:
    raise AssertionError("a query API projects nothing")


SERVICES: Mapping[str, Callable[[Settings], None]] = {
    "collector": collector,
    "aggregator": aggregator,
    "relay": relay,
    "projector": projector,
    "query-api": query_api,
}
"""The one list of processes: one subcommand each."""
