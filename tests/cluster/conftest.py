"""Real servers for the tests of the distributed mode, on loopback, ended with the test run."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from footfall.cluster.components import ComponentMissing, require
from footfall.cluster.kafka_broker import KafkaBroker


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """The one Kafka broker that tests share; who stops it starts one of its own."""
    try:
        require(("java", "mvn"))
    except ComponentMissing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
    running = KafkaBroker(tmp_path_factory.mktemp("kafka") / "kafka")
    running.start()
    yield running
    running.stop()
