"""What a topic must be, and what is said of one that is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from footfall.distributed.topics import PURPOSES, Topic, differences, plans
from footfall.settings import Settings

(PLAN, *_) = plans(Settings())


def with_config(setting: str, value: str) -> Topic:
    return replace(PLAN, configs={**PLAN.configs, setting: value})


def test_every_topic_has_a_plan() -> None:
    assert [plan.name for plan in plans(Settings())] == list(PURPOSES)


@pytest.mark.parametrize(
    "found",
    [
        PLAN,
        replace(PLAN, replication=5),
        with_config("retention.ms", "-1"),
        with_config("retention.ms", str(30 * 86_400_000)),
        with_config("min.insync.replicas", "3"),
        with_config("max.message.bytes", "10000000"),
    ],
)
def test_what_keeps_all_promises_is_not_mentioned(found: Topic) -> None:
    assert differences(PLAN, found) == []


@pytest.mark.parametrize(
    ("found", "beginning"),
    [
        (None, "there is no such topic"),
        (replace(PLAN, partitions=13), "partitions is 13, must be 12"),
        (replace(PLAN, replication=2), "replication is 2, must be 3"),
        (with_config("min.insync.replicas", "1"), "min.insync.replicas is 1, must be 2"),
        (with_config("retention.ms", "1000"), "retention.ms is 1000, must be 604800000"),
        (with_config("retention.bytes", "1000"), "retention.bytes is 1000, must be -1"),
        (with_config("cleanup.policy", "compact,delete"), "cleanup.policy is compact,delete, must be delete"),
        (
            with_config("unclean.leader.election.enable", "true"),
            "unclean.leader.election.enable is true, must be false",
        ),
        (with_config("max.message.bytes", "1000"), "max.message.bytes is 1000, must be 1048576"),
        (with_config("max.message.bytes", ""), "max.message.bytes is not set, must be 1048576"),
    ],
)
def test_a_broken_promise_is_said_with_its_setting(found: Topic | None, beginning: str) -> None:
    (said,) = differences(PLAN, found)
    assert said.startswith(f"{PLAN.name}: {beginning}")
