"""Rows 14 to 16: aggregator, relay and projector of the distributed mode, one worker each, each from a full source.

The floors: the library's own batch save on PostgreSQL; kafka-python alone producing the same records; Faust alone
consuming the same topic in batches. The projector is measured without the refresh of read models: decoded, made to
rows, written to ClickHouse, its position moved.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import psycopg
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from benchmarks import library
from benchmarks.clusters import asked, cluster, fill, pace, settings_in
from benchmarks.harness import ROOT, Bench, Result, alone, interleaved, rates
from footfall.cluster.servers import DATABASE
from footfall.distributed.kafka_access import client_options
from footfall.distributed.kafka_publisher import OPTIONS
from footfall.distributed.topics import CUSTOMER_EVENTS, SITE_EVENTS
from tests.cluster.running_cluster import RunningCluster

CONSUMED = "SELECT coalesce(sum(events), 0) FROM consumed WHERE topic = %s"
RECORDED = "SELECT sum(facts) FROM shards"
RELAYED = "SELECT sum(last) FROM (SELECT max(notification_id) AS last FROM relayed GROUP BY shard) AS by_shard"
LIBRARY_DATABASE = "library"


def workers(bench: Bench) -> Sequence[Result]:
    """Aggregator, relay and projector on Kafka and PostgreSQL."""
    with cluster(bench, ["query-api"]) as running:  # which makes all tables
        running.stop_service("query-api", 1)
        running.servers.postgres.create(LIBRARY_DATABASE)
        return [_aggregator(bench, running), _relay(bench, running), _projector(bench, running)]


def _aggregator(bench: Bench, running: RunningCluster) -> Result:
    events, dsn = bench.sizes.cluster_events, running.servers.postgres.dsn(LIBRARY_DATABASE)

    def ours() -> float:
        goal = asked(running, CONSUMED, SITE_EVENTS) + events
        alone(fill, dict(running.servers.environment()), events)
        running.start_service("aggregator")
        try:
            return pace(lambda: asked(running, CONSUMED, SITE_EVENTS), goal)
        finally:
            running.stop_service("aggregator", 1)

    measured = interleaved(
        bench, lambda: alone(library.postgres_save_rate, dsn, bench.sizes.save_events), ours, "events/s"
    )
    return rates("aggregator, Kafka to PostgreSQL", "events/s", measured, 0.4)


def _relay(bench: Bench, running: RunningCluster) -> Result:
    goal = asked(running, RECORDED)

    def ours() -> float:
        _forget(running, "DELETE FROM relayed")
        running.start_service("relay")
        try:
            return pace(lambda: asked(running, RELAYED), goal)
        finally:
            running.stop_service("relay", 1)

    ours()  # the records that the floor sends again
    environment = dict(running.servers.environment())
    measured = interleaved(bench, lambda: alone(_produce_the_same, environment, goal), ours, "facts/s")
    return rates("relay, PostgreSQL to Kafka", "facts/s", measured, 0.6)


def _projector(bench: Bench, running: RunningCluster) -> Result:
    count = asked(running, RECORDED)

    def measured(who: str) -> float:
        _forget(running, f"DELETE FROM consumed WHERE topic = '{CUSTOMER_EVENTS}'")
        environment = {**os.environ, **running.servers.environment()}
        command = [sys.executable, "-m", "benchmarks.faust_rate", who, str(count)]
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
        return float(done.stdout.split()[-1])

    both = interleaved(bench, lambda: measured("floor"), lambda: measured("ours"), "facts/s")
    return rates("projector without refresh, Kafka to ClickHouse", "facts/s", both, 0.6)


def _forget(running: RunningCluster, statement: str) -> None:
    with psycopg.connect(running.servers.postgres.dsn(DATABASE)) as connection:
        connection.execute(statement.encode())


def _produce_the_same(environment: Mapping[str, str], count: int) -> float:
    """Return how many records a second kafka-python sends, acknowledged, with nothing else to do."""
    settings = settings_in(environment)
    client = client_options(settings)
    with closing(KafkaConsumer(**client)) as consumer:
        partitions = [TopicPartition(CUSTOMER_EVENTS, number) for number in range(settings.kafka_partitions)]
        consumer.assign(partitions)
        consumer.seek_to_beginning()
        records: list[Any] = []
        while len(records) < count:
            records += [record for found in consumer.poll(timeout_ms=500).values() for record in found]
    topic = f"same-{time.time_ns()}"
    with closing(KafkaAdminClient(**client)) as admin:
        admin.create_topics([NewTopic(topic, settings.kafka_partitions, 1)])
        admin.wait_for_topics([topic])
    with closing(KafkaProducer(**{**client, **OPTIONS})) as producer:
        began = time.perf_counter()
        sent = [
            producer.send(topic, record.value, key=record.key, headers=record.headers) for record in records[:count]
        ]
        for one in sent:
            one.get(timeout=60)
        return count / (time.perf_counter() - began)
