"""The projector process: `python -m footfall.embedded.projector PARENT_PID`."""

from __future__ import annotations

import time
from collections.abc import Callable

from footfall.data_folder import DataFolder
from footfall.embedded.erasing import FolderErasing
from footfall.embedded.read_side import ReadSide
from footfall.embedded.warehouse_access import published_address
from footfall.erasing.sqlite_ledger import SqliteLedger
from footfall.logs import logger
from footfall.settings import Settings
from footfall.worker import main, rest, stopping

log = logger(__name__)

PACE = 0.25
"""Least seconds from one batch to the next: fewer, larger inserts."""
POLL = 0.05
THREADS = 1
"""Of ClickHouse, for one query of a batch: these are small, and several threads would mostly wait for each other."""


def project(folder: DataFolder, settings: Settings) -> Callable[[], None]:
    """Return the projector's step: absorb a batch, or wait for one."""
    side = ReadSide(folder, published_address(folder), settings, THREADS)
    projector = side.projector()
    erasing = FolderErasing(folder, settings, side, projector, SqliteLedger(folder.erasures))
    filled = projector.start()
    if filled:
        log.warning("projector.gaps_filled", facts=filled)

    def step() -> None:
        began = time.monotonic()
        absorbed = projector.step()
        erasing.step()
        if absorbed:
            rest(PACE, began)
        else:
            stopping.wait(POLL)

    return step


if __name__ == "__main__":
    main(project)
