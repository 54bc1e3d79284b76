"""Of two refreshes that saw as much by their versions, the one that looked later stands, whichever writes last."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import pytest

from projections.perspective import Perspective
from projections.scope import People, Scope
from projections.upkeep import Upkeep
from tests.product.read_models.shop import Store

pytestmark = pytest.mark.product


class Interrupted(Scope):
    """A scope of a projector to which something happens between its look and its writing."""

    def __init__(self, store: Store, meanwhile: Callable[[], None]) -> None:
        super().__init__(store.warehouse, store.links)
        self._meanwhile = meanwhile

    def around(self, perspective: Perspective, streams: Iterable[str]) -> People:
        people = super().around(perspective, streams)
        self._meanwhile()
        return people


def test_who_looked_before_all_of_a_fact_was_there_does_not_overwrite_who_looked_later(store: Store) -> None:
    store.say("identify", 5, user="first", anonymous="shared")
    store.say("identify", 10, user="second", anonymous="shared")
    store.settle()
    store.refreshing = False
    store.say("page", 1, user="second", anonymous="shared")
    store.settle()
    (*_, late) = store.recorded
    store.warehouse.select("DELETE FROM claims WHERE event_id = {late:String}", {"late": late.event.event_id})
    seen: list[int] = []
    turns = itertools.count(1)

    def upkeep(scope: Scope) -> Upkeep:
        return Upkeep(store.warehouse, scope, store.refresh, store.rules, lambda: next(turns))

    def the_rest_comes_and_is_looked_at() -> None:
        seen.extend(version for _, _, version in store.around(late))
        store.insert(late)
        seen.extend(version for _, _, version in store.around(late))
        upkeep(store.scope).refresh([late])

    upkeep(Interrupted(store, the_rest_comes_and_is_looked_at)).refresh([late])

    assert len(set(seen)) == 1, "the versions do not tell the two apart"
    assert store.user("second")["anonymous_ids"] == ["shared"]
    assert store.user("first")["anonymous_ids"] == []
    assert next(turns) == 3
