"""`footfall backup`, `restore` and `backups`: options, and what is printed. What is done is said elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from footfall.command_line import CHECK_FAILED, command
from footfall.progress import progress_bar
from footfall.run_modes import backups_of
from footfall.settings import Loaded
from schemas.clock import to_datetime

group = click.Group()


@command("backup", group)
@click.argument("to", metavar="TO", type=click.Path(path_type=Path))
def _backup(loaded: Loaded, to: Path) -> None:
    """Copy what cannot be derived into a new folder, whether the product runs or not."""
    with progress_bar() as progress:
        manifest = backups_of(loaded.settings).back_up(to, progress)
    size = sum(one.bytes for one in manifest.files.values())
    click.echo(f"{to}: {sum(manifest.positions.values())} facts, {size} bytes, from {manifest.began_at}")
    if manifest.waiting:
        click.echo(f"{manifest.waiting} accepted events could not be recorded, and lie in its inbox")


@command("restore", group)
@click.argument("source", metavar="FROM", type=click.Path(path_type=Path))
@click.option(
    "--erasures", "ledgers", multiple=True, metavar="FILE", type=click.Path(path_type=Path, exists=True),
    help="erasures made since: an export, an erasures.db, a data folder or a later backup; may be given again",
)  # fmt: skip
def _restore(loaded: Loaded, source: Path, ledgers: tuple[Path, ...]) -> None:
    """Restore a backup where nothing is, apply again the erasures made since, and build the answers."""
    with progress_bar() as progress:
        digests = backups_of(loaded.settings).restore(source, ledgers, progress)
    for name, digest in digests.items():
        click.echo(f"{name}: rebuilt, digest {digest}")


@command("backups", group)
@click.option("--forget", metavar="PATH", type=click.Path(path_type=Path), help="of a backup that is destroyed")
def _backups(loaded: Loaded, forget: Path | None) -> None:
    """List where backups were made, and whether an erasure reaches them."""
    backups = backups_of(loaded.settings)
    if forget is not None:
        if not backups.forget(str(forget.absolute())):
            click.echo("no such backup", err=True)
            sys.exit(CHECK_FAILED)
        return
    for one in backups.remembered():
        click.echo(f"{to_datetime(one.at).isoformat()}  {'in reach' if one.in_reach else 'out of reach'}  {one.path}")


backup, restore, backups = (group.commands[name] for name in ("backup", "restore", "backups"))
