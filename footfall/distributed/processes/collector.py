"""The collector process: `footfall collector`."""

from __future__ import annotations

from contextlib import closing

from footfall.distributed.kafka_access import client_options
from footfall.distributed.letters import dead_letters
from footfall.distributed.processes.opening import opened, say_listening
from footfall.distributed.topics import SITE_EVENTS
from footfall.front_door import FrontDoor, bound, serve
from footfall.memory import search_seldom
from footfall.rules import admission_rules, rate_limits
from footfall.settings import Settings
from ingest.collector import Collector
from ingest.kafka_log import KafkaLog


def run(settings: Settings) -> None:
    """Take events, and answer once Kafka has them."""
    rules = admission_rules(settings)
    databases = opened(settings)
    client = client_options(settings)
    with (
        closing(databases),
        bound(settings) as listener,
        closing(KafkaLog(client, SITE_EVENTS, settings.kafka_partitions)) as accepted,
        closing(dead_letters(settings)) as letters,
    ):
        databases.keys.follow()
        app = Collector(databases.keys, accepted, letters, rules=rules, limits=rate_limits(settings))
        search_seldom()
        door = FrontDoor(ready=app.ready, collector=app)
        serve(door, listener, settings, lambda: say_listening("collector", settings, listener.getsockname()[1]))
