"""A cluster for a measurement, and how far its processes are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg

from benchmarks.harness import Bench, Skipped
from benchmarks.messages import Traffic, accepted
from benchmarks.seeding import chunks
from footfall.cluster.components import ComponentMissing, require
from footfall.cluster.servers import DATABASE
from footfall.distributed.kafka_access import client_options
from footfall.distributed.topics import SITE_EVENTS
from footfall.settings import Settings, load
from ingest.kafka_log import KafkaLog
from tests.cluster.running_cluster import RunningCluster

POLL_SECONDS = 0.02
LONGEST = 300.0
RECORD_EVENTS = 100
"""Events that are appended together, as five batches of 20: the records of each partition hold a part of them."""


@contextmanager
def cluster(bench: Bench, services: Sequence[str]) -> Iterator[RunningCluster]:
    """Give a cluster with some of its processes running."""
    try:
        require(("java", "mvn", "postgres"))
    except ComponentMissing as missing:
        raise Skipped(str(missing)) from missing
    with bench.folder() as folder:
        running = RunningCluster(folder / "cluster")
        try:
            running.start(services)
            yield running
        finally:
            running.close()


def settings_in(environment: Mapping[str, str]) -> Settings:
    """Return the settings of a cluster."""
    return load(environment=environment).settings


def fill(environment: Mapping[str, str], events: int) -> None:
    """Put accepted events on the topic."""
    settings = settings_in(environment)
    with closing(KafkaLog(client_options(settings), SITE_EVENTS, settings.kafka_partitions)) as log:
        for chunk in chunks(accepted(Traffic(events)), RECORD_EVENTS):
            log.append_now(chunk)


def asked(running: RunningCluster, query: str, *parameters: Any) -> int:
    """Return the one number that a query of PostgreSQL gives."""
    with psycopg.connect(running.servers.postgres.dsn(DATABASE)) as connection:
        ((number,),) = connection.execute(query.encode(), parameters).fetchall()
        return int(number or 0)


def pace(progress: Callable[[], int], goal: int) -> float:
    """Return how many a second were done, from the first progress that was seen until the goal."""
    start = progress()
    deadline = time.monotonic() + LONGEST
    while (first := progress()) == start:
        _wait(deadline)
    began = time.perf_counter()
    while (done := progress()) < goal:
        _wait(deadline)
    return (done - first) / (time.perf_counter() - began)


def _wait(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise RuntimeError(f"not done within {LONGEST:g} s")
    time.sleep(POLL_SECONDS)
