"""The distributed product under test with all of its servers behind TLS, and names and passwords asked for."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from pydantic import SecretStr

from footfall.cluster.kafka_broker import KafkaBroker
from footfall.cluster.kafka_encryption import KafkaEncryption
from footfall.cluster.postgres_server import PostgresServer
from footfall.cluster.servers import DATABASE, KEY_DATABASE, Servers
from footfall.settings import Settings
from tests.cluster.certificates import HERE, Authority
from tests.cluster.running_cluster import RunningCluster
from tests.cluster.tls_forwarder import TlsForwarder

KAFKA_USER, KAFKA_PASSWORD = "footfall", "kafka-password-of-tests"


class EncryptedServers(Servers):
    """Servers that an authority has certified for the address that they listen on, and for no other name."""

    def __init__(self, folder: Path, postgres_folder: Path, authority: Authority) -> None:
        super().__init__(folder, postgres_folder)
        self.authority = authority
        self.certified = authority.certify(HERE)
        encryption = KafkaEncryption(self.certified, KAFKA_USER, KAFKA_PASSWORD)
        self.broker = KafkaBroker(folder / "kafka", self.broker.port, encryption)
        self.postgres = PostgresServer(self.password, postgres_folder, self.postgres.port, self.certified)
        self._running = ExitStack()

    def start(self) -> None:
        super().start()
        self.forwarder = self._running.enter_context(TlsForwarder(self.certified, self.clickhouse.port).running())

    def stop(self) -> None:
        self._running.close()
        super().stop()

    def environment(self) -> Mapping[str, str]:
        return {
            **super().environment(),
            "FOOTFALL_KAFKA_SECURITY": "sasl_ssl",
            "FOOTFALL_KAFKA_CA": str(self.authority.certificate),
            "FOOTFALL_KAFKA_USER": KAFKA_USER,
            "FOOTFALL_KAFKA_PASSWORD": KAFKA_PASSWORD,
            "FOOTFALL_POSTGRES": self.verified_dsn(DATABASE),
            "FOOTFALL_POSTGRES_KEYS": self.verified_dsn(KEY_DATABASE),
            "FOOTFALL_CLICKHOUSE": self.clickhouse_url(),
        }

    def verified_dsn(self, database: str, authority: Authority | None = None) -> str:
        trusted = (authority or self.authority).certificate
        return f"{self.postgres.dsn(database)}?sslmode=verify-full&sslrootcert={trusted}"

    def clickhouse_url(self, authority: Authority | None = None) -> str:
        server, trusted = self.clickhouse, (authority or self.authority).certificate
        user = f"{server.user}:{server.password}@{HERE}:{self.forwarder.port}"
        return f"clickhouses://{user}/{server.database}?ca={trusted}"

    def kafka_settings(self, authority: Authority | None = None, host: str = HERE, password: str = "") -> Settings:
        return Settings(
            kafka=(f"{host}:{self.broker.port}",),
            kafka_security="sasl_ssl",
            kafka_ca=(authority or self.authority).certificate,
            kafka_user=KAFKA_USER,
            kafka_password=SecretStr(password or KAFKA_PASSWORD),
        )


class EncryptedCluster(RunningCluster):
    """All processes of ours, with these servers."""

    servers: EncryptedServers

    def __init__(self, folder: Path, authority: Authority) -> None:
        super().__init__(folder)
        self.servers = EncryptedServers(folder / "servers", self._postgres_folder, authority)
