"""A file that somebody may replace while the product runs: read when it is opened, and again when it has changed.

What the file says is the reader's business. A change that cannot be read is logged, and what was read before stays.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

Content = TypeVar("Content")
Clock = Callable[[], float]
LOOK_SECONDS = 1.0
"""How often a file is looked at."""


class Unreadable(Exception):
    """A file that is not what it should be; the text says why."""


class WatchedFile(Generic[Content]):
    """A file and what it says; raises Unreadable or OSError where that cannot be read at the start."""

    def __init__(self, path: Path, read: Callable[[bytes], Content], clock: Clock = monotonic) -> None:
        self._path = path
        self._read = read
        self._clock = clock
        self._looked_at = clock()
        self._state = self._state_now()
        self._content = read(path.read_bytes())

    def content(self) -> Content:
        """Return what the file says, as of a second ago at the most; the same object as long as it is the same."""
        if self._clock() - self._looked_at >= LOOK_SECONDS:
            self._looked_at = self._clock()
            self._look()
        return self._content

    def _look(self) -> None:
        try:
            state = self._state_now()
            if state == self._state:
                return
            self._state = state
            self._content = self._read(self._path.read_bytes())
        except (OSError, Unreadable) as error:
            log.error("%s has changed and cannot be read, what it said before stays: %s", self._path, error)
        else:
            log.info("%s has changed and was read again", self._path)

    def _state_now(self) -> tuple[int, int, int]:
        found = self._path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns
