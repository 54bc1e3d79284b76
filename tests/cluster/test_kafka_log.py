"""The collector's log on a real broker: what is acknowledged is there, in order; without a broker nothing is."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.producer.sender import Sender

from footfall.cluster.kafka_broker import KafkaBroker
from footfall.loopback import HOST, free_port
from ingest.kafka_log import KafkaLog, partition_of
from ingest.kafka_producer import MAX_RECORD_BYTES
from ingest.ports import Overloaded
from schemas.facts import AcceptedEvent
from schemas.streams import StreamKind, StreamRef
from tests.builders import accepted_event
from tests.product.running import eventually

pytestmark = pytest.mark.product

PARTITIONS = 3


@pytest.fixture
def topic(broker: KafkaBroker) -> str:
    return make_topic(broker)


def make_topic(broker: KafkaBroker) -> str:
    name = f"test-{uuid.uuid4().hex}"
    with closing(KafkaAdminClient(bootstrap_servers=broker.address)) as admin:
        admin.create_topics([NewTopic(name, PARTITIONS, 1)])
        admin.wait_for_topics([name])
    return name


def records(broker: KafkaBroker, topic: str) -> Iterator[tuple[int, bytes]]:
    """Give partition and value of all records of a topic."""
    partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    with closing(KafkaConsumer(bootstrap_servers=broker.address)) as consumer:
        consumer.assign(partitions)
        consumer.seek_to_beginning()
        ends = consumer.end_offsets(partitions)
        while any(consumer.position(partition) < end for partition, end in ends.items()):
            for partition, found in consumer.poll(timeout_ms=500).items():
                yield from ((partition.partition, record.value) for record in found)


def events(broker: KafkaBroker, topic: str) -> list[tuple[int, AcceptedEvent]]:
    decode = msgspec.json.Decoder(AcceptedEvent).decode
    return [(number, decode(line)) for number, value in records(broker, topic) for line in value.split(b"\n")]


def of(visitor: str, message_id: str) -> AcceptedEvent:
    return accepted_event(message_id, stream=StreamRef(StreamKind.ANONYMOUS, visitor))


def connected(log: KafkaLog) -> bool:
    """Append nothing: the first append connects, for which a busy machine may need more time than a request has."""
    try:
        log.append_now([])
    except Overloaded:
        return False
    return True


def test_what_is_acknowledged_is_there_in_the_order_of_its_stream(broker: KafkaBroker, topic: str) -> None:
    async def run(log: KafkaLog) -> None:
        for turn in range(20):
            await asyncio.gather(*(log.append([of(f"a-{n}", f"{turn}"), of(f"b-{n}", f"{turn}")]) for n in range(10)))

    with closing(KafkaLog({"bootstrap_servers": broker.address}, topic, PARTITIONS)) as log:
        eventually(lambda: connected(log), 30, "the connection")
        asyncio.run(run(log))
        assert log.ready()
    found = events(broker, topic)
    assert len(found) == 400
    assert {number for number, _ in found} == set(range(PARTITIONS))
    for visitor in {event.stream.id for _, event in found}:
        turns = [int(event.message_id) for _, event in found if event.stream.id == visitor]
        assert turns == list(range(20)), visitor
    assert all(number == partition_of(event, PARTITIONS) for number, event in found)


def test_events_of_one_request_share_records_of_bounded_size(broker: KafkaBroker, topic: str) -> None:
    large = msgspec.Raw(b'"' + b"x" * 30_000 + b'"')
    with closing(KafkaLog({"bootstrap_servers": broker.address}, topic, PARTITIONS)) as log:
        asyncio.run(log.append([accepted_event(str(number), message=large) for number in range(40)]))
    sizes = [len(value) for _, value in records(broker, topic)]
    assert len(sizes) == 3
    assert max(sizes) <= MAX_RECORD_BYTES
    assert [event.message_id for _, event in events(broker, topic)] == [str(number) for number in range(40)]


FAILING = """
import os
from contextlib import suppress
from ingest.kafka_log import KafkaLog
from ingest.ports import Overloaded
from tests.builders import accepted_event

log = KafkaLog({"bootstrap_servers": "%s:%d"}, "nowhere", 3)
for _ in range(5):
    with suppress(Overloaded):
        log.append_now([accepted_event()])
print(len(os.listdir("/proc/self/fd")))
"""


def test_while_no_broker_is_there_no_files_pile_up() -> None:
    program = FAILING % (HOST, free_port())  # a process of its own: pytest keeps what clients said, and so the clients
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 20


def test_the_partition_of_a_stream_is_frozen() -> None:
    found = [partition_of(of(f"a-{number}", "m"), 12) for number in range(8)]
    assert found == [7, 9, 11, 9, 10, 4, 2, 8]


def test_without_a_broker_nothing_is_acknowledged_and_with_it_again_all_goes_on(
    tmp_path: Path, broker: KafkaBroker
) -> None:
    own = KafkaBroker(tmp_path / "kafka")
    own.start()
    topic = make_topic(own)

    async def attempt(log: KafkaLog, *message_ids: str) -> list[bool]:
        said = await asyncio.gather(*(log.append([of("a", one)]) for one in message_ids), return_exceptions=True)
        assert all(answer is None or isinstance(answer, Overloaded) for answer in said)
        return [answer is None for answer in said]

    try:
        with closing(KafkaLog({"bootstrap_servers": own.address}, topic, PARTITIONS)) as log:
            assert asyncio.run(attempt(log, "before")) == [True]
            own.kill()
            began = time.monotonic()
            assert not any(asyncio.run(attempt(log, *(f"away-{number}" for number in range(20)))))
            assert time.monotonic() - began < 3
            assert not log.ready()
            own.start()
            eventually(lambda: asyncio.run(attempt(log, "after")) == [True], 30, "the recovery")
            assert log.ready()
        there = {event.message_id for _, event in events(own, topic)}
    finally:
        own.stop()
    assert there >= {"before", "after"}


def test_a_broker_that_is_silent_is_overload_and_what_was_given_up_leaves_no_threads(tmp_path: Path) -> None:
    own = KafkaBroker(tmp_path / "kafka")
    own.start()
    try:
        with closing(KafkaLog({"bootstrap_servers": own.address}, make_topic(own), PARTITIONS)) as log:
            eventually(lambda: appended(log), 30, "the first connection")
            send(own, signal.SIGSTOP)
            for number in range(3):
                with pytest.raises(Overloaded):
                    log.append_now([of(f"a-{number}", "meanwhile")])
            eventually(lambda: not senders(), 10, "the end of the threads")
            send(own, signal.SIGCONT)
            eventually(lambda: appended(log), 30, "the recovery")
        assert not senders()
    finally:
        send(own, signal.SIGCONT)
        own.stop()


def send(broker: KafkaBroker, how: signal.Signals) -> None:
    assert broker.pid
    os.kill(broker.pid, how)


def senders() -> list[Sender]:
    """Return the threads of producers."""
    return [thread for thread in threading.enumerate() if isinstance(thread, Sender)]


def appended(log: KafkaLog) -> bool:
    try:
        log.append_now([of("a", "after")])
    except Overloaded:
        return False
    return True
