"""Where erasures are asked for and looked at: the query API and the commands. Nothing is carried out here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from footfall.erasing.eraser import request
from footfall.erasing.erasure import REQUESTED, Erasure, LastFact, receipt
from footfall.erasing.ports import Ledger
from footfall.erasing.retention import report
from ingest.stores import Store
from schemas.facts import Microseconds
from schemas.streams import StreamId


class ErasureDesk:
    """`query_api.ports.Erasures` upon a ledger."""

    def __init__(
        self,
        ledger: Ledger,
        secret: bytes,
        now: Callable[[], Microseconds],
        inactive: Callable[[str, LastFact, int], Iterable[StreamId]],
        store: Callable[[str], Store | None],
    ) -> None:
        """`inactive` is that of `footfall.erasing.ports.Facts`, `store` tells the settings of a store."""
        self._inactive = inactive
        self._store = store
        self._ledger = ledger
        self._secret = secret
        self._now = now

    def request(self, store: str, customer_id: str) -> Mapping[str, Any]:
        """See the port."""
        return self._receipt(self._waiting(store, customer_id) or self._added(store, customer_id))

    def receipt(self, store: str, erasure_id: str) -> Mapping[str, Any] | None:
        """See the port."""
        found = self._ledger.get(erasure_id)
        return self._receipt(found) if found and found.store == store else None

    def page(self, store: str, limit: int, before: str | None) -> Sequence[Mapping[str, Any]]:
        """See the port."""
        return [self._receipt(one) for one in self._ledger.page(store, limit, before)]

    def retention(self, store: str) -> Mapping[str, Any]:
        """See the port."""
        return report(self._store(store) or Store(store), self._inactive, self._ledger, self._now())

    def _waiting(self, store: str, customer_id: str) -> Erasure | None:
        """Return one that has not begun: what it erases is everything until then."""
        asked = (StreamId(customer_id),)
        for one in self._ledger.unfinished():
            if one.store == store and one.customers == asked and one.state == REQUESTED:
                return one
        return None

    def _added(self, store: str, customer_id: str) -> Erasure:
        erasure = request(store, [StreamId(customer_id)], self._now())
        self._ledger.add(erasure)
        return erasure

    def _receipt(self, erasure: Erasure) -> Mapping[str, Any]:
        return receipt(erasure, self._secret)
