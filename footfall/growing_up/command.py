"""`footfall migrate`: options, and what is printed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from footfall.command_line import command
from footfall.data_folder import DataFolder
from footfall.distributed.postgres_databases import Databases
from footfall.growing_up.folder_history import FolderHistory, stopped
from footfall.growing_up.moving import Outcome, move
from footfall.growing_up.postgres_target import PostgresTarget
from footfall.progress import progress_bar
from footfall.settings import ConfigurationError, Loaded, Settings

OPTION = "--from"
_group = click.Group()


@command("migrate", _group)
@click.option(
    OPTION, "source", metavar="DIR", required=True, type=click.Path(path_type=Path, file_okay=False),
    help="data folder of the embedded product",
)  # fmt: skip
def _migrate(loaded: Loaded, source: Path) -> None:
    """Bring the history of an embedded product into this installation. Can be repeated: it goes on where it was."""
    with stopped(source, OPTION) as folder, target_of(loaded.settings, folder) as target, progress_bar() as progress:
        history = FolderHistory(folder, loaded.settings)
        outcome = move(history, target, progress)
        left_out = history.dead_letters()
    _say(outcome, source, left_out)


@contextmanager
def target_of(settings: Settings, folder: DataFolder) -> Iterator[PostgresTarget]:
    """Give the installation of the settings, its tables made; raises ConfigurationError, never with a secret in it."""
    settings.require_distributed()
    if bytes.fromhex(settings.secret.get_secret_value()) != folder.secret():
        how = f'export FOOTFALL_SECRET="$(cat {folder.path / "secret"})"'
        raise ConfigurationError([f"FOOTFALL_SECRET: must be the folder's, else no id would be found any more: {how}"])
    with closing(Databases(settings)) as databases:
        databases.prepare()
        yield PostgresTarget(databases)


def _say(outcome: Outcome, source: Path, left_out: int) -> None:
    if outcome.was_over:
        click.echo(f"nothing is left to do: all {outcome.facts} facts of {source} are here")
    else:
        click.echo(f"copied {outcome.copied}; all {outcome.facts} facts of {source} are here")
        click.echo(f"once they are in the answers, compare: footfall verify --against {source}")
    if left_out:  # the distributed mode keeps dead letters elsewhere: their way belongs into moving.py
        click.echo(f"{left_out} dead letters stay in {source}")


migrate = _group.commands["migrate"]
