"""The examples for subscribers do on a real broker what docs/subscribing.md says: each order once, in order, exact."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from aggregates.customer import decide, propose
from footfall.cluster.kafka_broker import KafkaBroker
from ingest.admission import Arrival, Rules, admit
from schemas.cloud_events import CONTENT_TYPE, encode, key
from schemas.facts import CustomerEvent, Notification
from schemas.streams import StreamId
from tests.builders import NOW, SERVER, message
from tests.product.running import eventually

pytestmark = pytest.mark.product

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SUBSCRIBERS = {
    "kafka-python": EXAMPLES / "subscriber_kafka_python.py",
    "faust": EXAMPLES / "subscriber_faust.py",
}
PARTITIONS = 3
SECRET = b"0123456789abcdef"
ORDERS = [  # of a customer; the cents only come out in decimals
    ("ada", {"order_id": "1", "total": Decimal("0.10"), "currency": "EUR"}),
    ("bob", {"order_id": "2", "revenue": "12.90", "currency": "eur"}),
    ("ada", {"order_id": "3", "total": Decimal("0.20"), "currency": "EUR"}),
    ("ada", {"order_id": "4", "total": 7, "currency": "USD"}),
    ("bob", {"order_id": "5", "total": "", "products": []}),
    ("ada", {"order_id": "6", "total": 0, "revenue": 5, "currency": "EUR"}),
    ("ada", {"order_id": "1", "total": Decimal("0.10"), "currency": "EUR"}),  # reported once more, by the shop
]
PRINTED = {
    "ada": ["1: 0.10 EUR", "3: 0.20 EUR", "4: 7 USD", "6: 0 EUR"],
    "bob": ["2: 12.90 EUR", "5: 0 in the store's currency"],
}
REVENUE = "13.20 EUR, 7 USD, 0 in the store's currency"


def facts() -> list[CustomerEvent]:
    """A product view before each order, and the order."""
    said = []
    for number, (user, order) in enumerate(ORDERS):
        who: dict[str, Any] = {"userId": user, "anonymousId": None}
        said.append(message(messageId=f"view-{number}", **who))
        said.append(message(messageId=f"order-{number}", event="Order Completed", properties=order, **who))
    proposals = [propose(SECRET, admit(each, None, Arrival(SERVER, NOW), Rules())) for each in said]
    return list(decide(proposals, frozenset(), {proposal.stream: 0 for proposal in proposals}).facts)


@pytest.fixture
def topic(broker: KafkaBroker) -> str:
    name = f"test-{uuid.uuid4().hex}"
    with closing(KafkaAdminClient(bootstrap_servers=broker.address)) as admin:
        admin.create_topics([NewTopic(name, PARTITIONS, 1)])
        admin.wait_for_topics([name])
    return name


def publish(broker: KafkaBroker, topic: str, events: list[CustomerEvent]) -> None:
    with closing(KafkaProducer(bootstrap_servers=broker.address)) as producer:
        for event in events:
            value = encode(Notification(0, event.version, event))
            producer.send(topic, value, key(event), headers=[("content-type", CONTENT_TYPE.encode())])
        producer.flush()


@contextmanager
def running(program: Path, output: Path, environment: dict[str, str]) -> Iterator[None]:
    with output.open("wb") as written, output.with_suffix(".errors").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, str(program)],
            env={**os.environ, **environment, "TMPDIR": str(output.parent)},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=errors,
        )
        try:
            yield
        finally:
            process.kill()
            process.wait()


@pytest.mark.parametrize("name", SUBSCRIBERS)
def test_each_order_is_counted_once_in_the_order_of_its_customer(
    name: str, broker: KafkaBroker, topic: str, tmp_path: Path
) -> None:
    output = tmp_path / "printed"
    events = facts()
    sent = [again for number in range(len(events)) for again in (events[number], *events[max(0, number - 3) : number])]
    publish(broker, topic, sent[:20])
    with running(SUBSCRIBERS[name], output, {"KAFKA": broker.address, "TOPIC": topic, "GROUP": topic}):
        publish(broker, topic, sent[20:])
        end(broker, topic)
        lines = eventually(lambda: finished(output), 90, f"the end of the topic in {name}")
    orders = list(re.finditer(r"^(\w+) order (.*); so far (.*)$", "\n".join(lines), re.MULTILINE))
    assert by_customer(events, orders) == PRINTED
    assert set(orders[-1][3].split(", ")) == set(REVENUE.split(", "))


def end(broker: KafkaBroker, topic: str) -> None:
    """Put something that is no fact at the end of every partition: it is left out, and stops nobody."""
    with closing(KafkaProducer(bootstrap_servers=broker.address)) as producer:
        for partition in range(PARTITIONS):
            producer.send(topic, b"no fact", partition=partition).get(10)


def finished(output: Path) -> list[str]:
    """Return what was printed as soon as all partitions are read."""
    lines = output.read_text(encoding="utf-8").splitlines()
    return lines if sum(line.startswith("left out") for line in lines) == PARTITIONS else []


def by_customer(events: list[CustomerEvent], orders: list[re.Match[str]]) -> dict[str, list[str]]:
    users = {event.stream: event.names[0][1] for event in events}
    printed: defaultdict[str, list[str]] = defaultdict(list)
    for order in orders:
        printed[users[StreamId(order[1])]].append(order[2])
    return dict(printed)
