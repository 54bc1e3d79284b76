"""The order in which a history moves: stores, dead letters, keys of streams, reservations, facts. No storage here.

Keys come before the facts that they open, since the relay reads these as soon as they are there. Every step is one
transaction that also says how far it came: a run that is killed anywhere goes on behind the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple, Protocol

from aggregates.mapping import StoredFact
from aggregates.stream_keys import KeyRow
from footfall.erasing.erasure import Erasure
from ingest.kept_letters import KeptLetter
from ingest.stores import KeptKey, Store
from schemas.errors import FootfallError
from schemas.facts import Microseconds

BATCH = 2_000
"""Rows of one step: a fact has up to 32 KB."""

LETTERS = 50
"""Dead letters of one step: a letter holds up to a whole request."""

Told = Callable[[str, int, int], None]


class MigrationRefused(FootfallError):
    """The history cannot come here; the text says why, and what to do."""


class Taken(NamedTuple):
    """The last of each that was taken."""

    letter: int
    stream: str
    reservation: bytes


class History(Protocol):
    """What is moved."""

    def end(self) -> int:
        """Record what still waits; return the id of the last notification."""

    def clock(self) -> Microseconds:
        """Return the clock of the log."""

    def accepted(self) -> int:
        """Return how many events were ever accepted."""

    def stores(self) -> tuple[Sequence[Store], Sequence[KeptKey]]:
        """Return the stores and their keys."""

    def erasures(self) -> tuple[Sequence[Erasure], Mapping[str, int]]:
        """Return the ledger of erasures, oldest first, and how many events were refused, by reason."""

    def letters_after(self, number: int, limit: int) -> Sequence[KeptLetter]:
        """Return dead letters, in the order in which they came."""

    def keys_after(self, stream: str, limit: int) -> Sequence[KeyRow]:
        """Return keys of streams, in the order of their ids."""

    def reservations_after(self, key: bytes, limit: int) -> Sequence[bytes]:
        """Return reservations, in their order."""

    def facts_after(self, notification: int, limit: int) -> Sequence[StoredFact]:
        """Return facts as they are stored, in the order of the log."""


class Installation(Protocol):
    """Where to. Every `take_...` says behind which row the next one goes on."""

    def begin(self) -> tuple[int, bytes, bool]:
        """Begin, or go on: return the last notification that was taken, its fact's digest, and whether all is done."""

    def take_stores(self, stores: Sequence[Store], keys: Sequence[KeptKey]) -> None:
        """Take stores and keys, also once more."""

    def take_erasures(self, erasures: Sequence[Erasure], refused: Mapping[str, int]) -> None:
        """Take the ledger of erasures and how many events were refused, by reason, also once more."""

    def expect(self, log_end: int, accepted: int) -> Taken:
        """Return what was taken last of a log that ended there."""

    def take_letters(self, letters: Sequence[KeptLetter]) -> None:
        """Take dead letters."""

    def take_keys(self, rows: Sequence[KeyRow]) -> None:
        """Take keys of streams."""

    def take_reservations(self, keys: Sequence[bytes]) -> None:
        """Take reservations."""

    def take_facts(self, facts: Sequence[StoredFact], last: bytes) -> None:
        """Take facts; `last` is the digest of the last one."""

    def finish(self, clock: Microseconds) -> None:
        """Say that all is there up to this time."""


class Outcome(NamedTuple):
    """What a run did."""

    copied: int
    facts: int
    """Of the whole history."""

    was_over: bool
    """Nothing was left to do."""


def move(history: History, to: Installation, told: Told, batch: int = BATCH) -> Outcome:
    """Move what is not there yet; raises MigrationRefused, and what storage raises."""
    position, known, finished = to.begin()
    _check_same(history, position, known)
    end = history.end()
    if finished:
        _check_nothing_new(position, end)
        return Outcome(0, end, True)
    to.take_stores(*history.stores())
    to.take_erasures(*history.erasures())
    copied, moved_to = 0, -1
    while moved_to < end:  # an import that met us may have filled the inbox again
        _take_all_but_facts(history, to, end, told, batch)
        for facts in _batches(history, position, batch):
            to.take_facts(facts, fingerprint(facts[-1]))
            position, copied = facts[-1][0], copied + len(facts)
            told("facts", position, end)
        moved_to, end = end, history.end()
    to.finish(history.clock())
    return Outcome(copied, end, False)


def fingerprint(fact: StoredFact) -> bytes:
    """Return by what a fact is known again: its seal is random, so that no other log has it."""
    return blake2b(fact[4], digest_size=16).digest()


def _take_all_but_facts(history: History, to: Installation, end: int, told: Told, batch: int) -> None:
    letter, stream, reservation = to.expect(end, history.accepted())
    done = 0
    while letters := history.letters_after(letter, LETTERS):
        to.take_letters(letters)
        letter, done = letters[-1].number, done + len(letters)
        told("dead letters", done, 0)
    done = 0
    while keys := history.keys_after(stream, batch):
        to.take_keys(keys)
        stream, done = keys[-1][0], done + len(keys)
        told("keys of streams", done, 0)
    done = 0
    while reservations := history.reservations_after(reservation, batch):
        to.take_reservations(reservations)
        reservation, done = reservations[-1], done + len(reservations)
        told("reservations", done, 0)


def _batches(history: History, after: int, batch: int) -> Iterator[Sequence[StoredFact]]:
    while facts := history.facts_after(after, batch):
        yield facts
        after = facts[-1][0]


def _check_same(history: History, position: int, known: bytes) -> None:
    found = history.facts_after(position - 1, 1) if position else []
    if position and (not found or fingerprint(found[0]) != known):
        raise MigrationRefused("another history was begun here: go on with the folder that it came from")


def _check_nothing_new(position: int, end: int) -> None:
    if end > position:
        raise MigrationRefused(
            f"the migration is over, and the folder has recorded {end - position} facts since: these cannot come any "
            "more, since the installation has recorded facts of its own; send their events to it"
        )
