"""What an operator's replay of dead letters works with in a data folder, whether the product runs on it or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager

from footfall.data_folder import SHARD, DataFolder
from footfall.dead_letters import Desk, Place
from footfall.embedded.dead_letters import open_dead_letters
from footfall.embedded.read_side import ReadSide
from footfall.embedded.warehouse_access import clickhouse
from footfall.poison import reason_of
from footfall.rules import admission_rules
from footfall.settings import Settings
from ingest.sqlite_inbox import SQLiteInbox
from ingest.sqlite_keys import SQLiteKeys
from ingest.stores import chosen
from projections.ports import Poisoned
from schemas.facts import AcceptedEvent


@contextmanager
def open_desk(settings: Settings) -> Iterator[Desk]:
    """Open the dead letters of a data folder and the ways back into its pipeline."""
    folder = DataFolder(settings.data).make()
    with closing(SQLiteKeys(folder.path)) as keys:
        consent_of = chosen(keys.stores())
    with closing(open_dead_letters(folder, settings)) as letters, ExitStack() as stack:
        pipeline = _Pipeline(folder, settings, stack)
        yield Desk(letters, pipeline, admission_rules(settings), folder.secret(), consent_of)


class _Pipeline:
    """Opens what a replay needs when it needs it: ClickHouse takes seconds to start where it does not run."""

    def __init__(self, folder: DataFolder, settings: Settings, stack: ExitStack) -> None:
        self._folder = folder
        self._settings = settings
        self._stack = stack
        self._inbox: SQLiteInbox | None = None
        self._side: ReadSide | None = None

    def append(self, events: Sequence[AcceptedEvent]) -> None:
        """See `footfall.dead_letters.Pipeline`. Where the product does not run, its next start records them."""
        if self._inbox is None:
            inbox = SQLiteInbox(self._folder.inbox, max_bytes=int(self._settings.inbox_bytes))
            self._inbox = self._stack.enter_context(closing(inbox))
        self._inbox.append_now(events)

    def project(self, places: Sequence[Place]) -> Mapping[Place, str]:
        """See `footfall.dead_letters.Pipeline`."""
        if self._side is None:
            address = self._stack.enter_context(clickhouse(self._folder, self._settings))
            self._side = ReadSide(self._folder, address, self._settings)
        poisoned: list[Poisoned] = []
        facts = self._side.log.read_ids([id_ for shard, id_ in places if shard == SHARD])
        with self._side.lock():
            self._side.projection(poisoned.extend).project(facts)
        return {(one.notification.shard, one.notification.id): reason_of(one.error) for one in poisoned}
