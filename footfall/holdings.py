"""What is held on persons outside of the answers: event store, dead letters, receipts. Both run modes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from aggregates.notification_log import StoredNotificationLog
from footfall.dead_letters import Letters
from footfall.erasing.erasure import receipt
from footfall.erasing.letters import naming_letters
from footfall.erasing.naming import Naming
from footfall.erasing.ports import Ledger
from ingest.kept_letters import KeptLetter
from query_api.ports import Absorbed, Held, NotificationPlace
from query_api.presentation import time
from query_api.reading import Sources
from schemas.clock import to_datetime
from schemas.facts import CustomerEvent
from schemas.streams import StreamId

PAGE = 500
EVERYWHERE = (
    "A key for each stream, by which its facts are sealed in the event store.",
    "Logs without ids, addresses or contents.",
    "Backups that the operator made.",
)
EMBEDDED = (*EVERYWHERE, "What was accepted in the last moment and is not recorded yet, in the inbox.")
DISTRIBUTED = (*EVERYWHERE, "Copies of facts in Kafka's topics, until their retention ends.")


class CustomerDesk(NamedTuple):
    """An installation, for an operator who asks about a customer."""

    store: Callable[[str | None], str]
    """Return the name of a store, the first one's where none is given."""
    stream: Callable[[str, str, str], str]
    """Return the stream that an id names in a store, by what the id is."""
    sources: Sources
    held: Held
    absorbed: Callable[[], Absorbed]


class Holdings:
    """`query_api.ports.Held`."""

    def __init__(
        self,
        logs: Sequence[StoredNotificationLog],
        letters: Letters,
        ledger: Ledger,
        secret: bytes,
        elsewhere: Sequence[str],
    ) -> None:
        self.elsewhere = elsewhere
        self._logs = {log.shard: log for log in logs}
        self._letters = letters
        self._ledger = ledger
        self._secret = secret

    def facts(self, places: Sequence[NotificationPlace]) -> Mapping[NotificationPlace, CustomerEvent]:
        """See the port."""
        ids: defaultdict[int, list[int]] = defaultdict(list)
        for shard, id_ in places:
            ids[shard].append(id_)
        return {
            (found.shard, found.id): found.event
            for shard, wanted in ids.items()
            for found in self._logs[shard].read_ids(wanted)
        }

    def letters(self, store: str, streams: Collection[str]) -> Iterator[Mapping[str, Any]]:
        """See the port."""
        naming = Naming(self._secret, store, frozenset(map(StreamId, streams)))
        for kept in naming_letters(self._letters, store, naming):
            yield _letter(kept, naming)

    def receipts(self, store: str, streams: Collection[str]) -> Iterator[Mapping[str, Any]]:
        """See the port."""
        before = None
        while page := self._ledger.page(store, PAGE, before):
            for one in page:
                if any(stream in streams for stream in one.streams):
                    yield receipt(one, self._secret)
            before = page[-1].id


def _letter(kept: KeptLetter, naming: Naming) -> dict[str, Any]:
    """Return a letter; of a body of several events those that name the person, of one that nobody can read its size."""
    letter = kept.letter
    said = _said(letter.raw)
    if isinstance(said, dict) and isinstance(said.get("batch"), list):
        said = {"batch": [one for one in said["batch"] if naming.names(json.dumps(one).encode())]}
    return {
        "id": kept.id,
        "stage": letter.stage,
        "code": letter.code,
        "field": letter.field,
        "received_at": time(to_datetime(letter.received_at)),
        "bytes": len(letter.raw),
        "said": said,
        "envelope": _said(letter.envelope) if naming.names(letter.envelope) else None,
    }


def _said(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None
