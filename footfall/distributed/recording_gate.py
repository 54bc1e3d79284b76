"""The gate through which all recording goes: closed while a history is being brought in (`footfall migrate`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from aggregates.errors import HistoryComing
from footfall.distributed.postgres_migration import Stage
from footfall.logs import logger

log = logger(__name__)


class RecordingGate:
    """Held while something is recorded; raises HistoryComing while nothing may be."""

    def __init__(self, held_off: Callable[[], AbstractContextManager[Stage]], forget_keys: Callable[[], None]) -> None:
        self._held_off = held_off
        self._forget_keys = forget_keys
        self._stage = Stage.NONE

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._held_off() as stage:
            if stage is not self._stage:
                self._notice(stage)
            if stage is Stage.UNDER_WAY:
                raise HistoryComing("a history is being brought in")
            yield

    def _notice(self, stage: Stage) -> None:
        """A key that we made for a fact that was not recorded is another one now: the history's."""
        self._forget_keys()
        if stage is Stage.UNDER_WAY:
            log.warning("aggregator.waits_for_history")
        elif self._stage is Stage.UNDER_WAY:
            log.info("aggregator.history_is_there")
        self._stage = stage
