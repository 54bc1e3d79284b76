"""What commands work on in either run mode: the settings say in which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from footfall.backing_up.erasures_file import Known
from footfall.backing_up.manifest import Manifest, Told
from footfall.backing_up.remembered import Remembered
from footfall.data_folder import DataFolder
from footfall.dead_letters import Desk
from footfall.embedded.backups import FolderBackups
from footfall.embedded.customer_desk import open_customers
from footfall.embedded.erasing_desk import open_erasing
from footfall.embedded.importing import open_target
from footfall.embedded.read_side import ReadSide
from footfall.embedded.replaying import open_desk
from footfall.embedded.warehouse_access import clickhouse
from footfall.erasing.waiting import ErasingDesk
from footfall.holdings import CustomerDesk
from footfall.importing import Target
from footfall.settings import Settings
from ingest.consent import ConsentChoice
from ingest.key_kinds import StoreKeys
from ingest.sqlite_keys import SQLiteKeys
from ingest.stores import Forgetting, Store
from projections.ports import Poison
from projections.projection import Projection
from projections.rebuild import Rebuild
from query_api.reading import Sources
from schemas.facts import Notification


class Stores(Protocol):
    """Stores and their keys."""

    def add_store(self, store: Store) -> StoreKeys:
        """Add a store and make its keys."""

    def stores(self) -> Sequence[Store]:
        """Return all stores, the first one first."""

    def forget(self, name: str, forgetting: Forgetting) -> None:
        """Change how a store forgets persons."""

    def set_consent(self, name: str, choice: ConsentChoice) -> None:
        """Change what a store does with events of those who did not consent."""

    def first_store(self, store: Store) -> StoreKeys:
        """Return the keys of the first store; where there is none, add the one given."""

    def keys_of(self, name: str) -> StoreKeys:
        """Return the plain keys of a store."""

    def set_origins(self, name: str, origins: Sequence[str]) -> None:
        """Say which pages may send to a store; any, where none is named."""


class Backups(Protocol):
    """Backups of an installation."""

    def back_up(self, to: Path, told: Told) -> Manifest:
        """Make one in a new folder."""

    def restore(self, source: Path, ledgers: Sequence[Path], told: Told) -> Mapping[str, str]:
        """Restore one where nothing is, with further erasures; return the digests of the read models."""

    def remembered(self) -> Sequence[Remembered]:
        """Return where backups were made."""

    def forget(self, path: str) -> bool:
        """Forget one that is destroyed; tell whether it was known."""

    def known(self) -> Known:
        """Return all erasures, and where backups were made."""


class Answers(Protocol):
    """The projections."""

    @property
    def sources(self) -> Sources:
        """Where answers about customers come from."""

    def projection(self, poison: Poison | None = None) -> Projection:
        """Return what puts facts into the answers; poison becomes dead letters, unless somebody else takes it."""

    def rebuild(self) -> Rebuild:
        """Return what rebuilds and verifies."""

    def gaps(self) -> Sequence[Notification]:
        """Return the facts that were absorbed and are not in `events`."""

    def stores(self) -> Sequence[str]:
        """Return the names of all stores."""

    def nothing_erased(self) -> AbstractContextManager[None]:
        """Keep erasures waiting while this is held: tables are built of which they could not know."""


@contextmanager
def stores_of(settings: Settings) -> Iterator[Stores]:
    """Give the stores of an installation."""
    if settings.distributed:
        with _distributed(settings) as installation:
            yield installation.stores
    else:
        with closing(SQLiteKeys(DataFolder(settings.data).make().path)) as keys:
            yield keys


def backups_of(settings: Settings) -> Backups:
    """Return the backups of an installation."""
    if settings.distributed:
        found: Backups = import_module("footfall.distributed.backups").InstallationBackups(settings)
        return found
    return FolderBackups(settings)


@contextmanager
def read_side_of(settings: Settings) -> Iterator[Answers]:
    """Give the projections of an installation."""
    if settings.distributed:
        with _distributed(settings) as installation:
            yield installation.read_side()
    else:
        folder = DataFolder(settings.data).make()
        with clickhouse(folder, settings) as address:
            yield ReadSide(folder, address, settings)


@contextmanager
def desk_of(settings: Settings) -> Iterator[Desk]:
    """Give what an operator works on dead letters with."""
    if settings.distributed:
        with _distributed(settings) as installation:
            yield installation.desk()
    else:
        with open_desk(settings) as desk:
            yield desk


@contextmanager
def erasing_of(settings: Settings) -> Iterator[ErasingDesk]:
    """Give where erasures are asked for, and waited for."""
    if settings.distributed:
        with _distributed(settings) as installation:
            yield installation.erasing()
    else:
        with open_erasing(settings) as desk:
            yield desk


@contextmanager
def customers_of(settings: Settings) -> Iterator[CustomerDesk]:
    """Give where questions about customers are asked."""
    if settings.distributed:
        with _distributed(settings) as installation:
            yield installation.customers()
    else:
        with open_customers(settings) as desk:
            yield desk


@contextmanager
def target_of(settings: Settings) -> Iterator[Target]:
    """Give where imported events go."""
    if settings.distributed:
        with _distributed(settings) as installation, installation.import_target() as target:
            yield target
    else:
        with open_target(settings) as target:
            yield target


def _distributed(settings: Settings) -> AbstractContextManager[Any]:
    """Loaded when it is asked for: the embedded mode needs neither Kafka nor PostgreSQL."""
    opened: AbstractContextManager[Any] = import_module("footfall.distributed.installation").opened(settings)
    return opened
