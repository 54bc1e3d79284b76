"""A person who leaves is gone from the distributed mode too; what Kafka still holds comes back to nobody (law L7)."""

from __future__ import annotations

import json
import signal
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from kafka import KafkaConsumer, TopicPartition

from footfall.cluster.servers import DATABASE
from footfall.distributed.topics import CUSTOMER_EVENTS, ERASURES
from tests.cluster.running_cluster import RunningCluster
from tests.product.byte_search import places_of
from tests.product.leaving import Person, erase, finished, known, owner
from tests.product.running import Json, Shop, eventually

pytestmark = pytest.mark.product


def in_clickhouse(cluster: RunningCluster, person: Person) -> dict[str, list[str]]:
    places = places_of(person.texts(), cluster.folder / "servers" / "clickhouse")
    return {text: files for text, files in places.items() if files}


def in_letters(cluster: RunningCluster, shop: Shop) -> int:
    with psycopg.connect(cluster.servers.postgres.dsn(DATABASE)) as connection:
        ((count,),) = connection.execute("SELECT count(*) FROM dead_letters WHERE store = %s", (shop.name,)).fetchall()
    return int(count)


def told(cluster: RunningCluster, erasure_id: str) -> list[Json]:
    """What subscribers were told of an erasure."""
    address = cluster.servers.broker.address
    with closing(KafkaConsumer(bootstrap_servers=address, auto_offset_reset="earliest")) as consumer:
        wanted = [TopicPartition(ERASURES, partition) for partition in consumer.partitions_for_topic(ERASURES) or ()]
        consumer.assign(wanted)
        ends = consumer.end_offsets(wanted)
        found: list[Json] = []
        while any(consumer.position(one) < ends[one] for one in wanted):
            for records in consumer.poll(1000).values():
                found += [json.loads(record.value) for record in records]
    return [event for event in found if event["id"].startswith(erasure_id)]


def test_an_erased_person_is_gone_and_what_is_pending_is_said(shared_cluster: RunningCluster) -> None:
    shop = shared_cluster.new_store()
    ada, customer_id = known(shop, "adalovelace")
    eventually(lambda: in_letters(shared_cluster, shop) == 3, 30, "the dead letters")
    assert in_clickhouse(shared_cluster, ada).keys() == set(ada.texts())
    refused = shop.status()["refused_for_erasure"]

    receipt = erase(shop, customer_id)

    assert in_clickhouse(shared_cluster, ada) == {}
    assert in_letters(shared_cluster, shop) == 0
    assert shop.ask(f"/customers/by/user_id/{ada.user_id}").status_code == 404
    places = {one["place"]: one for one in receipt["places"]}
    assert places.keys() == {"event_store", "clickhouse", "dead_letters", "kafka", "backups"}
    assert places["event_store"]["found"] == 4
    pending = datetime.fromisoformat(places["kafka"]["pending_until"])
    assert pending > datetime.now(UTC) + timedelta(days=7)
    (event,) = told(shared_cluster, receipt["erasure_id"])
    assert (event["type"], event["subject"]) == ("footfall.CustomerErased", customer_id)
    assert sorted(event["data"]["streams"]) == receipt["streams"]

    before = receipt["erased_up_to"]
    late = [{**one, "messageId": f"late-{one['messageId']}", "timestamp": before} for one in ada.messages()]
    shop.send(*late, server=True)
    shop.send({"type": "page", "userId": ada.user_id, "messageId": "new"})
    assert shop.settle()["refused_for_erasure"] == refused + len(late)
    assert (shop.customer(ada.user_id)["events"], shop.customer(ada.user_id)["traits"]) == (1, {})
    assert ada.email not in in_clickhouse(shared_cluster, ada)
    shared_cluster.command("verify")


@pytest.mark.slow
def test_records_that_are_read_again_and_rebuilds_bring_nobody_back(shared_cluster: RunningCluster) -> None:
    shop = shared_cluster.new_store()
    ada, customer_id = known(shop, "readagain")
    erase(shop, customer_id)
    shared_cluster.services["projector-1"].stop()
    with psycopg.connect(shared_cluster.servers.postgres.dsn(DATABASE)) as connection:
        connection.execute("UPDATE consumed SET next_offset = 0 WHERE topic = %s", (CUSTOMER_EVENTS,))
    shared_cluster.start_service("projector")
    shop.settle()
    assert in_clickhouse(shared_cluster, ada) == {}
    shared_cluster.command("rebuild", "--events")
    assert in_clickhouse(shared_cluster, ada) == {}
    shared_cluster.command("verify")


@pytest.mark.slow
def test_a_killed_projector_finishes_what_it_began(shared_cluster: RunningCluster) -> None:
    shop = shared_cluster.new_store()
    ada, customer_id = known(shop, "killedmidway")
    erasure_id = owner(shop).post(f"/customers/{customer_id}/erase").json()["erasure_id"]
    for _ in range(3):
        shared_cluster.signal_service("projector", signal.SIGKILL)
        shared_cluster.pid("projector")
    finished(shop, erasure_id)
    assert in_clickhouse(shared_cluster, ada) == {}
    shared_cluster.command("verify")


def test_a_command_erases_too(shared_cluster: RunningCluster) -> None:
    shop = shared_cluster.new_store()
    ada, _ = known(shop, "bycommand")
    words = ("erase", ada.email, "--by", "email", "--store", shop.name, "--yes", "--json")
    assert json.loads(shared_cluster.command(*words))["state"] == "done"
    assert in_clickhouse(shared_cluster, ada) == {}
