"""The floor of the write side: the `eventsourcing` library as it comes, on SQLite or PostgreSQL with its own settings.

An aggregate a customer, its events with the text of the message as payload. A SQLite connection is `synchronous=FULL`
by default, and the library sets WAL, so it is as durable as we are.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from benchmarks.messages import PER_CUSTOMER, Traffic

AGGREGATES = 300
"""Aggregates of one `save()`."""
PAGE = 10_000


class Customer(Aggregate):
    """The first event makes it, the others are added."""

    @event("Arrived")
    def __init__(self, message: str) -> None:
        self.seen = 1

    @event("Said")
    def said(self, message: str) -> None:
        """Add a message."""
        self.seen += 1


def application(folder: Path) -> Application[UUID]:
    """Return an application on a file in a folder."""
    settings = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(folder / "library.db")}
    return Application[UUID](env=settings)


def postgres_application(dsn: str) -> Application[UUID]:
    """Return an application on a PostgreSQL database."""
    url = urlsplit(dsn)
    settings = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": url.path.strip("/"),
        "POSTGRES_HOST": str(url.hostname),
        "POSTGRES_PORT": str(url.port),
        "POSTGRES_USER": str(url.username),
        "POSTGRES_PASSWORD": str(url.password),
        "POSTGRES_ENABLE_DB_FUNCTIONS": "yes",  # as fast; its pipelines of psycopg 3.3.9 hang at times
    }
    return Application[UUID](env=settings)


def save_rate(folder: Path, events: int) -> float:
    """Return the events a second of `save()` alone on SQLite."""
    return _save_rate(application(folder), events)


def postgres_save_rate(dsn: str, events: int) -> float:
    """Return the events a second of `save()` alone on PostgreSQL."""
    return _save_rate(postgres_application(dsn), events)


def _save_rate(app: Application[UUID], events: int) -> float:
    """Making the aggregates is not counted."""
    spent, saved = 0.0, 0
    for aggregates in _aggregates(events):
        began = time.perf_counter()
        saved += len(app.save(*aggregates))
        spent += time.perf_counter() - began
    app.close()
    return saved / spent


def read_rate(folder: Path) -> float:
    """Return the events a second of reading the whole log in pages, decoded."""
    app = application(folder)
    began = time.perf_counter()
    last, read = 0, 0
    while page := app.recorder.select_notifications(last or None, PAGE, inclusive_of_start=False):
        for notification in page:
            app.mapper.to_domain_event(notification)
        read += len(page)
        last = page[-1].id
    spent = time.perf_counter() - began
    app.close()
    return read / spent


def _aggregates(events: int) -> Iterator[list[Customer]]:
    messages = Traffic(events).messages()
    while batch := list(itertools.islice(messages, AGGREGATES * PER_CUSTOMER)):
        yield [_customer(batch[start : start + PER_CUSTOMER]) for start in range(0, len(batch), PER_CUSTOMER)]


def _customer(messages: list[str]) -> Customer:
    customer = Customer(messages[0])
    for message in messages[1:]:
        customer.said(message)
    return customer
