"""What an operator's erasure works with in a data folder, whether the product runs on it or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import NamedTuple

from footfall.access import Hashing
from footfall.data_folder import DataFolder
from footfall.embedded.erasing import FolderErasing, now
from footfall.embedded.read_side import ReadSide
from footfall.embedded.warehouse_access import clickhouse
from footfall.embedded.write_side import WriteSide
from footfall.erasing.answers import Answers
from footfall.erasing.desk import ErasureDesk
from footfall.erasing.sqlite_ledger import SqliteLedger
from footfall.file_lock import FileLock, LockHeld
from footfall.settings import Settings
from ingest.sqlite_inbox import SQLiteInbox
from ingest.sqlite_keys import SQLiteKeys
from ingest.stores import FIRST_STORE, Store
from projections.clickhouse_connection import Warehouse
from projections.links import Links
from query_api.reading import sources_of
from schemas.rules import Rules
from schemas.streams import StreamId


def erasure_desk(folder: DataFolder, warehouse: Warehouse, rules: Rules, stores: SQLiteKeys) -> ErasureDesk:
    """Return where erasures are asked for in a running product."""
    links = Links(warehouse, Hashing(folder.secret()))
    answers = Answers(sources_of(warehouse, links, rules), folder.secret(), lambda _: False)
    return ErasureDesk(SqliteLedger(folder.erasures), folder.secret(), now, answers.inactive, stores.store)


class Opened(NamedTuple):
    """A data folder in an operator's hands."""

    folder: DataFolder
    side: ReadSide
    ledger: SqliteLedger
    works: bool
    """The product does not run: its work is this process's."""


@contextmanager
def open_erasing(settings: Settings) -> Iterator[FolderDesk]:
    """Open a data folder for erasures; where the product does not run, this process does its work meanwhile."""
    with opened(settings) as place:
        folder, side, ledger, works = place
        yield FolderDesk(folder, side, ledger, _work(settings, place) if works else lambda: None)


@contextmanager
def opened(settings: Settings) -> Iterator[Opened]:
    """Open a data folder, which is made where there is none."""
    folder = DataFolder(settings.data).make()
    with (
        _works_here(folder) as works,
        clickhouse(folder, settings) as address,
        closing(SqliteLedger(folder.erasures)) as ledger,
        closing(SQLiteInbox(folder.inbox)),
    ):
        yield Opened(folder, ReadSide(folder, address, settings), ledger, works)


@contextmanager
def _works_here(folder: DataFolder) -> Iterator[bool]:
    """Tell whether the product does not run, and keep it from starting meanwhile."""
    lock = FileLock(folder.up_lock)
    try:
        lock.acquire(0)
    except LockHeld:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _work(settings: Settings, place: Opened) -> Callable[[], None]:
    folder, side = place.folder, place.side
    aggregator = WriteSide(folder, settings).aggregator
    projector = side.projector()
    projector.start()
    erasing = FolderErasing(folder, settings, side, projector, place.ledger)

    def step() -> None:
        while aggregator.step():
            pass
        projector.step()
        erasing.step()

    return step


class FolderDesk:
    """`footfall.erasing.waiting.ErasingDesk`."""

    def __init__(self, folder: DataFolder, side: ReadSide, ledger: SqliteLedger, step: Callable[[], None]) -> None:
        secret = folder.secret()
        self.step = step
        self._folder = folder
        self._hashing = Hashing(secret)
        self._answers = Answers(side.sources, secret, side.keeps_sales)
        self.desk = ErasureDesk(ledger, secret, now, self._answers.inactive, side.store)

    def store(self, name: str | None) -> str:
        """See the port."""
        return store_of(self._folder, name)

    def customer(self, store: str, by: str, value: str) -> str | None:
        """See the port."""
        return self._answers.customer(store, StreamId(self._hashing.named(store, by, value)))


def store_of(folder: DataFolder, name: str | None) -> str:
    """Return the name of a store that there is, the first one's where none is given."""
    with closing(SQLiteKeys(folder.path)) as keys:
        return (keys.keys_of(name) if name else keys.first_store(Store(FIRST_STORE))).store
