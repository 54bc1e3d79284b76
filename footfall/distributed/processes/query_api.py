"""The query api process: `footfall query-api`."""

from __future__ import annotations

from contextlib import closing

from footfall.access import Hashing, Tokens
from footfall.distributed.installation import InstallationDesk, installation_holdings
from footfall.distributed.kafka_access import client_options
from footfall.distributed.kafka_ends import KafkaEnds
from footfall.distributed.pipeline_state import DistributedPipeline
from footfall.distributed.processes.opening import opened, say_listening
from footfall.distributed.read_side import ReadSide
from footfall.distributed.topics import SITE_EVENTS
from footfall.front_door import FrontDoor, bound, serve
from footfall.memory import search_seldom
from footfall.recording import Recording
from footfall.rules import admission_rules, rules_of
from footfall.settings import Settings
from ingest.kafka_log import KafkaLog
from query_api.app import build, with_exports


def run(settings: Settings) -> None:
    """Answer questions."""
    with (
        closing(opened(settings)) as databases,
        bound(settings) as listener,
        closing(KafkaLog(client_options(settings), SITE_EVENTS, settings.kafka_partitions)) as accepted,
    ):
        databases.keys.follow()
        side = ReadSide(settings, databases, _never)
        ends = KafkaEnds(client_options(settings), SITE_EVENTS, settings.kafka_partitions)
        pipeline = DistributedPipeline(databases, ends, databases.dead_letters.count)
        pipeline.follow()
        api = build(
            warehouse=side.warehouse,
            default_rules=rules_of(settings),
            tokens=Tokens(databases.keys),
            pipeline=pipeline,
            hashing=Hashing(databases.secret),
            recorder=Recording(accepted, databases.secret, admission_rules(settings)),
            query_seconds=settings.query_seconds,
            erased=InstallationDesk(databases, side).desk,
        )
        api = with_exports(api, installation_holdings(databases))
        search_seldom()
        door = FrontDoor(ready=pipeline.ready, api=api, pipeline=pipeline)
        serve(door, listener, settings, lambda: say_listening("query-api", settings, listener.getsockname()[1]))


def _never(*_: object) -> None:
    raise AssertionError("a query API projects nothing")
