"""`make cluster`: the distributed mode on this machine, without Docker: servers, processes, and their end.

Options, and what is printed. Everything that is kept is in one folder; a second start on it goes on where it was.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from footfall import logs
from footfall.cluster import components, postgres_folder
from footfall.cluster.compose_file import read
from footfall.cluster.first_stores import keys_of
from footfall.cluster.local_services import LocalServices
from footfall.cluster.servers import Servers
from footfall.file_lock import FileLock
from footfall.front_door import listen
from footfall.loopback import HOST, free_port
from footfall.settings import ConfigurationError
from footfall.up import FIRST_STORE
from ingest.key_kinds import StoreKeys
from ingest.stores import Store
from schemas.errors import FootfallError

FOLDER = Path(".footfall/cluster")
INTERRUPTED = 130


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=FOLDER, show_default=True)
@click.option("--port", type=int, default=8080, show_default=True, help="port of the collector, 0 for any free one")
@click.option("--query-port", type=int, default=8081, show_default=True, help="port of the query API, likewise")
@click.option("--remove", is_flag=True, help="remove the folder, and all that belongs to it")
def cluster(folder: Path, port: int, query_port: int, remove: bool) -> None:
    """Run Kafka, PostgreSQL, ClickHouse and the processes of the distributed mode. Ctrl-C ends them."""
    logs.set_up("warning")
    folder = folder.absolute()
    with _only_one(folder):
        if remove:
            postgres_folder.remove(folder)
            return
        read()  # says what is missing, before anything starts
        components.install()
        ports = {"collector": _port(port), "query-api": _port(query_port)}
        with _running(folder, ports) as (services, keys):
            _say_started(services, keys, folder)
            threading.Event().wait()


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(folder / "cluster.lock")
    lock.acquire(10.0)
    try:
        yield
    finally:
        lock.release()


def _port(wanted: int) -> int:
    if not wanted:
        return free_port()
    try:
        listen(HOST, wanted).close()
    except OSError as error:
        raise ConfigurationError([f"cannot listen on {HOST}:{wanted}: {error.strerror}"]) from error
    return wanted


@contextmanager
def _running(folder: Path, ports: dict[str, int]) -> Iterator[tuple[LocalServices, StoreKeys]]:
    """Give the processes, ready, and the keys of the first store; whatever was started ends with this."""
    with ExitStack() as stack:
        click.echo("Starting Kafka, PostgreSQL and ClickHouse ...")
        servers = Servers(folder)
        stack.callback(servers.stop)
        servers.start()
        click.echo("Starting the processes of Footfall ...")
        services = LocalServices(servers, ports)
        services.prepare()
        (keys,) = keys_of(folder, services.environment("relay"), [Store(FIRST_STORE)])
        stack.callback(services.stop)
        services.start()
        services.wait_ready()
        yield services, keys


def _say_started(services: LocalServices, keys: StoreKeys, folder: Path) -> None:
    collector, answers = services.url("collector"), services.url("query-api")
    click.echo(f"""\
Footfall is up, in {len(services.names)} processes: {", ".join(services.names)}

  collector    {collector}
  query API    {answers}
  logs         {folder}/*.log

  store        {keys.store}
  write key    {keys.write_key}
  server key   {keys.server_key}
  query token  {keys.query_token}
  admin token  {keys.admin_token}

Point a Segment client at the host {collector} with the write key, then ask:

  curl -H 'Authorization: Bearer {keys.query_token}' {answers}/api/v1/customers

Ctrl-C ends it; started again it goes on where it was.
""")
    sys.stdout.flush()


def main() -> None:
    """Run the cluster; expected faults end with a sentence."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        cluster(standalone_mode=False)
    except (KeyboardInterrupt, click.exceptions.Abort):
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except FootfallError as error:
        click.echo(str(error), err=True)
        sys.exit(getattr(error, "exit_code", 1))


if __name__ == "__main__":
    main()
