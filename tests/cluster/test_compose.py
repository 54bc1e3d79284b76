"""The processes of docker-compose.yml as real processes: its commands, its variables, its health checks.

Only the addresses of the servers differ, and the ports: see footfall/cluster/local_services.py.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from footfall.cluster.compose_file import read
from footfall.cluster.first_stores import keys_of
from footfall.cluster.local_services import LocalServices
from footfall.cluster.postgres_folder import remove
from footfall.cluster.servers import Servers
from footfall.loopback import free_port
from ingest.key_kinds import StoreKeys
from ingest.stores import Store
from tests.cluster.conftest import needs
from tests.product.running import eventually

pytestmark = [pytest.mark.product, pytest.mark.slow]

SETTLE_SECONDS = 60.0
WORKERS = ("aggregator", "relay", "projector")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    needs("java", "mvn", "postgres")
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("compose") / "cluster"
        stack.callback(remove, folder)
        running = Servers(folder)
        stack.callback(running.stop)
        running.start()
        yield running


@pytest.fixture(scope="module")
def keys(servers: Servers, services: LocalServices) -> StoreKeys:
    (made,) = keys_of(servers.folder, services.environment("prepare"), [Store("shop")])
    return made


@pytest.fixture(scope="module")
def services(servers: Servers) -> Iterator[LocalServices]:
    ports = {name: free_port() for name, each in read()["services"].items() if "ports" in each}
    started = LocalServices(servers, ports)
    started.prepare()
    started.start()
    yield started
    started.stop()
    assert not [name for name in started.names if started.pid(name)]


def test_all_of_them_become_healthy(services: LocalServices) -> None:
    services.wait_ready()
    assert all(services.healthy(name) for name in services.names)


def test_an_event_that_the_collector_took_is_in_the_answers(services: LocalServices, keys: StoreKeys) -> None:
    services.wait_ready()
    user = f"user-{secrets.token_hex(4)}"
    event = {"userId": user, "event": "Product Viewed", "properties": {"product_id": "assam"}}
    sent = httpx.post(f"{services.url('collector')}/v1/track", json=event, auth=(keys.write_key, ""))
    assert (sent.status_code, sent.json()) == (200, {"success": True})
    analyst = httpx.Client(
        base_url=f"{services.url('query-api')}/api/v1", headers={"Authorization": f"Bearer {keys.query_token}"}
    )
    with analyst:
        eventually(lambda: analyst.get("/status").json()["settled"], SETTLE_SECONDS, "the settling")
        profile = analyst.get(f"/customers/by/user_id/{user}").json()
    assert (profile["user_ids"], profile["product_views"]) == ([user], 1)


def test_a_worker_without_kafka_is_not_healthy(services: LocalServices, servers: Servers) -> None:
    services.wait_ready()
    servers.broker.stop()
    try:
        eventually(lambda: not any(map(services.healthy, WORKERS)), 20, "the loss of their connections")
    finally:
        servers.broker.start()
    services.wait_ready()


def test_keys_that_were_lost_are_made_anew(services: LocalServices, servers: Servers, keys: StoreKeys) -> None:
    (servers.folder / "keys.json").unlink()
    (again,) = keys_of(servers.folder, services.environment("prepare"), [Store("shop")])
    assert again.store == keys.store
    assert again.write_key != keys.write_key
    event = {"userId": "ada", "event": "Product Viewed"}
    url = f"{services.url('collector')}/v1/track"
    assert httpx.post(url, json=event, auth=(again.write_key, "")).status_code == 200
    assert httpx.post(url, json=event, auth=(keys.write_key, "")).status_code == 401
