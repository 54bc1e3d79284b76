"""What an operator asks about customers with in a data folder, whether the product runs or not; what exports read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from aggregates.notification_log import StoredNotificationLog
from aggregates.sqlite_recorder import open_recorder
from aggregates.sqlite_stream_keys import SqliteStreamKeys
from footfall.access import Hashing
from footfall.data_folder import SHARD, DataFolder
from footfall.dead_letters import Letters
from footfall.embedded.dead_letters import open_dead_letters
from footfall.embedded.erasing_desk import opened, store_of
from footfall.embedded.read_side import ReadSide
from footfall.embedded.write_side import WriteSide
from footfall.erasing.sqlite_ledger import SqliteLedger
from footfall.holdings import EMBEDDED, CustomerDesk, Holdings
from footfall.settings import Settings


def folder_holdings(folder: DataFolder, letters: Letters) -> Holdings:
    """Return what is held on persons in a data folder outside of the answers."""
    log = StoredNotificationLog(open_recorder(folder.events), SqliteStreamKeys(folder.stream_keys), SHARD)
    return Holdings([log], letters, SqliteLedger(folder.erasures), folder.secret(), EMBEDDED)


@contextmanager
def open_customers(settings: Settings) -> Iterator[CustomerDesk]:
    """Open a data folder for questions; where the product does not run, what waits is recorded and absorbed first."""
    with opened(settings) as (folder, side, _, works), closing(open_dead_letters(folder, settings)) as letters:
        if works:
            _absorb(folder, settings, side)
        yield CustomerDesk(
            store=lambda name: store_of(folder, name),
            stream=Hashing(folder.secret()).named,
            sources=side.sources,
            held=folder_holdings(folder, letters),
            absorbed=lambda: {SHARD: side.tracking.position(SHARD)},
        )


def _absorb(folder: DataFolder, settings: Settings, side: ReadSide) -> None:
    with closing(WriteSide(folder, settings)) as write_side:
        while write_side.aggregator.step():
            pass
    projector = side.projector()
    projector.start()
    while projector.step():
        pass
