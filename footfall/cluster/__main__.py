"""`make cluster`: the distributed mode on this machine, without Docker: options, and what is printed."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from pathlib import Path

import click

from footfall import logs
from footfall.cluster import postgres_folder
from footfall.cluster.local_cluster import FOLDER, LocalCluster, local_cluster, only_one
from ingest.snippet_files import pasted_line
from ingest.stores import FIRST_STORE, Store
from schemas.errors import FootfallError

INTERRUPTED = 130


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), default=FOLDER, show_default=True)
@click.option("--port", type=int, default=8080, show_default=True, help="port of the collector, 0 for any free one")
@click.option("--query-port", type=int, default=8081, show_default=True, help="port of the query API, likewise")
@click.option("--remove", is_flag=True, help="remove the folder and all that belongs to it, and start nothing")
def cluster(folder: Path, port: int, query_port: int, remove: bool) -> None:
    """Run Kafka, PostgreSQL, ClickHouse and the processes of the distributed mode. Ctrl-C ends them."""
    logs.set_up("warning")
    if remove:
        with only_one(folder):
            postgres_folder.remove(folder)
        return
    with local_cluster(folder.absolute(), port, query_port, [Store(FIRST_STORE)]) as running:
        _say_started(running)
        wait_for_the_end()


def _say_started(running: LocalCluster) -> None:
    (keys,) = running.keys
    click.echo(f"""\
Footfall is up, in {len(running.services.names)} processes: {", ".join(running.services.names)}

  collector    {running.collector}
  query API    {running.answers}
  logs         {running.folder}

  store        {keys.store}
  write key    {keys.write_key}
  server key   {keys.server_key}
  query token  {keys.query_token}
  admin token  {keys.admin_token}

In the shop's pages (docs/snippet.md):

  {pasted_line(running.collector, keys.write_key)}

Or point a Segment client at the host {running.collector} with the write key. Then ask:

  curl -H 'Authorization: Bearer {keys.query_token}' {running.answers}/api/v1/customers

Ctrl-C ends it; started again it goes on where it was.
""")
    sys.stdout.flush()


def wait_for_the_end() -> None:
    """Return on Ctrl-C or SIGTERM: from now on they are the ordinary end."""
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


def run(command: click.Command) -> None:
    """Run a command until it is interrupted; expected faults end with a sentence."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background jobs ignore the first by themselves
        signal.signal(number, signal.default_int_handler)
    try:
        command(standalone_mode=False)
    except (KeyboardInterrupt, click.exceptions.Abort):
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except FootfallError as error:
        click.echo(str(error), err=True)
        sys.exit(getattr(error, "exit_code", 1))


if __name__ == "__main__":
    run(cluster)
