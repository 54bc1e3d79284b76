"""The state machine of the laws L1 (idempotence), L2 (order), L3 (rebuild), L4 (time travel), L5 (identity), L6 and L7.

Sends traffic in every disorder, disturbs the product, and compares. What is right is the oracle's; how the product is
reached is the driver's.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.oracle.deliveries import Choice
from tests.oracle.reading import moment
from tests.properties.comparison import IDS, compare
from tests.properties.driver import Driver
from tests.properties.ledger import Ledger, now
from tests.properties.traffic import (
    LONG_AGO,
    MESSAGE_IDS,
    MOMENTS,
    Letter,
    Message,
    acts,
    back_dated,
    bursts,
    claims,
    consenting,
    funnels,
    letters,
    retractions,
    rule_changes,
    said_at,
    splits,
)

FEW_FUNNELS = st.lists(funnels(), min_size=1, max_size=3)
MOST_TOLD = 12  # of a burst a few letters are enough to come again, or to be taken back
STORES: st.SearchStrategy[tuple[Choice, bool]] = st.sampled_from(
    [("record", False), ("record", False), ("record", True), ("record", True), ("anonymous", True), ("required", True)]
)
"""What a store does with those who did not consent, and whether its pages ask for consent at all."""
PLACES = st.integers(0, 10**6)  # what is drawn must not depend on what the product answered
PAGES = st.sampled_from([1, 2, 50])
AS_OF = st.sampled_from(sorted({*MOMENTS, MOMENTS[3] - timedelta(microseconds=1), LONG_AGO}))


class Laws(RuleBasedStateMachine):
    """One store, from empty. `disturbances` bounds how often a run may restart, crash, rebuild or verify, and erase."""

    def __init__(self, driver: Driver, disturbances: int) -> None:
        super().__init__()
        self.driver = driver
        self.ledger = Ledger()
        self.choice: Choice = "record"
        self.asks = False
        self.delayed: list[Letter] = []
        self.late: list[list[Letter]] = []
        self.told: list[Letter] = []
        self.disturbances = self.erasures = disturbances

    @initialize(batch=st.lists(letters(), min_size=3, max_size=10), store=STORES)
    def open_the_shop(self, batch: list[Letter], store: tuple[Choice, bool]) -> None:
        self.choice, self.asks = store
        self.ledger = Ledger(self.choice)
        self.driver.open(self.choice)
        self._send_batch(batch)

    @rule(letter=st.one_of(letters(), claims()))
    def send(self, letter: Letter) -> None:
        self._send_one(letter)

    @rule(batch=st.lists(letters(), min_size=2, max_size=12))
    def send_batch(self, batch: list[Letter]) -> None:
        self._send_batch(batch)

    @rule(batch=st.lists(letters(), min_size=2, max_size=8))
    def delay(self, batch: list[Letter]) -> None:
        self.delayed += batch

    @precondition(lambda self: self.delayed)
    @rule(data=st.data())
    def deliver_what_was_delayed(self, data: st.DataObject) -> None:
        batch, self.delayed = data.draw(st.permutations(self.delayed)), []
        self._send_batch(batch)

    @rule(letter=claims())
    def claim(self, letter: Letter) -> None:
        self._send_one(letter)

    @rule(batch=st.lists(acts(), min_size=2, max_size=6))
    def merge_and_split(self, batch: list[Letter]) -> None:
        self._send_batch(batch)

    @precondition(lambda self: self.merges)
    @rule(data=st.data(), place=PLACES, when=st.sampled_from([*MOMENTS, *MOMENTS[-3:] * 3]))
    def split_what_was_merged(self, data: st.DataObject, place: int, when: datetime) -> None:
        merges = data.draw(st.lists(st.sampled_from(self.merges), min_size=1, max_size=5))
        self._send_batch([splits(merge, place + n, when) for n, merge in enumerate(merges)])

    @rule(parts=bursts())
    def go_almost_faster_than_a_person(self, parts: list[list[Letter]]) -> None:
        *first, last = parts
        for part in first:
            self._send_batch(part)
        self.late.append(last)

    @precondition(lambda self: self.late)
    @rule()
    def go_faster_than_a_person(self) -> None:
        self._send_batch(self.late.pop())

    @rule(batch=st.lists(st.one_of(acts(), claims(), letters()), min_size=2, max_size=8))
    def merge_and_split_later(self, batch: list[Letter]) -> None:
        self.delayed += batch

    @rule(letter=back_dated())
    def back_date(self, letter: Letter) -> None:
        self._send_one(letter)

    @rule(letter=rule_changes())
    def change_the_rules(self, letter: Letter) -> None:
        self._send_one(letter)

    @precondition(lambda self: self.told)
    @rule(data=st.data(), times=st.integers(1, 3))
    def duplicate(self, data: st.DataObject, times: int) -> None:
        self._send_batch([data.draw(st.sampled_from(self.told))] * times)

    @precondition(lambda self: self.told)
    @rule(data=st.data(), other=letters(), key_class=st.sampled_from(["same", "write", "server"]))
    def send_a_differing_copy(self, data: st.DataObject, other: Letter, key_class: Any) -> None:
        first = data.draw(st.sampled_from(self.told))
        ids = {key: first.message.get(key) for key in ("userId", "anonymousId", "messageId")}
        self._send_one(Letter(first.key_class if key_class == "same" else key_class, {**other.message, **ids}))

    @precondition(lambda self: self.told)
    @rule(data=st.data(), message_id=st.sampled_from(MESSAGE_IDS), when=st.sampled_from(MOMENTS), calmly=st.booleans())
    def retract(self, data: st.DataObject, message_id: str, when: datetime, calmly: bool) -> None:
        target = data.draw(st.sampled_from(self.told))
        if calmly:
            self._settle()
        self._send_one(retractions(target, message_id, {"message_id": target.message["messageId"]}, when))

    @rule(place=PLACES, message_id=st.sampled_from(MESSAGE_IDS), when=st.sampled_from(MOMENTS))
    def retract_by_event_id(self, place: int, message_id: str, when: datetime) -> None:
        self._compare([], 50)
        if not self.ledger.learned:
            return
        key = sorted(self.ledger.learned)[place % len(self.ledger.learned)]
        target = Letter("server", self.ledger.message_of(key))
        named = {"event_id": self.ledger.learned[key].event_id}
        self._send_one(retractions(target, message_id, named, when))

    @rule(asked=FEW_FUNNELS, limit=PAGES)
    def answers_are_right(self, asked: list[Message], limit: int) -> None:
        self._compare(asked, limit)

    @rule(asked=FEW_FUNNELS, limit=PAGES, as_of=AS_OF)
    def answers_as_of_a_time_are_right(self, asked: list[Message], limit: int, as_of: datetime) -> None:
        self._compare(asked, limit, as_of=as_of)

    @rule(asked=FEW_FUNNELS, limit=PAGES, as_of=st.none() | AS_OF, place=PLACES)
    def answers_known_at_a_time_are_right(
        self, asked: list[Message], limit: int, as_of: datetime | None, place: int
    ) -> None:
        self._compare([], limit)
        if moments := self.ledger.known_moments():
            self._compare(asked, limit, as_of=as_of, known_at=moments[place % len(moments)])

    @precondition(lambda self: self.erasures)
    @rule(place=PLACES)
    def erase(self, place: int) -> None:
        self._compare([], 50)
        persons = [one for one in self.ledger.oracle().customers().values() if one.key & frozenset(IDS)]
        if not persons:
            return
        self.erasures -= 1
        person = sorted(persons, key=lambda one: sorted(one.key))[place % len(persons)]
        profile = self.driver.profile_by(*min(person.key & frozenset(IDS)))
        assert profile is not None
        until = moment(self.driver.erase(profile["customer_id"]))
        assert until is not None
        self.ledger.erase(person, until)
        self._compare([], 50)

    @precondition(lambda self: self.disturbances)
    @rule()
    def restart(self) -> None:
        self._disturb(self.driver.restart)

    @precondition(lambda self: self.disturbances)
    @rule()
    def crash(self) -> None:
        self._disturb(self.driver.crash)

    @precondition(lambda self: self.disturbances)
    @rule()
    def rebuild(self) -> None:
        self._disturb(self.driver.rebuild)

    @precondition(lambda self: self.disturbances)
    @rule()
    def verify(self) -> None:
        self.driver.settle()
        self._disturb(self.driver.verify)

    def teardown(self) -> None:
        """Whatever happened: in the end the answers are right, also those about the past."""
        for batch in [self.delayed, *self.late]:
            self._send_batch(batch)
        self._compare([], 50)
        if moments := self.ledger.known_moments():
            self._compare([], 50, as_of=MOMENTS[-1], known_at=moments[len(moments) // 2])

    @property
    def merges(self) -> list[Letter]:
        """The merges that were told."""
        return [one for one in self.told if one.message.get("event") == "Customers Merged"]

    def _disturb(self, how: Callable[[], None]) -> None:
        self.disturbances -= 1
        how()

    def _send_one(self, letter: Letter) -> None:
        letter = consenting(letter, self.choice, asks=self.asks)
        since, sent_at = now(), self._sent_at(letter)
        said = {"sentAt": said_at(sent_at)} if sent_at else {}
        path = f"/v1/{letter.message['type']}"
        answer = self.driver.send(letter.key_class, path, {**self.ledger.marked(letter), **said})
        self._enter([letter], sent_at, since, answer.refused)

    def _send_batch(self, batch: list[Letter]) -> None:
        """One request for each run of letters that one sender, with one clock, could send together."""
        batch = [consenting(letter, self.choice, asks=self.asks) for letter in batch]
        while batch:
            first = batch[0]
            alike = next((n for n, one in enumerate(batch) if _sender(one) != _sender(first)), len(batch))
            run, batch = batch[:alike], batch[alike:]
            since, sent_at = now(), self._sent_at(first)
            said = {"sentAt": said_at(sent_at)} if sent_at else {}
            body = {"batch": [self.ledger.marked(one) for one in run], **said}
            answer = self.driver.send(first.key_class, "/v1/batch", body)
            assert answer.status == 200, f"a batch was answered {answer.status}: {answer.body}"
            self._enter(run, sent_at, since, answer.refused)

    def _enter(self, run: list[Letter], sent_at: datetime | None, since: datetime, refused: dict[int, str]) -> None:
        until = now()
        self.told += run[:MOST_TOLD]
        expected = [self.ledger.enter(letter, sent_at, since, until) for letter in run]
        for index, (letter, why) in enumerate(zip(run, expected, strict=True)):
            assert (index in refused) == (why is not None), (
                f"refused by the product: {refused.get(index)}, by the oracle: {why}: {letter}"
            )

    def _sent_at(self, letter: Letter) -> datetime | None:
        return None if letter.skew is None else now() + letter.skew

    def _settle(self) -> None:
        self.driver.settle()
        self.ledger.settled(now())

    def _compare(
        self, asked: list[Message], limit: int, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> None:
        self._settle()
        wrong = compare(self.driver, self.ledger, asked, limit, as_of, known_at)
        counted, expected = self.driver.refused_for_consent(), len(self.ledger.counted)
        if counted != expected:
            wrong.append(f"refused for want of consent: {counted}, by the oracle {expected}")
        assert not wrong, "\n".join(["the product and the oracle differ:", *wrong[:30]])


def run_laws(machine: Callable[[], Laws], how: settings) -> None:
    """Run the machine; hypothesis takes any factory, though its types name a class."""
    run_state_machine_as_test(cast("type[Laws]", machine), settings=how)


def _sender(letter: Letter) -> tuple[str, timedelta | None]:
    return letter.key_class, letter.skew
