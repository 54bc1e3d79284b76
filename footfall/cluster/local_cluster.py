"""A whole cluster on this machine: its folder, its servers, its processes and its stores, for as long as it is open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from footfall.cluster import components
from footfall.cluster.compose_file import read
from footfall.cluster.first_stores import keys_of
from footfall.cluster.local_services import LocalServices
from footfall.cluster.servers import Servers
from footfall.file_lock import FileLock
from footfall.front_door import listen
from footfall.loopback import HOST, free_port
from footfall.settings import ConfigurationError
from ingest.key_kinds import StoreKeys
from ingest.stores import Store

FOLDER = Path(".footfall/cluster")
LOCK_SECONDS = 2.0


@dataclass(frozen=True)
class LocalCluster:
    """A cluster that is up."""

    folder: Path
    services: LocalServices
    keys: Sequence[StoreKeys]

    @property
    def collector(self) -> str:
        """Return the address that takes events."""
        return self.services.url("collector")

    @property
    def answers(self) -> str:
        """Return the address that answers questions."""
        return self.services.url("query-api")


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold a cluster's folder; raises LockHeld, which names who has it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(folder / "cluster.lock")
    lock.acquire(LOCK_SECONDS)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def local_cluster(
    folder: Path, port: int, query_port: int, stores: Sequence[Store], settings: Mapping[str, str] | None = None
) -> Iterator[LocalCluster]:
    """Give a cluster that is up, with these stores; whatever was started ends with this."""
    read()  # says what is missing, before anything starts
    components.install(components.OF_CLUSTER)
    with only_one(folder), ExitStack() as stack:
        ports = {"collector": _free(port), "query-api": _free(query_port)}
        click.echo("Starting Kafka, PostgreSQL and ClickHouse ...")
        servers = Servers(folder)
        stack.callback(servers.stop)
        servers.start()
        click.echo("Starting the processes of Footfall ...")
        services = LocalServices(servers, ports, settings)
        services.prepare()
        keys = keys_of(folder, services.environment("prepare"), stores)
        stack.callback(services.stop)
        services.start()
        services.wait_ready()
        yield LocalCluster(folder, services, keys)


def _free(port: int) -> int:
    """Return a port that can be had; raises ConfigurationError."""
    if not port:
        return free_port()
    try:
        listen(HOST, port).close()
    except OSError as error:
        raise ConfigurationError([f"port: cannot listen on {HOST}:{port}: {error.strerror}"]) from error
    return port
