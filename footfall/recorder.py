"""How what an owner decides is recorded: admitted as from the store's own servers, into the log of all events."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from aggregates.customer import propose
from ingest.admission import Arrival, Rules, admit
from ingest.ports import Caller, Log, Overloaded
from query_api.errors import Busy
from schemas import json
from schemas.facts import AcceptedEvent, KeyClass


def accepted(store: str, message: Mapping[str, Any], message_id: str | None, rules: Rules) -> AcceptedEvent:
    """Return the event that a message of the store's own is; raises InvalidEvent."""
    said = json.decode(json.encode({**message, "messageId": message_id}))  # exact numbers, as from outside
    return admit(said, None, Arrival(Caller(store, KeyClass.SERVER), time.time_ns() // 1000), rules)


class Recorder:
    """`query_api.ports.Recorder` on the log of accepted events."""

    def __init__(self, log: Log, secret: bytes, rules: Rules) -> None:
        self._log = log
        self._secret = secret
        self._rules = rules

    async def record(self, store: str, message: Mapping[str, Any], message_id: str | None) -> str:
        """See the port."""
        event = accepted(store, message, message_id, self._rules)
        try:
            await self._log.append([event])
        except Overloaded as fault:
            raise Busy(fault.reason) from fault
        return propose(self._secret, event).event_id
