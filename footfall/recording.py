"""The query API's way to record a fact: through the same log of accepted events as everything else."""

from __future__ import annotations

from typing import Any

from ingest.admission import Arrival, Rules, admit
from ingest.collector import now
from ingest.ports import Caller, Log, Overloaded
from query_api import errors
from schemas.facts import AcceptedEvent, KeyClass
from schemas.streams import event_id, stream_id


def accepted(store: str, message: dict[str, Any], rules: Rules) -> AcceptedEvent:
    """Return a message of the store's own as it is recorded; raises InvalidInput."""
    return admit(message, None, Arrival(Caller(store, KeyClass.SERVER), now()), rules)


class Recording:
    """`query_api.ports.Recorder` on the collector's log."""

    def __init__(self, log: Log, secret: bytes, rules: Rules) -> None:
        self._log = log
        self._secret = secret
        self._rules = rules

    async def record(self, store: str, message: dict[str, Any]) -> str:
        """See the port. What the query API lets somebody say counts as said by server key."""
        event = accepted(store, message, self._rules)
        try:
            await self._log.append([event])
        except Overloaded as overloaded:
            raise errors.Overloaded(overloaded.reason, overloaded.retry_after) from None
        stream = stream_id(self._secret, store, event.stream)
        return event_id(self._secret, stream, KeyClass.SERVER, event.message_id)
