"""The write side of a data folder."""

from __future__ import annotations

from aggregates.aggregator import Aggregator
from aggregates.event_store import RecordedEventStore
from aggregates.sqlite_recorder import open_recorder
from aggregates.sqlite_stream_keys import SqliteStreamKeys
from footfall.data_folder import DataFolder
from footfall.embedded.dead_letters import open_dead_letters
from footfall.file_lock import held
from footfall.poison import PoisonLetters
from footfall.settings import Settings
from ingest.sqlite_inbox import SQLiteInboxReader


class WriteSide:
    """The event store of a data folder, for the one process that writes it."""

    def __init__(self, folder: DataFolder, settings: Settings) -> None:
        self.inbox = SQLiteInboxReader(folder.inbox)
        self.recorder = open_recorder(folder.events)
        self.keys = SqliteStreamKeys(folder.stream_keys)
        self.store = RecordedEventStore(self.recorder, self.keys)
        self._letters = open_dead_letters(folder, settings)
        self.poison = PoisonLetters(self._letters.put_now)
        self.aggregator = Aggregator(
            folder.secret(), self.inbox, self.store, self.poison.of_aggregator, lambda: held(folder.recording_lock)
        )

    def close(self) -> None:
        """Let go of all files."""
        self._letters.close()
        self.inbox.close()
        self.recorder.datastore.close()
        self.keys.close()
