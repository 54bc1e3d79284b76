"""The topics (contract.md): the one list of them, what each must be, and how found ones differ. Pure: no Kafka here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from footfall.settings import Settings

DAY_MS = 86_400_000
LARGEST_RECORD = 1024 * 1024
"""What a record of ours takes at the most, its key and headers included."""

SITE_EVENTS, CUSTOMER_EVENTS, DEAD_LETTERS = "footfall.site-events", "footfall.customer-events", "footfall.dead-letters"
IDENTITIES = "footfall.identities"
ERASURES = "footfall.erasures"

PURPOSES: Mapping[str, str] = {
    SITE_EVENTS: "what the collector accepted",
    CUSTOMER_EVENTS: "facts, for subscribers and the projector",
    DEAD_LETTERS: "what could not be processed",
    "footfall.segments": "segments entered and left",
    IDENTITIES: "customers merged and split",
    ERASURES: "customers erased",
}
"""The one list of topics. Names are promises."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a topic must be, or, where `found`, what it is; `configs` are Kafka's topic settings as text."""

    name: str
    partitions: int
    replication: int
    configs: Mapping[str, str]


def plans(settings: Settings) -> Sequence[Topic]:
    """Return what the topics must be under these settings."""
    return [
        Topic(
            name,
            settings.kafka_partitions,
            settings.kafka_replication,
            {
                "min.insync.replicas": str(settings.kafka_min_insync_replicas),
                "retention.ms": str(settings.kafka_retention_days * DAY_MS),
                "retention.bytes": "-1",
                "cleanup.policy": "delete",
                "unclean.leader.election.enable": "false",
                "max.message.bytes": str(LARGEST_RECORD),
            },
        )
        for name in PURPOSES
    ]


def differences(plan: Topic, found: Topic | None) -> list[str]:
    """Return a sentence for each promise that a topic breaks: which setting, what it is, and what breaks with it."""
    if found is None:
        return [f"{plan.name}: there is no such topic ({PURPOSES[plan.name]}); `footfall topics apply` makes it"]
    broken = []
    for setting, (holds, why) in _PROMISES.items():
        value, wanted = found.configs.get(setting, ""), plan.configs[setting]
        if not holds(value, wanted):
            broken.append(_said(plan.name, setting, value, wanted, why))
    if found.partitions != plan.partitions:
        why = "the events of a customer would change their partition, and so lose their order"
        broken.insert(0, _said(plan.name, "partitions", str(found.partitions), str(plan.partitions), why))
    if found.replication < plan.replication:
        why = "an acknowledged event would be lost with its brokers"
        broken.insert(0, _said(plan.name, "replication", str(found.replication), str(plan.replication), why))
    return broken


def _said(topic: str, setting: str, found: str, wanted: str, why: str) -> str:
    return f"{topic}: {setting} is {found or 'not set'}, must be {wanted}: else {why}"


def _at_least(found: str, wanted: str) -> bool:
    return found.lstrip("-").isdigit() and int(found) >= int(wanted)


def _as_long(found: str, wanted: str) -> bool:
    return found == "-1" or _at_least(found, wanted)


def _same(found: str, wanted: str) -> bool:
    return found == wanted


_PROMISES = {
    "min.insync.replicas": (_at_least, "an acknowledged event would be lost with one broker"),
    "retention.ms": (_as_long, "events could go before they are recorded"),
    "retention.bytes": (_same, "events could go before they are recorded"),
    "cleanup.policy": (_same, "of the events of a customer only the last would stay"),
    "unclean.leader.election.enable": (_same, "an acknowledged event would be lost with a broker that lagged"),
    "max.message.bytes": (_at_least, "events within our limits would be refused by the broker"),
}
