"""`footfall verify --against DIR`: whether an installation answers as the data folder that it grew out of."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from footfall.data_folder import DataFolder
from footfall.embedded.read_side import ReadSide
from footfall.embedded.warehouse_access import clickhouse
from footfall.growing_up.folder_history import FolderHistory, stopped
from footfall.growing_up.moving import Told
from footfall.run_modes import read_side_of
from footfall.settings import Settings
from projections.agreement import EVENTS, Agreement, agreement, of_read_model
from projections.clickhouse_connection import Address
from projections.rebuild import Rebuild
from projections.refresh import ReadModel
from schemas.errors import FootfallError

OPTION = "--against"
STANDSTILL_SECONDS = 30.0
LOOK_SECONDS = 0.5


class NotAbsorbed(FootfallError):
    """The answers do not come any nearer to what is recorded."""


def compare(settings: Settings, path: Path, models: Sequence[ReadModel], told: Told) -> list[Agreement]:
    """Compare facts and read models of the installation with a data folder's, whose product is stopped."""
    with stopped(path, OPTION) as folder, clickhouse(folder, settings) as address, read_side_of(settings) as here:
        there = _caught_up(folder, address, settings).rebuild()
        rebuild = here.rebuild()
        wait_absorbed(rebuild, told)
        with rebuild.lock():
            tables = [EVENTS, *map(of_read_model, models)]
            return [agreement(rebuild.warehouse, there.warehouse, table) for table in tables]


def _caught_up(folder: DataFolder, address: Address, settings: Settings) -> ReadSide:
    """Return the folder's answers, with all in them that `migrate` recorded in its product's place."""
    FolderHistory(folder, settings).end()
    side = ReadSide(folder, address, settings)
    projector = side.projector()
    projector.start()
    while projector.step():
        pass
    return side


def wait_absorbed(rebuild: Rebuild, told: Told) -> None:
    """Return once all that is recorded is in the answers; raises NotAbsorbed where nothing moves."""
    moved, before = time.monotonic(), -1
    while (absorbed := sum(rebuild.positions.values())) < (recorded := sum(rebuild.ends.values())):
        if absorbed != before:
            moved, before = time.monotonic(), absorbed
        elif time.monotonic() - moved > STANDSTILL_SECONDS:
            raise NotAbsorbed(f"{absorbed} of {recorded} facts are in the answers: are relay and projector running?")
        told("in the answers", absorbed, recorded)
        time.sleep(LOOK_SECONDS)
