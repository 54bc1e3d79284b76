"""The dead letters of a data folder, with the bounds of the settings: all who write them must agree on these."""

from __future__ import annotations

from footfall.data_folder import DataFolder
from footfall.settings import Settings
from ingest.sqlite_dead_letters import SQLiteDeadLetters
from schemas.clock import DAY


def open_dead_letters(folder: DataFolder, settings: Settings) -> SQLiteDeadLetters:
    """Open them, or make them."""
    return SQLiteDeadLetters(
        folder.dead_letters,
        max_age=settings.dead_letter_days * DAY,
        max_store_bytes=int(settings.dead_letter_bytes),
    )
