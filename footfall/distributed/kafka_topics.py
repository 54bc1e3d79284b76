"""Topics on a Kafka cluster: found, and made. What they must be is said in topics.py."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any

from kafka.admin import ConfigFilterType, ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAlreadyExistsError

from footfall.distributed.kafka_access import client_options
from footfall.distributed.kafka_refusals import refusal
from footfall.distributed.topics import PURPOSES, Topic, differences, plans
from footfall.settings import ConfigurationError, Settings
from schemas.errors import FootfallError

TIMEOUT_MS = 10_000


class KafkaUnavailable(FootfallError):
    """No broker answers, or the cluster refused: try again later."""


class KafkaTopics:
    """The topics of a cluster."""

    def __init__(self, client: Mapping[str, Any]) -> None:
        """`client` holds the options by which kafka-python reaches the brokers."""
        self._client = dict(client)

    def find(self, names: Collection[str]) -> dict[str, Topic]:
        """Return those of the topics that are there."""
        with self._admin() as admin:
            described = [topic for topic in admin.describe_topics(list(names)) if not topic["error_code"]]
            if not described:
                return {}
            asked = [ConfigResource(ConfigResourceType.TOPIC, topic["name"]) for topic in described]
            configs = admin.describe_configs(asked, config_filter=ConfigFilterType.ALL)["topic"]
            return {topic["name"]: _topic(topic, configs[topic["name"]]) for topic in described}

    def create(self, topics: Sequence[Topic]) -> None:
        """Make topics; what another process made meanwhile stays as it is."""
        with self._admin() as admin:
            for topic in topics:
                wanted = NewTopic(topic.name, topic.partitions, topic.replication, topic_configs=dict(topic.configs))
                with suppress(TopicAlreadyExistsError):
                    admin.create_topics([wanted], timeout_ms=TIMEOUT_MS, wait_for_metadata=True)

    @contextmanager
    def _admin(self) -> Iterator[KafkaAdminClient]:
        """Give a connection, and its faults our name."""
        refused = refusal(self._client)
        if refused:
            raise KafkaUnavailable(f"Kafka at {refused}")
        try:
            with closing(
                KafkaAdminClient(**self._client, request_timeout_ms=TIMEOUT_MS, bootstrap_timeout_ms=TIMEOUT_MS)
            ) as admin:
                yield admin
        except KafkaError as error:
            servers = ", ".join(self._client["bootstrap_servers"])
            raise KafkaUnavailable(f"Kafka at {servers}: {error}") from error


def broken_promises(kafka: KafkaTopics, settings: Settings) -> list[str]:
    """Return a sentence for every promise that a topic breaks."""
    found = kafka.find(PURPOSES)
    return [said for plan in plans(settings) for said in differences(plan, found.get(plan.name))]


def check_topics(settings: Settings) -> None:
    """Raise ConfigurationError, naming every promise that a topic breaks."""
    broken = broken_promises(KafkaTopics(client_options(settings)), settings)
    if broken:
        raise ConfigurationError(broken)


def _topic(said: Mapping[str, Any], configs: Mapping[str, Mapping[str, Any]]) -> Topic:
    partitions = said["partitions"]
    replication = min((len(partition["replica_nodes"]) for partition in partitions), default=0)
    values = {name: str(config["value"]) for name, config in configs.items()}
    return Topic(said["name"], len(partitions), replication, values)
