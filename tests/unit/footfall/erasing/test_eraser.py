"""The order of an erasure: what a kill leaves is finished by the next start, and never looks finished before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from footfall.erasing.desk import ErasureDesk
from footfall.erasing.eraser import Eraser, forget, request
from footfall.erasing.erasure import Erasure, LastFact, Removed, digest
from footfall.erasing.ports import NotYet, Persons
from footfall.erasing.sqlite_ledger import SqliteLedger
from ingest.stores import Store
from schemas.facts import AcceptedEvent, Microseconds
from schemas.streams import StreamId
from tests.builders import NOW
from tests.unit.aggregates.doubles import SECRET, Crash, Fuse, Fused, said

USER, VISITOR, FRIEND = (StreamId(letter + 32 * "0") for letter in "uaf")


class Shop:
    """What an erasure works on, in memory, surviving every crash."""

    def __init__(self) -> None:
        self.versions_of = {USER: 3, VISITOR: 2, FRIEND: 4}
        self.destroyed: dict[StreamId, int] = {}
        self.until: Microseconds = 0
        self.recorded: dict[str, AcceptedEvent] = {}
        self.copies = {"answers": {USER, FRIEND}, "letters": {VISITOR}}
        self.held = False
        self.announced: list[str] = []
        self.away = [USER]

    @contextmanager
    def still(self) -> Iterator[None]:
        self.held = True
        yield
        self.held = False

    def persons(self, store: str, streams: Iterable[StreamId]) -> Persons:
        assert self.held
        return Persons({USER: (VISITOR, USER)}, frozenset({FRIEND}))

    def inactive(self, store: str, before: LastFact, limit: int) -> Sequence[StreamId]:
        return self.away

    def latest(self, store: str, streams: Collection[StreamId]) -> Microseconds:
        return NOW + 5

    def versions(self, streams: Collection[StreamId]) -> Mapping[StreamId, int]:
        assert self.held
        return {stream: self.versions_of[stream] for stream in streams}

    def sales(self, store: str, streams: Collection[StreamId]) -> Sequence[AcceptedEvent]:
        return [said("sale")]

    def record(self, events: Sequence[AcceptedEvent]) -> None:
        known = all(event.message_id in self.recorded for event in events)
        assert known or not self.destroyed, "what is to be kept is kept before the keys go"
        self.recorded |= {event.message_id: event for event in events}

    def marks(self) -> Mapping[str, int]:
        return {"inbox": 7}

    def destroy(self, generations: Mapping[StreamId, int], until: Microseconds) -> None:
        assert self.held
        self.destroyed |= generations
        self.until = until


class Copies:
    def __init__(self, shop: Shop, name: str) -> None:
        self.name = name
        self._shop = shop
        self.waits = False

    def remove(self, erasure: Erasure) -> Removed:
        assert self._shop.destroyed.keys() >= {USER, VISITOR}, "keys go first"
        if self.waits:
            raise NotYet("something comes first")
        found = len(self._shop.copies[self.name] & set(erasure.streams))
        self._shop.copies[self.name] -= set(erasure.streams)
        return Removed(found=found, done="removed", at=NOW)


class Process:
    """One life of the process that erases."""

    def __init__(self, path: Path, shop: Shop, fuse: Fuse | None = None) -> None:
        fuse = fuse or Fuse(0)
        self.ledger = SqliteLedger(path)
        self.places = [Copies(shop, name) for name in shop.copies]
        fused = [FusedPlace(place, fuse) for place in self.places]
        ledger = Fused(self.ledger, fuse)
        facts = _FusedFacts(shop, fuse)
        self.eraser = Eraser(ledger, facts, fused, lambda: NOW, lambda erasure: shop.announced.append(erasure.id))


class FusedPlace:
    def __init__(self, place: Copies, fuse: Fuse) -> None:
        self.name = place.name
        self._place = place
        self._fuse = fuse

    def remove(self, erasure: Erasure) -> Removed:
        removed: Removed = self._fuse.passing(self._place.remove, erasure)
        return removed


class _FusedFacts(Fused):
    """`still` is held, not called."""

    def __init__(self, shop: Shop, fuse: Fuse) -> None:
        super().__init__(shop, fuse)
        self.still = shop.still


def desk_on(ledger: SqliteLedger) -> ErasureDesk:
    return ErasureDesk(ledger, SECRET, lambda: NOW, lambda *_: [USER, VISITOR, FRIEND], Store)


def asked(path: Path) -> Erasure:
    erasure = request("shop", [USER], NOW)
    SqliteLedger(path).add(erasure)
    return erasure


def test_an_erasure_ends_with_a_receipt_whose_digest_holds(tmp_path: Path) -> None:
    shop, erasure = Shop(), asked(tmp_path / "erasures.db")
    process = Process(tmp_path / "erasures.db", shop)
    assert process.eraser.step()
    assert shop.destroyed == {USER: 4, VISITOR: 3}
    assert shop.until == NOW + 5, "also what is dated after now is erased"
    assert shop.copies == {"answers": {FRIEND}, "letters": set()}
    assert shop.announced == [erasure.id]
    receipt = desk_on(process.ledger).receipt("shop", erasure.id)
    assert receipt is not None
    assert (receipt["state"], receipt["kept_sales"]) == ("done", 1)
    assert [(one["place"], one["found"]) for one in receipt["places"]] == [("answers", 1), ("letters", 1)]
    assert receipt["digest"] == digest(receipt, SECRET) != digest({**receipt, "kept_sales": 0}, SECRET)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_kill_at_any_call_is_finished_by_the_next_start(tmp_path: Path, after: bool) -> None:
    for at in count(1):
        path, shop, fuse = tmp_path / f"{at}.db", Shop(), Fuse(at, after)
        erasure = asked(path)
        try:
            Process(path, shop, fuse).eraser.step()
        except Crash:
            shop.held = False
        found = SqliteLedger(path).get(erasure.id)
        assert found is not None
        if found.state == "done":
            assert shop.copies == {"answers": {FRIEND}, "letters": set()}, "half an erasure looked like a whole one"
        next_life = Process(path, shop)
        assert next_life.eraser.step()
        finished = next_life.ledger.get(erasure.id)
        assert finished is not None
        assert (finished.state, shop.copies) == ("done", {"answers": {FRIEND}, "letters": set()})
        assert "sale" in shop.recorded
        if fuse.calls < at:
            return


def test_a_place_that_has_to_wait_keeps_the_erasure_under_way(tmp_path: Path) -> None:
    shop, erasure = Shop(), asked(tmp_path / "erasures.db")
    process = Process(tmp_path / "erasures.db", shop)
    process.places[1].waits = True
    assert not process.eraser.step()
    found = process.ledger.get(erasure.id)
    assert found is not None
    assert (found.state, set(found.removed)) == ("under_way", {"answers"})
    process.places[1].waits = False
    assert process.eraser.step()


def test_who_asks_twice_before_it_begins_is_told_of_the_same_erasure(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "erasures.db")
    desk = desk_on(ledger)
    one, other = desk.request("shop", USER), desk.request("shop", USER)
    assert one["erasure_id"] == other["erasure_id"]
    assert desk.request("shop", FRIEND)["erasure_id"] != one["erasure_id"]
    assert desk.receipt("another store", one["erasure_id"]) is None
    assert [found["erasure_id"] for found in desk.page("shop", 1, None)] != [one["erasure_id"]]


def test_a_retention_erases_whom_it_finds_when_it_comes_and_only_what_they_did(tmp_path: Path) -> None:
    shop, ledger = Shop(), SqliteLedger(tmp_path / "erasures.db")
    for _ in range(2):
        ledger.add(forget("shop", LastFact(NOW, None), NOW + 100))
    process = Process(tmp_path / "erasures.db", shop)
    assert process.eraser.step()
    assert shop.until == NOW + 5, "not up to now: who comes back brings what happened since"
    (erasure, _) = ledger.page("shop", 2)
    assert (erasure.state, erasure.persons) == ("done", {USER: (VISITOR, USER)})
    found = desk_on(ledger).retention("shop")
    assert (found["erased"], found["due"], found["visitors_days"]) == (2, {"visitors": 1, "customers": 2}, 0)
