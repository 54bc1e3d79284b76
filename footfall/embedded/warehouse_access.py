"""Where the ClickHouse of a data folder is: a running one, or one of our own for as long as it is used."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from footfall.chdb_server import ClickHouseServer, FolderBusy
from footfall.data_folder import DataFolder
from footfall.settings import Settings
from projections.clickhouse_connection import Address
from projections.clickhouse_migrations import migrate


def publish_address(folder: DataFolder, server: ClickHouseServer) -> Address:
    """Leave word for the other processes where ClickHouse listens."""
    address = Address(server.host, server.port, server.user, server.password, server.database)
    draft = folder.clickhouse_address.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(address._asdict(), out)
    draft.replace(folder.clickhouse_address)
    return address


def published_address(folder: DataFolder) -> Address:
    """Return where the running ClickHouse listens."""
    return Address(**json.loads(folder.clickhouse_address.read_text(encoding="utf-8")))


@contextmanager
def clickhouse(folder: DataFolder, settings: Settings) -> Iterator[Address]:
    """Use the ClickHouse of a running `footfall up`, or start one for as long as this is used."""
    server = ClickHouseServer(folder.clickhouse, int(settings.clickhouse_memory_bytes))
    try:
        server.start(busy_timeout=0)
    except FolderBusy:
        yield published_address(folder)
        return
    try:
        server.wait_ready()
        address = publish_address(folder, server)
        migrate(address).close()
        yield address
    finally:
        server.stop()
