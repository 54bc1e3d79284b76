"""The aggregator process: `python -m footfall.embedded.aggregator PARENT_PID`."""

from __future__ import annotations

import time
from collections.abc import Callable

from footfall.data_folder import DataFolder
from footfall.embedded.write_side import WriteSide
from footfall.settings import Settings
from footfall.worker import main, rest

IDLE_TICK = 0.5
"""Seconds between two ticks of an idle log: how far `known_at` lags behind the present."""

PACE = 0.1
"""Least seconds from one batch to the next: each commit costs the disk the same, however few events it has."""


def aggregate(folder: DataFolder, settings: Settings) -> Callable[[], None]:
    """Return the aggregator's step: record a batch, or wait for one."""
    side = WriteSide(folder, settings)
    ticked = 0.0

    def step() -> None:
        nonlocal ticked
        began = time.monotonic()
        if side.aggregator.step():
            rest(PACE, began)
            return
        if time.monotonic() - ticked > IDLE_TICK:
            side.aggregator.idle()
            ticked = time.monotonic()
        side.inbox.wait(IDLE_TICK)

    return step


if __name__ == "__main__":
    main(aggregate)
