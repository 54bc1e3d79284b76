"""A ledger of everything that a product answered with 200, and the senders that fill it as SDKs do.

A sender repeats a request until it is answered with 200, with the same ids; some events it deliberately sends again
afterwards, changed, as a copy that must not count. `audit` compares the ledger with what the API returns.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

import httpx

from tests.product.running import Json, Shop, client

NAMES = ("Product Viewed", "Product Added", "Products Searched", "Coupon Entered", "Something of Our Own")
REPEATED = 0.15
"""Share of the requests that are sent once more after they were answered."""
MOST_IN_A_BATCH = 20
PATIENCE = 180.0
"""Seconds after which a sender gives an event up: the product did not come back."""
LONGEST_PAUSE = 2.0


class Entry(NamedTuple):
    """One event as its sender knows it."""

    message_id: str
    user_id: str | None
    anonymous_id: str | None
    number: int

    @property
    def stream(self) -> tuple[str, str]:
        """Kind and id of the stream that it belongs to."""
        return ("user", self.user_id) if self.user_id else ("anonymous", str(self.anonymous_id))


@dataclass
class Ledger:
    """What was sent, what was answered with 200, and how else the product answered."""

    sent: dict[str, Entry] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    longest_wait: float = 0.0
    without_retry_after: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, entries: Iterable[Entry]) -> None:
        """Note what is about to be sent."""
        with self._lock:
            self.sent |= {entry.message_id: entry for entry in entries}

    def acknowledge(self, entries: Sequence[Entry], waited: float) -> None:
        """Note what was answered with 200."""
        with self._lock:
            self.acknowledged |= {entry.message_id for entry in entries}
            self.longest_wait = max(self.longest_wait, waited)

    def answer(self, said: httpx.Response | httpx.TransportError) -> None:
        """Note an answer, or that there was none."""
        with self._lock:
            if isinstance(said, httpx.Response):
                self.answers[str(said.status_code)] += 1
                self.without_retry_after += said.status_code in (429, 503) and "retry-after" not in said.headers
            else:
                self.answers["none"] += 1

    def repeat(self, count: int) -> None:
        """Note copies that must not count."""
        with self._lock:
            self.repeated += count


class Sender(threading.Thread):
    """One client of the shop. Several share the customers, so streams have several writers."""

    def __init__(self, shop: Shop, ledger: Ledger, number: int, seed: int, customers: int, pace: float) -> None:
        super().__init__(name=f"sender-{number}", daemon=True)
        self._random = random.Random(f"{seed}/{number}")
        self._shop, self._ledger, self._number = shop, ledger, number
        self._customers, self._pace = customers, pace
        self._count = 0
        self._ending = threading.Event()
        self.fault: BaseException | None = None

    def end(self) -> None:
        """Send no more; what is under way is repeated until it is answered."""
        self._ending.set()

    def run(self) -> None:
        try:
            with client("", timeout=20) as http:
                while not self._ending.wait(self._random.uniform(0, 2 * self._pace)):
                    self._send_some(http)
        except BaseException as fault:  # noqa: BLE001 - told by the thread that ends the senders
            self.fault = fault

    def _send_some(self, http: httpx.Client) -> None:
        single = self._random.random() < 0.5
        entries = [self._entry() for _ in range(1 if single else self._random.randint(2, MOST_IN_A_BATCH))]
        self._ledger.send(entries)
        began = time.monotonic()
        self._deliver(http, [self._message(entry, 1) for entry in entries], single)
        self._ledger.acknowledge(entries, time.monotonic() - began)
        if self._random.random() < REPEATED:
            self._ledger.repeat(len(entries))
            self._deliver(http, [self._message(entry, 2) for entry in entries], single)

    def _deliver(self, http: httpx.Client, messages: Sequence[Json], single: bool) -> None:
        path, body = ("/v1/track", messages[0]) if single else ("/v1/batch", {"batch": messages})
        deadline = time.monotonic() + PATIENCE
        pause = 0.05
        while True:
            asked = self._attempt(http, path, body)
            if asked is None:
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"not answered with 200 for {PATIENCE:g} s; answers: {self._ledger.answers}")
            pause = min(pause * 2, LONGEST_PAUSE)
            threading.Event().wait(min(asked, LONGEST_PAUSE) or self._random.uniform(pause / 2, pause))

    def _attempt(self, http: httpx.Client, path: str, body: Json) -> float | None:
        """Try once; return None when it was answered with 200, else the seconds that the product asks to wait."""
        try:
            said = self._post(http, path, body)
        except httpx.TransportError as error:
            self._ledger.answer(error)
            return 0.0
        self._ledger.answer(said)
        if said.status_code == 200:
            assert "refused" not in said.json(), said.text
            return None
        assert said.status_code in (429, 503), f"{path}: {said.status_code} {said.text}"
        return float(said.headers.get("retry-after", "0"))

    def _post(self, http: httpx.Client, path: str, body: Json) -> httpx.Response:
        """Post at any of the doors; where nobody opens, as a balancer does, at the next."""
        doors = self._random.sample(self._shop.product.doors, len(self._shop.product.doors))
        for door in doors[:-1]:
            with contextlib.suppress(httpx.ConnectError):
                return http.post(door + path, json=body, auth=(self._shop.write_key, ""))
        return http.post(doors[-1] + path, json=body, auth=(self._shop.write_key, ""))

    def _entry(self) -> Entry:
        self._count += 1
        customer = self._random.randrange(self._customers)
        visitor, user = f"visitor-{customer}", f"customer-{customer}"
        says_user, says_both = self._random.random() < 0.6, customer % 2 == 0
        message_id = f"{self._shop.name}-{self._number}-{self._count}"
        if not says_user:
            return Entry(message_id, None, visitor, self._count)
        return Entry(message_id, user, visitor if says_both else None, self._count)

    def _message(self, entry: Entry, copy: int) -> Json:
        ids = {"userId": entry.user_id, "anonymousId": entry.anonymous_id}
        return {
            "type": "track",
            "event": NAMES[entry.number % len(NAMES)],
            "messageId": entry.message_id,
            "timestamp": datetime.now(UTC).isoformat(),
            "properties": {"sender": self._number, "number": entry.number, "copy": copy, "product_id": "p-1"},
            **{name: value for name, value in ids.items() if value is not None},
        }


class Load:
    """Several senders, for as long as this is entered."""

    def __init__(self, shop: Shop, *, seed: int, senders: int = 4, customers: int = 40, pace: float = 0.05) -> None:
        self.shop = shop
        self.ledger = Ledger()
        self._senders = [Sender(shop, self.ledger, number, seed, customers, pace) for number in range(1, senders + 1)]

    def __enter__(self) -> Load:
        for sender in self._senders:
            sender.start()
        return self

    def __exit__(self, *_: object) -> None:
        for sender in self._senders:
            sender.end()
        for sender in self._senders:
            sender.join(PATIENCE + 30)
        faults = [sender.fault for sender in self._senders if sender.fault]
        if faults:
            raise faults[0]


@dataclass(frozen=True)
class Audit:
    """What the API says against the ledger. `problems` are sentences; none means that nothing is wrong."""

    events: int
    customers: int
    lost: int
    twice: int
    problems: tuple[str, ...]


def audit(shop: Shop, ledger: Ledger) -> Audit:
    """Compare a settled product with a ledger."""
    customers = shop.items("/customers", limit=1000)
    persons = {key: one["customer_id"] for one in customers for key in _ids_of(one)}
    found: defaultdict[str, list[tuple[str, Json]]] = defaultdict(list)
    problems: list[str] = []
    for one in customers:
        events = shop.items(f"/customers/{one['customer_id']}/events", limit=1000)
        problems += _problems_of_customer(one, events)
        for event in events:
            found[event["message_id"]].append((one["customer_id"], event))
    lost = sorted(ledger.acknowledged - found.keys())
    twice = sorted(message_id for message_id, seen in found.items() if len(seen) > 1)
    problems += [f"lost: {message_id}" for message_id in lost]
    problems += [f"{len(found[message_id])} times: {message_id}" for message_id in twice]
    problems += [f"never sent: {message_id}" for message_id in sorted(found.keys() - ledger.sent.keys())]
    problems += _problems_of_events(ledger, persons, found)
    problems += shop.product.versions_with_gaps()
    return Audit(len(found), len(customers), len(lost), len(twice), tuple(problems))


def _ids_of(customer: Json) -> Iterator[tuple[str, str]]:
    for kind in ("user", "anonymous"):
        yield from ((kind, id_) for id_ in customer[f"{kind}_ids"])


def _problems_of_customer(customer: Json, events: Sequence[Json]) -> Iterator[str]:
    if customer["events"] != len(events):
        yield f"{customer['customer_id']}: the profile counts {customer['events']} events, there are {len(events)}"
    order = [(event["occurred_at"], event["event_id"]) for event in events]
    if order != sorted(order):
        yield f"{customer['customer_id']}: the facts are not in their order"


def _problems_of_events(
    ledger: Ledger, persons: dict[tuple[str, str], str], found: dict[str, list[tuple[str, Json]]]
) -> Iterator[str]:
    recorded: defaultdict[tuple[str, str, object], list[tuple[int, str]]] = defaultdict(list)
    for message_id, seen in found.items():
        customer, event = seen[0]
        entry = ledger.sent.get(message_id)
        if entry is None:
            continue
        said = event["properties"]
        if said["copy"] != 1:
            yield f"a later copy replaced the first: {message_id}"
        if persons.get(entry.stream) != customer:
            yield f"{message_id} is with {customer}, not with {entry.stream}"
        recorded[(*entry.stream, said["sender"])].append((said["number"], event["recorded_at"]))
    for (kind, id_, sender), one in recorded.items():
        moments = [moment for _, moment in sorted(one)]
        if moments != sorted(moments):
            yield f"{kind} {id_}: what sender {sender} sent in turn was recorded out of turn"
