"""`footfall up`: the whole product in the embedded mode, from its lock to its last word."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from footfall.children import Child
from footfall.data_folder import DataFolder
from footfall.embedded.dead_letters import open_dead_letters
from footfall.embedded.pipeline_state import Hashing, PipelineState, Tokens
from footfall.embedded.read_side import rules_of
from footfall.embedded.warehouse_access import clickhouse
from footfall.file_lock import FileLock, LockHeld
from footfall.front_door import FrontDoor, listen, serve
from footfall.logs import logger
from footfall.memory import search_seldom, share_one_arena
from footfall.settings import ConfigurationError, Settings
from ingest.admission import Rules as Admission
from ingest.collector import Collector
from ingest.key_kinds import StoreKeys
from ingest.redaction import ALLOWED_PARAMETERS
from ingest.sqlite_inbox import SQLiteInbox
from ingest.sqlite_keys import SQLiteKeys, Store
from projections.clickhouse_connection import Warehouse
from query_api.app import build
from schemas.clock import DAY

log = logger(__name__)

FIRST_STORE = "shop"


@contextmanager
def only_one(folder: DataFolder) -> Iterator[None]:
    """Hold the data folder; a second product on it is told who has it."""
    lock = FileLock(folder.up_lock)
    try:
        lock.acquire(10.0)
    except LockHeld as error:
        raise ConfigurationError([f"data: {folder.path} is in use by process {error.holder or 'unknown'}"]) from error
    try:
        yield
    finally:
        lock.release()


def admission_rules(settings: Settings) -> Admission:
    """Return the rules of admission."""
    return Admission(
        write_key_max_age=settings.backdate_days * DAY,
        allowed_parameters=ALLOWED_PARAMETERS | settings.query_parameters,
    )


def up(settings: Settings, started: Callable[[str, StoreKeys], None]) -> None:
    """Run the product until SIGINT or SIGTERM; `started` is told the address and the first store's keys."""
    share_one_arena()
    folder = DataFolder(settings.data).make()
    with only_one(folder), contextlib.ExitStack() as stack:
        _end_on_sigterm()
        listener = stack.enter_context(_bound(settings))
        folder.secret()
        keys = SQLiteKeys(folder.path)
        first = keys.first_store(Store(FIRST_STORE))
        inbox = SQLiteInbox(folder.inbox, max_bytes=int(settings.inbox_bytes))
        stack.callback(inbox.close)
        letters = open_dead_letters(folder, settings)
        stack.callback(letters.close)
        address = stack.enter_context(clickhouse(folder, settings))
        for name in ("projector", "aggregator"):
            child = Child(name, settings)
            child.start()
            stack.callback(child.stop)
        pipeline = PipelineState(folder, letters)
        collector = Collector(keys, inbox, letters, rules=admission_rules(settings))
        api = build(
            warehouse=Warehouse(address),
            rules=rules_of(settings),
            tokens=Tokens(keys),
            pipeline=pipeline,
            hashing=Hashing(folder.secret()),
            query_seconds=settings.query_seconds,
        )
        where = f"http://{settings.host}:{listener.getsockname()[1]}"
        search_seldom()
        serve(FrontDoor(collector, api, pipeline), listener, lambda: started(where, first))


@contextmanager
def _bound(settings: Settings) -> Iterator[socket.socket]:
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        raise ConfigurationError(
            [f"port: cannot listen on {settings.host}:{settings.port}: {error.strerror}"]
        ) from error
    with contextlib.closing(listener):
        yield listener


def _end_on_sigterm() -> None:
    """Until the server takes over the signals, SIGTERM ends like Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
