"""Kafka, PostgreSQL and ClickHouse of one installation, in one folder: started together, and told to its processes."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from footfall.chdb_server import ClickHouseServer
from footfall.cluster.kafka_broker import KafkaBroker
from footfall.cluster.postgres_folder import postgres_folder as in_reach
from footfall.cluster.postgres_server import PostgresServer
from footfall.loopback import HOST, free_port

CLICKHOUSE_MEMORY = 1024**3
DATABASE, KEY_DATABASE = "footfall", "footfall_keys"


class Servers:
    """The servers; ports and passwords are kept in the folder, so that a second start finds what the first one made."""

    def __init__(self, folder: Path, postgres_folder: Path | None = None) -> None:
        """`postgres_folder` must be in reach of the user who runs PostgreSQL; None for a place that is."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        known = _known(folder / "servers.json")
        self.secret = known["secret"]
        self.password = known["password"]
        self.broker = KafkaBroker(folder / "kafka", int(known["kafka"]))
        self.postgres = PostgresServer(self.password, postgres_folder or in_reach(folder), int(known["postgres"]))
        self._clickhouse_port = int(known["clickhouse"])
        self.clickhouse = self._clickhouse()

    def start(self) -> None:
        """Start all of them and return once they take connections."""
        self.clickhouse.start()
        self.broker.start()
        self.postgres.start()
        self.postgres.create(DATABASE, KEY_DATABASE)
        self.clickhouse.wait_ready()

    def stop(self) -> None:
        """End all of them. Can be repeated."""
        self.broker.stop()
        self.postgres.stop()
        self.clickhouse.stop()

    def restart_clickhouse(self) -> None:
        """End ClickHouse, and start it again where it was."""
        self.clickhouse.stop()
        self.clickhouse = self._clickhouse()
        self.clickhouse.start()

    def environment(self) -> Mapping[str, str]:
        """Return the settings that the processes of this installation need."""
        clickhouse = self.clickhouse
        user = f"{clickhouse.user}:{clickhouse.password}@{clickhouse.host}:{clickhouse.port}"
        return {
            "FOOTFALL_KAFKA": self.broker.address,
            "FOOTFALL_KAFKA_PARTITIONS": "4",
            "FOOTFALL_KAFKA_REPLICATION": "1",
            "FOOTFALL_KAFKA_MIN_INSYNC_REPLICAS": "1",
            "FOOTFALL_POSTGRES": self.postgres.dsn(DATABASE),
            "FOOTFALL_POSTGRES_KEYS": self.postgres.dsn(KEY_DATABASE),
            "FOOTFALL_CLICKHOUSE": f"clickhouse://{user}/{clickhouse.database}",
            "FOOTFALL_SECRET": self.secret,
            "FOOTFALL_SHARDS": "2",
        }

    def secrets(self) -> Mapping[str, str]:
        """Return what docker-compose.yml wants to be told, as compose.env.example names it."""
        return {
            "POSTGRES_PASSWORD": self.password,
            "CLICKHOUSE_PASSWORD": self.clickhouse.password,
            "FOOTFALL_SECRET": self.secret,
        }

    def addresses(self) -> Mapping[str, str]:
        """Return where the servers listen, by the addresses that they have in docker-compose.yml."""
        return {
            "kafka:9092": self.broker.address,
            "postgres:5432": f"{HOST}:{self.postgres.port}",
            "clickhouse:9000": f"{HOST}:{self.clickhouse.port}",
        }

    def _clickhouse(self) -> ClickHouseServer:
        return ClickHouseServer(self.folder / "clickhouse", CLICKHOUSE_MEMORY, port=self._clickhouse_port)


def _known(file: Path) -> dict[str, str]:
    """Return ports and secrets of the folder, made at the first start."""
    if not file.exists():
        made = {name: str(free_port()) for name in ("kafka", "postgres", "clickhouse")}
        made |= {"password": secrets.token_hex(16), "secret": secrets.token_hex(32)}
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            json.dump(made, out)
    known: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return known
