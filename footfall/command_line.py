"""What all commands have in common: the data folder, the settings file, the settings in force."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from footfall import logs
from footfall.settings import load

CHECK_FAILED = 1
"""Exit code: a check failed, or some input was refused."""


def command(name: str, group: click.Group) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add a command that takes the settings in force as its first argument."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        @group.command(name)
        @click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="data folder [.footfall]")
        @click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="settings file")
        @functools.wraps(function)
        def run(data: Path | None, config: Path | None, **options: Any) -> Any:
            own: dict[str, Any] = {key: options.pop(key) for key in ("host", "port") if key in options}
            loaded = load({"data": data, **own}, config=config)
            logs.set_up(loaded.settings.log_level)
            return function(loaded, **options)

        return run

    return add
