"""The commands of the distributed mode: options, and what is printed."""

from __future__ import annotations

import sys

import click

from footfall.command_line import CHECK_FAILED, command
from footfall.distributed.kafka_access import client_options, kafka_problems
from footfall.distributed.kafka_topics import KafkaTopics, broken_promises
from footfall.distributed.topics import PURPOSES, plans
from footfall.settings import ConfigurationError, Loaded


@click.group()
def topics() -> None:
    """Kafka's topics: what they must be."""


@command("apply", topics)
def apply(loaded: Loaded) -> None:
    """Make the topics that are not there; say how the others differ, and change none of them."""
    found = _kafka(loaded).find(PURPOSES)
    missing = [plan for plan in plans(loaded.settings) if plan.name not in found]
    _kafka(loaded).create(missing)
    for plan in missing:
        click.echo(f"{plan.name}: made, {plan.partitions} partitions")
    _say_differences(loaded)


@command("check", topics)
def check(loaded: Loaded) -> None:
    """Say which topics break a promise, and by which setting; exit code 1 where one does."""
    _say_differences(loaded)


def _say_differences(loaded: Loaded) -> None:
    broken = broken_promises(_kafka(loaded), loaded.settings)
    for said in broken:
        click.echo(said, err=True)
    sys.exit(CHECK_FAILED if broken else 0)


def _kafka(loaded: Loaded) -> KafkaTopics:
    if not loaded.settings.kafka:
        raise ConfigurationError(["FOOTFALL_KAFKA: must name the bootstrap servers, such as host:9092"])
    problems = kafka_problems(loaded.settings)
    if problems:
        raise ConfigurationError(problems)
    return KafkaTopics(client_options(loaded.settings))
