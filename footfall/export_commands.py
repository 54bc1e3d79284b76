"""`footfall export`: options, and what is printed. What is in an export is in `query_api/exporting`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from footfall.command_line import CHECK_FAILED, command
from footfall.erase_commands import IDS
from footfall.run_modes import customers_of
from footfall.settings import Loaded
from query_api.exports import exported

group = click.Group()


@command("export", group)
@click.argument("id_", metavar="ID")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, writable=True, allow_dash=True))
@click.option("--by", type=click.Choice(IDS), default="customer_id", show_default=True, help="what the id is")
@click.option("--store", help="name of the store [the first]")
def export(loaded: Loaded, id_: str, file: Path, by: str, store: str | None) -> None:
    """Write all that is held on a person into FILE, a zip archive (docs/export.md); - is the standard output."""
    with customers_of(loaded.settings) as place:
        name = place.store(store)
        found = exported(place.sources, place.held, name, place.stream(name, by, id_))
        if found is None:
            click.echo("no such customer", err=True)
            sys.exit(CHECK_FAILED)
        about, content = found
        size = _write(file, content)
    click.echo(f"{about.customer}: {size:,} bytes in {file}", err=True)


def _write(file: Path, content: Iterable[bytes]) -> int:
    """Write a draft beside the file and rename it: half an export never looks like a whole one."""
    if str(file) == "-":
        return sum(sys.stdout.buffer.write(part) for part in content)
    draft, size = file.with_name(f"{file.name}.part"), 0
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            for part in content:
                size += out.write(part)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return size
