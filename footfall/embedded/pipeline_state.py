"""What the query API is told about the pipeline of a data folder."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from aggregates.sqlite_recorder import open_recorder
from footfall.data_folder import SHARD, DataFolder
from ingest.sqlite_dead_letters import SQLiteDeadLetters
from ingest.sqlite_inbox import SQLiteInboxReader
from projections.sqlite_tracking import SqliteTracking
from query_api.ports import Progress
from schemas.facts import Microseconds, Reason


class PipelineState:
    """How far the pipeline of a data folder is, read from its files by any thread."""

    def __init__(self, folder: DataFolder, dead_letters: SQLiteDeadLetters) -> None:
        self._folder = folder
        self._recorder = open_recorder(folder.events)
        self._tracking = SqliteTracking(folder.tracking)
        self._dead_letters = dead_letters
        self._local = threading.local()
        self._began = int(time.time() * 1e6)

    def progress(self, store: str) -> Progress:
        """See `query_api.ports.Pipeline`. Upstream is read before downstream: `settled` never comes too early."""
        inbox = self._inbox()
        accepted, appended = inbox.accepted_total(), inbox.last_sequence()
        taken, _ = self._recorder.state_of_log()
        recorded = self._recorder.max_notification_id() or 0
        projected = self._tracking.position(SHARD)
        settled = taken >= appended and projected.notification_id >= recorded
        since = projected.absorbed_at or self._began  # where nothing was ever absorbed, this start has to do
        lag = 0.0 if settled else max(0.0, time.time() - since / 1e6)
        letters = self._dead_letters.count(store)
        refused = self._recorder.refused()
        refusals = refused.get(Reason.ERASURE, 0), refused.get(Reason.CONSENT, 0)
        return Progress(accepted, recorded, projected.notification_id, letters, round(lag, 3), settled, *refusals)

    def absorbed(self) -> Mapping[int, tuple[int, Microseconds]]:
        """See `query_api.ports.Pipeline`."""
        return {SHARD: self._tracking.position(SHARD)}

    def _inbox(self) -> SQLiteInboxReader:
        reader: SQLiteInboxReader | None = getattr(self._local, "inbox", None)
        if reader is None:
            reader = self._local.inbox = SQLiteInboxReader(self._folder.inbox)
        return reader
