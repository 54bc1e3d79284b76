"""What is sent: product views of about 540 bytes, each with a message id of its own, of many customers.

An event of every third customer names a user besides the anonymous id, as after a log-in.
"""

from __future__ import annotations

import itertools
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ingest.addresses import Origin
from ingest.admission import Arrival, Rules, admit
from ingest.ports import Caller
from schemas import json as exact_json
from schemas.facts import AcceptedEvent, KeyClass

STORE = "shop"
PER_CUSTOMER = 20

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"
TEMPLATE = (
    '{"type":"track","event":"Product Viewed","messageId":"%s",%s,"timestamp":"%s",'
    '"properties":{"product_id":"p-%d","name":"Trail Running Shoe","category":"shoes","brand":"Northwind",'
    '"price":89.95,"currency":"EUR"},'
    '"context":{"page":{"url":"https://shop.example/p/%d?utm_source=google&utm_medium=cpc"},'
    f'"userAgent":"{AGENT}",'
    '"library":{"name":"analytics.js","version":"4.1.0"}}}'
)
"""For `%` here and `string.format` in Lua: message id, identity, timestamp, product, product."""

RUDDERSTACK_TEMPLATE = (
    '{"type":"track","event":"Product Viewed","messageId":"%s",%s,"userId":"","originalTimestamp":"%s","channel":"web",'
    '"integrations":{"All":true},'
    '"properties":{"product_id":"p-%d","name":"Trail Running Shoe","category":"shoes","brand":"Northwind",'
    '"price":89.95,"currency":"EUR"},'
    '"context":{"page":{"url":"https://shop.example/p/%d?utm_source=google&utm_medium=cpc"},"traits":{},'
    f'"userAgent":"{AGENT}",'
    '"library":{"name":"RudderLabs JavaScript SDK","version":"3.34.1"}}}'
)
"""The same as RudderStack's SDKs say it."""

GA4_TEMPLATE = (
    '{"name":"view_item","params":{"currency":"EUR","items":[{"item_id":"p-%d","item_name":"Trail Running Shoe",'
    '"item_category":"shoes","item_brand":"Northwind","price":89.95}],'
    '"page_location":"https://shop.example/p/%d?utm_source=google&utm_medium=cpc"}}'
)
"""The same as GA4 says it: product, product. Agent and client are the body's."""


def now() -> str:
    """Return the present as a client writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def identity(prefix: str, customer: int) -> str:
    """Return the ids that name a customer, as fields of a message."""
    anonymous = f'"anonymousId":"{prefix}-{customer}"'
    return anonymous if customer % 3 else f'{anonymous},"userId":"{prefix}-user-{customer}"'


@dataclass(frozen=True, slots=True)
class Traffic:
    """A number of events of customers who send 20 each, in batches.

    `mixed`: a batch holds events of different customers (a shop's server), not the 20 of one (a phone).
    """

    events: int
    batch: int = PER_CUSTOMER
    prefix: str = ""
    mixed: bool = False

    def messages(self) -> Iterator[str]:
        """Return the messages in the order in which they are sent."""
        prefix = self.prefix or uuid.uuid4().hex[:12]
        for number, customer in zip(range(self.events), self._customers(), strict=False):
            product = number % 5_000
            yield TEMPLATE % (f"{prefix}-m-{number}", identity(prefix, customer), now(), product, product)

    def bodies(self) -> Iterator[bytes]:
        """Return the bodies of the requests."""
        messages = self.messages()
        while batch := list(itertools.islice(messages, self.batch)):
            yield f'{{"batch":[{",".join(batch)}],"sentAt":"{now()}"}}'.encode()

    def _customers(self) -> Iterator[int]:
        if not self.mixed:
            return (customer for customer in itertools.count() for _ in range(PER_CUSTOMER))
        cohorts = (range(start, start + COHORT) for start in itertools.count(0, COHORT))
        return (customer for cohort in cohorts for _ in range(PER_CUSTOMER) for customer in cohort)


COHORT = 500
"""Customers who are active at once where batches are mixed."""


def accepted(traffic: Traffic) -> Iterator[AcceptedEvent]:
    """Return the messages as the collector accepts them."""
    caller, rules = Caller(STORE, KeyClass.WRITE), Rules()
    for message in traffic.messages():
        arrival = Arrival(caller, time.time_ns() // 1000, connection=Origin("192.0.2.0"))
        yield admit(exact_json.decode(message.encode()), "track", arrival, rules)


def size() -> int:
    """Return the length of a message."""
    (message,) = Traffic(1).messages()
    json.loads(message)
    return len(message)
