"""Exports of a data folder: what is held in it, and what an operator's export works with whether the product runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from aggregates.notification_log import StoredNotificationLog
from aggregates.sqlite_recorder import open_recorder
from aggregates.sqlite_stream_keys import SqliteStreamKeys
from footfall.data_folder import SHARD, DataFolder
from footfall.dead_letters import Letters
from footfall.embedded.dead_letters import open_dead_letters
from footfall.embedded.erasing_desk import FolderDesk, works_here
from footfall.embedded.read_side import ReadSide
from footfall.embedded.warehouse_access import clickhouse
from footfall.embedded.write_side import WriteSide
from footfall.erasing.sqlite_ledger import SqliteLedger
from footfall.holdings import EMBEDDED, ExportDesk, Holdings
from footfall.settings import Settings
from ingest.sqlite_inbox import SQLiteInbox


def folder_holdings(folder: DataFolder, letters: Letters) -> Holdings:
    """Return what is held on persons in a data folder outside of the answers."""
    log = StoredNotificationLog(open_recorder(folder.events), SqliteStreamKeys(folder.stream_keys), SHARD)
    return Holdings([log], letters, SqliteLedger(folder.erasures), folder.secret(), EMBEDDED)


@contextmanager
def open_exporting(settings: Settings) -> Iterator[ExportDesk]:
    """Open a data folder for exports; where the product does not run, what waits is recorded and absorbed first."""
    folder = DataFolder(settings.data).make()
    with (
        works_here(folder) as works,
        clickhouse(folder, settings) as address,
        closing(SqliteLedger(folder.erasures)) as ledger,
        closing(SQLiteInbox(folder.inbox)),
        closing(open_dead_letters(folder, settings)) as letters,
    ):
        side = ReadSide(folder, address, settings)
        if works:
            _absorb(folder, settings, side)
        desk = FolderDesk(folder, side, ledger, lambda: None)
        yield ExportDesk(desk.store, desk.customer, side.sources, folder_holdings(folder, letters))


def _absorb(folder: DataFolder, settings: Settings, side: ReadSide) -> None:
    with closing(WriteSide(folder, settings)) as write_side:
        while write_side.aggregator.step():
            pass
    projector = side.projector()
    projector.start()
    while side.tracking.position(SHARD).notification_id < side.log.last_id():
        projector.step()
