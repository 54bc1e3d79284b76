"""TLS and passwords to real servers: what is verified works, and who is not trusted is refused and named."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from eventsourcing.persistence import PersistenceError
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth
from kafka import KafkaConsumer, TopicPartition
from pydantic import SecretStr

from aggregates.errors import StorageUnavailable
from aggregates.postgres_recorder import open_datastore
from footfall.cluster.kafka_broker import KafkaBroker
from footfall.cluster.kafka_encryption import KafkaEncryption
from footfall.cluster.servers import DATABASE
from footfall.cluster.services import FOOTFALL
from footfall.distributed.faust_access import faust_options
from footfall.distributed.kafka_access import client_options
from footfall.distributed.kafka_topics import KafkaTopics, KafkaUnavailable
from footfall.distributed.postgres_pool import PostgresPool, connected
from footfall.distributed.topics import PURPOSES, SITE_EVENTS, plans
from footfall.distributed.warehouse_address import address_of
from footfall.settings import Settings
from ingest.kafka_log import KafkaLog
from ingest.ports import Overloaded
from projections.clickhouse_connection import Warehouse, WarehouseUnavailable
from tests.builders import accepted_event, message
from tests.cluster.certificates import ELSEWHERE, HERE, Authority
from tests.cluster.conftest import needs
from tests.cluster.encrypted_cluster import KAFKA_PASSWORD, EncryptedCluster, EncryptedServers
from tests.product.running import eventually

pytestmark = pytest.mark.product

WRONG = "a-wrong-password"
SOON = 8.0


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that signed none of the servers' certificates."""
    return Authority(tmp_path_factory.mktemp("stranger"), "stranger")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EncryptedCluster]:
    needs("java", "mvn", "postgres")
    folder = tmp_path_factory.mktemp("encrypted")
    running = EncryptedCluster(folder / "cluster", Authority(folder, "authority"))
    try:
        running.start()
        yield running
    finally:
        running.close()


@pytest.fixture(scope="module")
def servers(cluster: EncryptedCluster) -> EncryptedServers:
    return cluster.servers


@contextmanager
def refused(fault: type[Exception], says: str, *secrets: str) -> Iterator[None]:
    """The body must raise soon, and say what is wrong and no secret, in no cause either."""
    began = time.monotonic()
    with pytest.raises(fault, match=says) as caught:
        yield
    assert time.monotonic() - began < SOON
    error: BaseException | None = caught.value
    while error is not None:
        assert not any(secret in f"{error}{error!r}" for secret in secrets)
        error = error.__cause__ or error.__context__


def test_an_event_goes_through_all_processes_and_nothing_goes_in_the_clear(cluster: EncryptedCluster) -> None:
    shop = cluster.new_store()
    batch = {"batch": [message(userId="ada")]}
    eventually(lambda: shop.post("/v1/batch", batch).is_success, 30, "the collector's first connection to the broker")
    shop.settle()
    assert shop.customer("ada")["product_views"] == 1
    with psycopg.connect(cluster.servers.postgres.dsn(DATABASE)) as connection:
        clients = "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE client_addr IS NOT NULL"
        found = [ssl for (ssl,) in connection.execute(clients).fetchall()]
    assert len(found) > 5
    assert all(found)


def test_no_password_is_in_a_log(cluster: EncryptedCluster) -> None:
    said = "".join(log.read_text(errors="replace") for log in cluster.logs.iterdir())
    assert said
    for secret in (KAFKA_PASSWORD, cluster.servers.password, cluster.servers.clickhouse.password):
        assert secret not in said


def test_topics_are_found_and_what_is_appended_is_there(servers: EncryptedServers) -> None:
    client = client_options(servers.kafka_settings())
    found = KafkaTopics(client).find(PURPOSES)
    assert found.keys() == PURPOSES.keys()
    partitions = [TopicPartition(SITE_EVENTS, number) for number in range(found[SITE_EVENTS].partitions)]
    with (
        closing(KafkaConsumer(**client)) as consumer,
        closing(KafkaLog(client, SITE_EVENTS, len(partitions))) as log,
    ):
        before = sum(consumer.end_offsets(partitions).values())
        log.append_now([accepted_event("over-tls", store="nobody")])
        assert sum(consumer.end_offsets(partitions).values()) == before + 1


@pytest.mark.slow
def test_tls_without_a_name_and_a_password(servers: EncryptedServers, stranger: Authority, tmp_path: Path) -> None:
    broker = KafkaBroker(tmp_path / "kafka", encryption=KafkaEncryption(servers.certified))
    broker.start()
    settings = Settings(
        kafka=(broker.address,),
        kafka_security="ssl",
        kafka_ca=servers.authority.certificate,
        kafka_replication=1,
        kafka_min_insync_replicas=1,
        kafka_partitions=2,
    )
    try:
        topics = KafkaTopics(client_options(settings))
        topics.create(plans(settings))
        assert topics.find(PURPOSES).keys() == PURPOSES.keys()
        with closing(KafkaLog(client_options(settings), SITE_EVENTS, 2)) as log:
            log.append_now([accepted_event()])
        distrusting = settings.model_copy(update={"kafka_ca": stranger.certificate})
        with refused(KafkaUnavailable, "certificate is refused"):
            KafkaTopics(client_options(distrusting)).find(PURPOSES)
    finally:
        broker.stop()


