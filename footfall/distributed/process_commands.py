"""The commands that run a process of the distributed mode, each loading its own process and no other."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

from footfall.command_line import command
from footfall.settings import Loaded

PROCESSES: Mapping[str, str] = {
    "collector": "Take events, and answer once Kafka has them.",
    "aggregator": "Record what collectors took, and keep dead letters where operators find them.",
    "relay": "Publish what was recorded.",
    "projector": "Put what was published into the answers.",
    "query-api": "Answer questions.",
}
"""The one list of processes, and what each does: a subcommand each, and a module of `processes`."""

LISTENING = ("collector", "query-api")


def process(name: str) -> click.Command:
    """Return the command that runs a process."""
    group = click.Group()

    def run(loaded: Loaded) -> None:
        import_module(f"footfall.distributed.processes.{name.replace('-', '_')}").run(loaded.settings)

    run.__doc__ = PROCESSES[name]
    if name in LISTENING:
        run = click.option("--host", help="address to listen on [127.0.0.1]")(run)
        run = click.option("--port", type=int, help="port to listen on, 0 for any free one [8080]")(run)
    command(name, group)(run)
    return group.commands[name]


collector, aggregator, relay, projector, query_api = map(process, PROCESSES)
