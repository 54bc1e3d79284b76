"""A history moves whole, whatever kills the run; a log that grew, another log and an end are told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from aggregates.mapping import StoredFact
from aggregates.stream_keys import KeyRow
from footfall.erasing.erasure import Erasure
from footfall.growing_up.moving import MigrationRefused, Outcome, Taken, move
from ingest.kept_letters import KeptLetter
from ingest.ports import DeadLetter
from ingest.stores import KeptKey, Store
from schemas.facts import Microseconds
from schemas.streams import StreamId
from tests.unit.aggregates.doubles import Crash, Fuse, Fused

BATCH = 2


@dataclass
class ListedHistory:
    """A log in memory: `waiting` is accepted and not recorded yet, as long as nobody asks for the end."""

    facts: list[StoredFact] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    letters: Sequence[KeptLetter] = tuple(
        KeptLetter(f"{number}", DeadLetter("shop", "admission", "code", "", "", b"raw", 1), number, 1)
        for number in range(1, 70)
    )
    meets: list[int] = field(default_factory=list)
    """What somebody accepts while the log is moved."""

    def end(self) -> int:
        for number in self.waiting:
            self.record(number)
        self.waiting, self.meets = self.meets, []
        return len(self.facts)

    def record(self, number: int) -> None:
        stream = StreamId(f"a{number * 7919 % 101:032x}")
        self.facts.append((len(self.facts) + 1, stream, 1, "PageViewed:1", f"sealed {number}".encode()))

    def clock(self) -> Microseconds:
        return 1000 + len(self.facts)

    def accepted(self) -> int:
        return 2 * len(self.facts)

    def stores(self) -> tuple[Sequence[Store], Sequence[KeptKey]]:
        return [Store("shop")], [KeptKey(b"digest", "shop", "write", "wk_...", None)]

    def erasures(self) -> tuple[Sequence[Erasure], Mapping[str, int]]:
        return [Erasure(id="e", store="shop", kind="request", requested_at=1)], {"erasure": 7, "consent": 5}

    def letters_after(self, number: int, limit: int) -> Sequence[KeptLetter]:
        return [one for one in self.letters if one.number > number][:limit]

    def keys_after(self, stream: str, limit: int) -> Sequence[KeyRow]:
        streams = sorted(fact[1] for fact in self.facts if fact[1] > stream)
        return [(one, one.encode(), 1, None) for one in streams[:limit]]

    def reservations_after(self, key: bytes, limit: int) -> Sequence[bytes]:
        return sorted(fact[1].encode() for fact in self.facts if fact[1].encode() > key)[:limit]

    def facts_after(self, notification: int, limit: int) -> Sequence[StoredFact]:
        return self.facts[notification : notification + limit]


@dataclass
class MemoryInstallation:
    """What came, with the position in the same step."""

    stores: list[Store] = field(default_factory=list)
    keys: dict[StreamId, bytes] = field(default_factory=dict)
    erasures: tuple[list[Erasure], Mapping[str, int]] = field(default_factory=lambda: ([], {}))
    reservations: set[bytes] = field(default_factory=set)
    facts: list[StoredFact] = field(default_factory=list)
    last: bytes = b""
    log_end: int = 0
    letters: list[KeptLetter] = field(default_factory=list)
    at: Taken = field(default_factory=lambda: Taken(0, "", b""))
    clock: Microseconds | None = None

    def begin(self) -> tuple[int, bytes, bool]:
        return len(self.facts), self.last, self.clock is not None

    def take_stores(self, stores: Sequence[Store], keys: Sequence[KeptKey]) -> None:
        self.stores = list(stores)

    def take_erasures(self, erasures: Sequence[Erasure], refused: Mapping[str, int]) -> None:
        self.erasures = [*erasures], refused

    def expect(self, log_end: int, accepted: int) -> Taken:
        if self.log_end != log_end:
            self.at, self.log_end = Taken(self.at.letter, "", b""), log_end
        return self.at

    def take_letters(self, letters: Sequence[KeptLetter]) -> None:
        self.letters += letters
        self.at = self.at._replace(letter=letters[-1].number)

    def take_keys(self, rows: Sequence[KeyRow]) -> None:
        self.keys |= {stream: key for stream, key, *_ in rows}
        self.at = self.at._replace(stream=rows[-1][0])

    def take_reservations(self, keys: Sequence[bytes]) -> None:
        self.reservations |= set(keys)
        self.at = self.at._replace(reservation=keys[-1])

    def take_facts(self, facts: Sequence[StoredFact], last: bytes) -> None:
        assert {fact[1] for fact in facts} <= self.keys.keys(), "the relay could not open them"
        self.facts += facts
        self.last = last

    def finish(self, clock: Microseconds) -> None:
        self.clock = clock


def history(*recorded: int, waiting: Sequence[int] = (), meets: Sequence[int] = ()) -> ListedHistory:
    made = ListedHistory(waiting=list(waiting), meets=list(meets))
    for number in recorded:
        made.record(number)
    return made


def told(_: str, __: int, ___: int) -> None:
    """Say nothing."""


def moved(of: ListedHistory, to: MemoryInstallation) -> Outcome:
    return move(of, to, told, BATCH)


def assert_whole(of: ListedHistory, to: MemoryInstallation) -> None:
    assert to.facts == of.facts
    assert to.keys.keys() == {fact[1] for fact in of.facts}
    assert to.reservations == {fact[1].encode() for fact in of.facts}
    assert to.letters == list(of.letters)
    assert (to.clock, to.stores) == (of.clock(), [Store("shop")])
    assert to.erasures == ([*of.erasures()[0]], {"erasure": 7, "consent": 5})


@pytest.mark.parametrize("waiting", [(), (6, 7)])
@pytest.mark.parametrize("meets", [(), (8,)])
def test_all_comes_also_what_waited_and_what_came_while_it_moved(waiting: Sequence[int], meets: Sequence[int]) -> None:
    of, to = history(*range(5), waiting=waiting, meets=meets), MemoryInstallation()
    assert moved(of, to) == Outcome(len(of.facts), len(of.facts), False)
    assert len(of.facts) == 5 + len(waiting) + len(meets)
    assert_whole(of, to)


def test_an_empty_history_is_moved_too() -> None:
    of, to = history(), MemoryInstallation()
    assert moved(of, to) == Outcome(0, 0, False)
    assert_whole(of, to)


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_call_it_goes_on_and_all_is_there_once(after: bool) -> None:
    calls = 0
    for at in range(1, 40):
        of, to = history(*range(5), meets=(5,)), MemoryInstallation()
        fuse = Fuse(at, after)
        try:
            move(of, Fused(to, fuse), told, BATCH)
        except Crash:
            calls = at
            moved(of, to)
        assert_whole(of, to)
    assert calls > 10


def test_once_more_changes_nothing_and_says_so() -> None:
    of, to = history(*range(5)), MemoryInstallation()
    moved(of, to)
    assert moved(of, to) == Outcome(0, 5, True)
    assert_whole(of, to)


def test_a_log_that_grew_between_two_runs_is_moved_to_its_new_end_with_all_its_keys() -> None:
    of, to = history(*range(5)), MemoryInstallation()
    with pytest.raises(Crash):
        move(of, Fused(to, Fuse(11)), told, BATCH)
    of.record(50)
    moved(of, to)
    assert_whole(of, to)


def test_another_log_is_refused() -> None:
    to = MemoryInstallation()
    with pytest.raises(Crash):
        move(history(*range(5)), Fused(to, Fuse(14)), told, BATCH)
    assert to.facts
    with pytest.raises(MigrationRefused, match="another history"):
        moved(history(*range(20, 29)), to)
    with pytest.raises(MigrationRefused, match="another history"):
        moved(history(), to)


def test_what_is_recorded_after_the_end_is_refused() -> None:
    of, to = history(*range(5)), MemoryInstallation()
    moved(of, to)
    of.waiting = [9]
    with pytest.raises(MigrationRefused, match="recorded 1 facts since"):
        moved(of, to)
    assert len(to.facts) == 5
