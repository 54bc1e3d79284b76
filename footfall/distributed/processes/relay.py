"""The relay process: `footfall relay`."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing

from footfall.distributed.kafka_access import client_options
from footfall.distributed.kafka_publisher import KafkaPublisher
from footfall.distributed.postgres_databases import Databases
from footfall.distributed.processes.opening import opened
from footfall.distributed.relay import SECTION, Relay
from footfall.distributed.topics import CUSTOMER_EVENTS
from footfall.memory import search_seldom
from footfall.settings import Settings
from footfall.worker import rest, stop_on_signals
from footfall.worker import run as run_steps

PACE_SECONDS = 0.2
"""From one step to the next, unless there is more than a step takes: small steps cost most."""


def run(settings: Settings) -> None:
    """Publish what was recorded."""
    with closing(opened(settings)) as databases:
        stop_on_signals()
        search_seldom()
        run_steps(lambda: _relaying(settings, databases))


def _relaying(settings: Settings, databases: Databases) -> Callable[[], None]:
    """Return the relay's step. After a fault it begins anew where it had come to."""
    fit: tuple[KafkaPublisher, Relay] | None = None

    def step() -> None:
        nonlocal fit
        publisher, work = fit = fit or _fit_relay(settings, databases)
        try:
            began = time.monotonic()
            if work.step() < SECTION:
                rest(PACE_SECONDS, began)
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
