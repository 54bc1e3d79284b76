"""`footfall up`: the whole product in the embedded mode, from its lock to its last word."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from footfall.access import Hashing, Tokens
from footfall.children import worker
from footfall.data_folder import DataFolder
from footfall.embedded.customer_desk import folder_holdings
from footfall.embedded.dead_letters import open_dead_letters
from footfall.embedded.erasing_desk import erasure_desk
from footfall.embedded.pipeline_state import PipelineState
from footfall.embedded.warehouse_access import clickhouse
from footfall.file_lock import FileLock, LockHeld
from footfall.front_door import FrontDoor, bound, serve
from footfall.logs import logger
from footfall.memory import search_seldom, share_one_arena
from footfall.recording import Recording
from footfall.rules import admission_rules, rate_limits, rules_of
from footfall.settings import ConfigurationError, Settings
from ingest.collector import Collector
from ingest.key_kinds import StoreKeys
from ingest.sqlite_inbox import SQLiteInbox
from ingest.sqlite_keys import SQLiteKeys
from ingest.stores import FIRST_STORE, Store
from projections.clickhouse_connection import Warehouse
from query_api.app import ROOTS, build, with_exports

log = logger(__name__)


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


def up(settings: Settings, started: Callable[[str, StoreKeys], None]) -> None:
    """Run the product until SIGINT or SIGTERM; `started` is told the address and the first store's keys."""
    share_one_arena()
    admission = admission_rules(settings)
    folder = DataFolder(settings.data).make()
    with only_one(folder), contextlib.ExitStack() as stack:
        _end_on_sigterm()
        listener = stack.enter_context(bound(settings))
        folder.secret()
        keys = SQLiteKeys(folder.path)
        first = keys.first_store(Store(FIRST_STORE))
        inbox = SQLiteInbox(folder.inbox, max_bytes=int(settings.inbox_bytes))
        stack.callback(inbox.close)
        letters = open_dead_letters(folder, settings)
        stack.callback(letters.close)
        address = stack.enter_context(clickhouse(folder, settings))
        for name in ("projector", "aggregator"):
            child = worker(name, settings)
            child.start()
            stack.callback(child.stop)
        pipeline = PipelineState(folder, letters)
        collector = Collector(keys, inbox, letters, rules=admission, limits=rate_limits(settings))
        api = build(
            warehouse=Warehouse(address),
            default_rules=rules_of(settings),
            tokens=Tokens(keys),
            pipeline=pipeline,
            hashing=Hashing(folder.secret()),
            erased=erasure_desk(folder, Warehouse(address), rules_of(settings), keys),
            recorder=Recording(inbox, folder.secret(), admission_rules(settings)),
            query_seconds=settings.query_seconds,
        )
        api = with_exports(api, folder_holdings(folder, letters))
        where = f"http://{settings.host}:{listener.getsockname()[1]}"
        search_seldom()
        door = FrontDoor(ready=collector.ready, collector=collector, api=api, roots=ROOTS, pipeline=pipeline)
        serve(door, listener, settings, lambda: started(where, first))


def _end_on_sigterm() -> None:
    """Until the server takes over the signals, SIGTERM ends like Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