def test_a_broker_that_is_not_trusted_is_refused(servers: EncryptedServers, stranger: Authority) -> None:
    topics = KafkaTopics(client_options(servers.kafka_settings(stranger)))
    with refused(KafkaUnavailable, rf"{HERE}:\d+: its certificate is refused: unable to get local", KAFKA_PASSWORD):
        topics.find(PURPOSES)
    with (
        closing(KafkaLog(client_options(servers.kafka_settings(stranger)), SITE_EVENTS, 4)) as log,
        refused(Overloaded, "does not acknowledge", KAFKA_PASSWORD),
    ):
        log.append_now([accepted_event()])


def test_a_broker_that_is_certified_for_another_name_is_refused(servers: EncryptedServers) -> None:
    topics = KafkaTopics(client_options(servers.kafka_settings(host=ELSEWHERE)))
    with refused(KafkaUnavailable, f"Hostname mismatch.*{ELSEWHERE}", KAFKA_PASSWORD):
        topics.find(PURPOSES)


def test_a_password_that_a_broker_refuses_is_said(servers: EncryptedServers) -> None:
    topics = KafkaTopics(client_options(servers.kafka_settings(password=WRONG)))
    with refused(KafkaUnavailable, "invalid credentials", WRONG):
        topics.find(PURPOSES)


def test_faust_verifies_as_kafka_python_does(servers: EncryptedServers) -> None:
    options = credentials_to_aiokafka_auth(faust_options(servers.kafka_settings())["broker_credentials"])
    assert (options["security_protocol"], options["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    assert options["ssl_context"].check_hostname
    only_tls = servers.kafka_settings().model_copy(update={"kafka_security": "ssl"})
    options = credentials_to_aiokafka_auth(faust_options(only_tls)["broker_credentials"])
    assert options["security_protocol"] == "SSL"
    assert options["ssl_context"].check_hostname


def database_urls(servers: EncryptedServers, stranger: Authority) -> dict[str, str]:
    """URLs that are refused, by what is said then."""
    verified = servers.verified_dsn(DATABASE)
    return {
        "certificate verify failed": servers.verified_dsn(DATABASE, stranger),
        f'does not match host name "{ELSEWHERE}"': verified.replace(f"@{HERE}:", f"@{ELSEWHERE}:"),
        "password authentication failed": verified.replace(servers.password, WRONG),
    }


def test_postgresql_is_verified_by_all_who_connect(servers: EncryptedServers) -> None:
    encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    url = servers.verified_dsn(DATABASE)
    with connected(url) as connection:
        assert connection.execute(encrypted).fetchall() == [(True,)]
    with closing(PostgresPool(url)) as pool, pool.connection() as connection:
        assert connection.execute(encrypted).fetchall() == [(True,)]
    with closing(open_datastore(url)) as datastore, datastore.get_connection() as connection:
        assert connection.execute(encrypted).fetchall() == [{"ssl": True}]


@pytest.mark.parametrize("number", range(3), ids=["authority", "name", "password"])
def test_a_postgresql_that_is_not_trusted_or_does_not_trust_us_is_refused(
    number: int, servers: EncryptedServers, stranger: Authority
) -> None:
    says, url = list(database_urls(servers, stranger).items())[number]
    secrets = (servers.password, WRONG)
    with refused(StorageUnavailable, says, *secrets), connected(url):
        pass
    with closing(PostgresPool(url)) as pool, refused(StorageUnavailable, says, *secrets), pool.connection():
        pass
    with (
        closing(open_datastore(url)) as datastore,
        refused(PersistenceError, "couldn't get a connection", *secrets),
        datastore.get_connection(),
    ):
        pass


def test_a_clickhouse_is_verified_before_it_is_told_a_password(
    cluster: EncryptedCluster, servers: EncryptedServers, stranger: Authority
) -> None:
    def warehouse(url: str) -> Warehouse:
        return Warehouse(address_of(Settings(clickhouse=SecretStr(url))))

    forwarder, password = servers.forwarder, servers.clickhouse.password
    for name in ("projector", "query-api"):  # others would be counted
        cluster.services[f"{name}-1"].stop(10)
    url = servers.clickhouse_url()
    with closing(warehouse(url)) as trusted:
        assert trusted.select("SELECT 1") == [(1,)]
    before = forwarder.received
    assert before > 0
    with refused(WarehouseUnavailable, "certificate verify failed", password):
        warehouse(servers.clickhouse_url(stranger)).select("SELECT 1")
    with refused(WarehouseUnavailable, "Hostname mismatch", password):
        warehouse(url.replace(f"@{HERE}:", f"@{ELSEWHERE}:")).select("SELECT 1")
    assert forwarder.received == before
    with refused(WarehouseUnavailable, "refuses the name or the password", WRONG):
        warehouse(url.replace(password, WRONG)).select("SELECT 1")


@pytest.mark.parametrize("number", range(4))
def test_a_process_refuses_to_start_and_says_why(
    number: int, cluster: EncryptedCluster, servers: EncryptedServers, stranger: Authority
) -> None:
    changes = [
        ("its certificate is refused", {"FOOTFALL_KAFKA_CA": str(stranger.certificate)}),
        ("invalid credentials", {"FOOTFALL_KAFKA_PASSWORD": WRONG}),
        ("certificate verify failed", {"FOOTFALL_POSTGRES": servers.verified_dsn(DATABASE, stranger)}),
        ("certificate verify failed", {"FOOTFALL_POSTGRES_KEYS": servers.verified_dsn(DATABASE, stranger)}),
    ]
    says, changed = changes[number]
    done = subprocess.run(
        [FOOTFALL, "aggregator", "--data", str(cluster.folder / "none")],
        env={**cluster.environment(), **changed},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    for secret in (KAFKA_PASSWORD, WRONG, servers.password):
        assert secret not in done.stdout + done.stderr
