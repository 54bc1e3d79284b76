"""`footfall up`: options, and what is printed."""

from __future__ import annotations

import sys

import click

from footfall.command_line import command
from footfall.settings import Loaded
from footfall.up import up as run_product
from ingest.key_kinds import StoreKeys
from ingest.snippet_files import pasted_line

group = click.Group()


@command("up", group)
@click.option("--host", help="address to listen on [127.0.0.1]")
@click.option("--port", type=int, help="port to listen on, 0 for any free one [8080]")
def _up(loaded: Loaded) -> None:
    """Run the whole product on this machine. Ctrl-C ends it."""
    run_product(loaded.settings, _say_started)


def _say_started(address: str, keys: StoreKeys) -> None:
    click.echo(f"""\
Footfall is up at {address}

  store        {keys.store}
  write key    {keys.write_key}
  server key   {keys.server_key}
  query token  {keys.query_token}
  admin token  {keys.admin_token}

In the shop's pages (docs/snippet.md):

  {pasted_line(address, keys.write_key)}

Or point a Segment client at the host {address} with the write key. Then ask:

  curl -H 'Authorization: Bearer {keys.query_token}' {address}/api/v1/customers
""")
    sys.stdout.flush()


up = group.commands["up"]
