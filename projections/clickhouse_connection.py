"""The only module that knows the driver of ClickHouse: a small pool of native connections, and values in and out.

Queries belong in `.sql` files; nothing here knows a table.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from queue import Empty, LifoQueue
from typing import Any, NamedTuple

from clickhouse_driver import Client
from clickhouse_driver import errors as driver_errors

from schemas.clock import to_datetime, to_microseconds
from schemas.errors import FootfallError
from schemas.facts import Microseconds

FOR_EVER: Microseconds = 10_000_000_000_000_000 - 1_000_000
"""The `as_of` and `known_at` of an answer about everything: late in 2286, which DateTime64(6) still holds."""


class WarehouseUnavailable(FootfallError):
    """ClickHouse is away, or out of memory: try again later, do not advance."""


class QueryTooSlow(WarehouseUnavailable):
    """A query took longer than it may."""


class Address(NamedTuple):
    """Where a ClickHouse server listens, and as whom to log in."""

    host: str
    port: int
    user: str
    password: str
    database: str = "footfall"
    secure: bool = False
    """By TLS; the certificate is verified."""
    authority: str | None = None
    """File of who signed it; None for those that the system trusts."""


class ExternalTable(NamedTuple):
    """A table that is sent along with one query."""

    name: str
    columns: Mapping[str, str]
    rows: Sequence[Sequence[Any]]


SETTINGS: Mapping[str, Any] = {"server_side_params": True, "optimize_move_to_prewhere_if_final": 1}
"""Of every query. With FINAL too, what the key leaves out is left out before other columns are read."""

TOO_SLOW, AUTHENTICATION_FAILED = 159, 516
TRANSIENT = frozenset({3, 160, 164, 173, 202, 209, 210, 225, 241, 242, 243, 252, 279, 394, 425, 999})
"""Codes of ClickHouse by which a retry can help: time-outs, memory, too many queries or parts, network, shut-down."""


class Session:
    """One connection; by itself, no other sees its temporary tables, and they end with it."""

    def __init__(self, client: Client, seconds: float = 0) -> None:
        """All its queries together may take `seconds` (0: any time); beyond it QueryTooSlow is raised."""
        self._client = client
        self._deadline = time.monotonic() + seconds if seconds else None

    def select(
        self, query: str, parameters: Mapping[str, Any] | None = None, tables: Sequence[ExternalTable] = ()
    ) -> list[tuple[Any, ...]]:
        """Run a query; parameters are bound by the server."""
        result = self._client.execute(
            query,
            _bound(parameters),
            external_tables=[_external(t) for t in tables],
            settings={"max_execution_time": self._seconds(0)},
        )
        return result if isinstance(result, list) else []

    def select_with_names(
        self,
        query: str,
        parameters: Mapping[str, Any] | None = None,
        tables: Sequence[ExternalTable] = (),
        seconds: int = 0,
    ) -> list[dict[str, Any]]:
        """The same, each row as a mapping from column to value; beyond `seconds` (0: none) QueryTooSlow is raised."""
        rows, columns = self._client.execute(
            query,
            _bound(parameters),
            external_tables=[_external(t) for t in tables],
            with_column_types=True,
            settings={"max_execution_time": self._seconds(seconds)},
        )
        names = [name for name, _ in columns]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def insert(self, statement: str, columns: Sequence[Sequence[Any]]) -> None:
        """Insert one block given by columns; `statement` ends with VALUES or FORMAT Native."""
        self._client.execute(statement, columns, columnar=True)

    def _seconds(self, asked: int) -> int:
        """Return what one query may take: what was asked for, or what is left."""
        if self._deadline is None:
            return asked
        left = math.ceil(self._deadline - time.monotonic())
        if left <= 0:
            raise QueryTooSlow("several queries together")
        return min(left, asked) if asked else left


class Warehouse:
    """ClickHouse, for as many threads as there are."""

    def __init__(self, address: Address, *, connections: int = 8, threads: int | None = None) -> None:
        """`threads` bounds those of one query; None leaves it to ClickHouse, which takes one a core."""
        self._address = address
        self._settings = dict(SETTINGS) | ({} if threads is None else {"max_threads": threads})
        self._idle: LifoQueue[Client] = LifoQueue(connections)

    def select(
        self, query: str, parameters: Mapping[str, Any] | None = None, tables: Sequence[ExternalTable] = ()
    ) -> list[tuple[Any, ...]]:
        """See `Session.select`."""
        with self._pooled() as session:
            return session.select(query, parameters, tables)

    def select_with_names(
        self,
        query: str,
        parameters: Mapping[str, Any] | None = None,
        tables: Sequence[ExternalTable] = (),
        seconds: int = 0,
    ) -> list[dict[str, Any]]:
        """See `Session.select_with_names`."""
        with self._pooled() as session:
            return session.select_with_names(query, parameters, tables, seconds)

    def insert(self, statement: str, columns: Sequence[Sequence[Any]]) -> None:
        """See `Session.insert`."""
        with self._pooled() as session:
            session.insert(statement, columns)

    @contextmanager
    def session(self, seconds: float = 0) -> Iterator[Session]:
        """Give a connection by itself, closed afterwards: connecting takes a millisecond, less than clearing it up.

        `seconds` as in `Session`.
        """
        client = self._connect(disable_reconnect=True)  # a new connection would know nothing of the session
        with _faults(client):
            yield Session(client, seconds)
        client.disconnect()

    def close(self) -> None:
        """Close the connections that nobody uses now."""
        while not self._idle.empty():
            with suppress(Empty):
                self._idle.get_nowait().disconnect()

    @contextmanager
    def _pooled(self) -> Iterator[Session]:
        try:
            client = self._idle.get_nowait()
        except Empty:
            client = self._connect()
        with _faults(client):
            yield Session(client)
        if self._idle.full():
            client.disconnect()
        else:
            self._idle.put(client)

    def _connect(self, *, disable_reconnect: bool = False) -> Client:
        where = self._address
        return Client(
            host=where.host,
            port=where.port,
            user=where.user,
            password=where.password,
            database=where.database,
            secure=where.secure,
            verify=True,
            ca_certs=where.authority,
            connect_timeout=5,
            send_receive_timeout=300,
            disable_reconnect=disable_reconnect,
            settings=dict(self._settings),
        )


@contextmanager
def _faults(client: Client) -> Iterator[None]:
    """Close a client at any fault, and give the driver's faults our names."""
    try:
        yield
    except driver_errors.ServerException as error:
        client.disconnect()
        if error.code == TOO_SLOW:
            raise QueryTooSlow(str(error.code)) from error
        if error.code == AUTHENTICATION_FAILED:
            raise WarehouseUnavailable("ClickHouse refuses the name or the password") from error
        if error.code in TRANSIENT:
            raise WarehouseUnavailable(str(error.code)) from error
        raise
    except (driver_errors.Error, EOFError, OSError) as error:
        client.disconnect()
        raise WarehouseUnavailable(_network_reason(error)) from error
    except BaseException:
        client.disconnect()
        raise


def _network_reason(error: Exception) -> str:
    """Of a connection that does not come about the driver names the server and why, a certificate for example."""
    return f"ClickHouse: {error.message}" if isinstance(error, driver_errors.NetworkError) else type(error).__name__


def moment(at: Microseconds) -> str:
    """Return a moment as ClickHouse reads it; as text, since the driver formats datetimes to whole seconds."""
    return to_datetime(at).strftime("%Y-%m-%d %H:%M:%S.%f")


def microseconds(at: datetime) -> Microseconds:
    """Return a moment that the driver read, as an integer."""
    return to_microseconds(at if at.tzinfo else at.replace(tzinfo=UTC))


def _bound(parameters: Mapping[str, Any] | None) -> dict[str, Any]:
    return dict(parameters or {})


def _external(table: ExternalTable) -> dict[str, Any]:
    names = list(table.columns)
    return {
        "name": table.name,
        "structure": list(table.columns.items()),
        "data": [dict(zip(names, row, strict=True)) for row in table.rows],
    }
