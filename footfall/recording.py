"""The query API's way to record a fact: through the same log of accepted events as everything else."""

from __future__ import annotations

from typing import Any

from ingest.admission import Arrival, Rules, admit
from ingest.collector import now
from ingest.ports import Caller, Log, Overloaded
from query_api import errors
from schemas.facts import KeyClass
from schemas.streams import event_id, stream_id


class Recording:
    """`query_api.ports.Recorder` on the collector's log."""

    def __init__(self, log: Log, secret: bytes, rules: Rules) -> None:
        self._log = log
        self._secret = secret
        self._rules = rules

    async def record(self, store: str, message: dict[str, Any]) -> str:
        """See the port. What the query API lets somebody say counts as said by server key."""
        accepted = admit(message, None, Arrival(Caller(store, KeyClass.SERVER), now()), self._rules)
        try:
            await self._log.append([accepted])
        except Overloaded as overloaded:
            raise errors.Overloaded(overloaded.reason, overloaded.retry_after) from None
        stream = stream_id(self._secret, store, accepted.stream)
        return event_id(self._secret, stream, KeyClass.SERVER, accepted.message_id)
