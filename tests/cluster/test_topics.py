"""`footfall topics apply` and `check` against a real broker."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from footfall.cluster.kafka_broker import KafkaBroker
from footfall.distributed.topics import PURPOSES
from footfall.loopback import free_port
from tests.product.running import FOOTFALL

pytestmark = pytest.mark.product

ONE_BROKER = {
    "FOOTFALL_KAFKA_REPLICATION": "1",
    "FOOTFALL_KAFKA_MIN_INSYNC_REPLICAS": "1",
    "FOOTFALL_KAFKA_PARTITIONS": "3",
}


def topics(word: str, data: Path, servers: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command about topics as an operator does."""
    return subprocess.run(
        [FOOTFALL, "topics", word, "--data", str(data)],
        env={"PATH": "/usr/bin:/bin", **ONE_BROKER, "FOOTFALL_KAFKA": servers, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def admin(broker: KafkaBroker) -> Iterator[KafkaAdminClient]:
    with closing(KafkaAdminClient(bootstrap_servers=broker.address)) as client:
        there = set(PURPOSES) & set(client.list_topics())
        if there:
            client.delete_topics(sorted(there))
        yield client


def test_topics_are_made_once_and_then_hold(broker: KafkaBroker, admin: KafkaAdminClient, tmp_path: Path) -> None:
    before = topics("check", tmp_path, broker.address)
    assert before.returncode == 1
    assert before.stderr.count("there is no such topic") == len(PURPOSES)
    made = topics("apply", tmp_path, broker.address)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.count("made, 3 partitions") == len(PURPOSES)
    again = topics("apply", tmp_path, broker.address)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert topics("check", tmp_path, broker.address).returncode == 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("retention.ms", "3600000"),
        ("cleanup.policy", "compact"),
        ("unclean.leader.election.enable", "true"),
        ("max.message.bytes", "100000"),
    ],
)
def test_a_topic_that_breaks_a_promise_is_named_with_its_setting(
    broker: KafkaBroker, admin: KafkaAdminClient, tmp_path: Path, setting: str, value: str
) -> None:
    assert topics("apply", tmp_path, broker.address).returncode == 0
    topic = "footfall.site-events"
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {setting: value})])
    checked = topics("check", tmp_path, broker.address)
    assert checked.returncode == 1
    (line,) = checked.stderr.splitlines()
    assert line.startswith(f"{topic}: {setting} is {value}, must be ")


def test_other_partitions_than_the_settings_say_are_named(
    broker: KafkaBroker, admin: KafkaAdminClient, tmp_path: Path
) -> None:
    assert topics("apply", tmp_path, broker.address).returncode == 0
    checked = topics("check", tmp_path, broker.address, FOOTFALL_KAFKA_PARTITIONS="4")
    assert checked.returncode == 1
    assert checked.stderr.count("partitions is 3, must be 4") == len(PURPOSES)


def test_a_broker_that_is_away_is_said(tmp_path: Path) -> None:
    checked = topics("check", tmp_path, f"127.0.0.1:{free_port()}")
    assert checked.returncode == 1
    assert checked.stderr.startswith("Kafka at 127.0.0.1:")


def test_no_broker_named_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    checked = topics("check", tmp_path, "")
    assert (checked.returncode, checked.stdout) == (2, "")
    assert "FOOTFALL_KAFKA" in checked.stderr


def test_all_that_is_wrong_about_kafka_is_named_at_once(tmp_path: Path) -> None:
    wrong = {"FOOTFALL_KAFKA_SECURITY": "sasl_ssl", "FOOTFALL_KAFKA_CA": str(tmp_path / "absent.pem")}
    checked = topics("check", tmp_path, "127.0.0.1:9", **wrong)
    assert checked.returncode == 2
    assert [line.partition(":")[0] for line in checked.stderr.splitlines()] == [
        "FOOTFALL_KAFKA_USER",
        "FOOTFALL_KAFKA_PASSWORD",
        "FOOTFALL_KAFKA_CA",
    ]
