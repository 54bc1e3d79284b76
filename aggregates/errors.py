"""Faults of the write side.

FootfallError
├── RecordConflict           another writer was first: read again and decide again
├── StorageUnavailable       disk full, locked or broken: retry with backoff, do not advance
├── HistoryComing            a history is being brought in: wait until it is there, do not advance
└── KeyDestroyed             the stream was erased: nothing can be sealed or opened any more

ValueError
└── Unrecordable             an accepted event that this version cannot make a fact of: poison, a retry cannot help
"""

from __future__ import annotations

from schemas.errors import FootfallError


class RecordConflict(FootfallError):
    """A reservation or a version was taken since it was read."""


class StorageUnavailable(FootfallError):
    """The event store or the key store cannot be written now."""


class HistoryComing(FootfallError):
    """Nothing can be recorded before the history that is being brought in (`footfall migrate`)."""


class KeyDestroyed(FootfallError):
    """No key is there for a stream that has facts."""


class Unrecordable(ValueError):
    """An accepted event that would be a fact which nobody can read."""
