"""Clients of Kafka that cannot be made, again and again while brokers are away: they leave no thread and no file."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from kafka.errors import KafkaError

from footfall.distributed.kafka_consumer import consumer
from footfall.loopback import HOST, free_port
from ingest.kafka_producer import close_lost_sockets


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted where Linux lists them")
def test_a_consumer_that_finds_no_broker_leaves_nothing_behind() -> None:
    options = {"bootstrap_servers": [f"{HOST}:{free_port()}"], "bootstrap_timeout_ms": 50}
    files, threads = open_files(), threading.active_count()
    for _ in range(5):
        with pytest.raises(KafkaError):
            consumer(options)
        close_lost_sockets()
    assert threading.active_count() == threads
    assert open_files() <= files + 8
