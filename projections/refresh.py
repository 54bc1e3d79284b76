"""Read models: the one list of them, and the three ways to fill one from its SQL (refresh, rebuild, time travel).

Whichever way, the facts of the people in question are read and folded once, into tables of a session
(`workings/history.sql`, `workings/orders.sql`), and every read model is a query over those.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from projections import sql
from projections.channels import by_channels
from projections.clickhouse_connection import Session, Warehouse
from projections.left_out import unanswered_of_people
from projections.perspective import Perspective
from projections.scope import People, put_people, streams_of

Parameters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReadModel:
    """A table of one row a person, and the file `read_models/<name>.sql` that gives its rows."""

    name: str

    @property
    def query(self) -> str:
        """The query over `people`, `history` and `orders` of a session."""
        return sql.text("projections", "read_models", self.name)


READ_MODELS = (ReadModel("profiles"), ReadModel("sessions"))
"""The one list of read models."""

Tables = Mapping[ReadModel, str]
"""Into which table the rows of each read model go."""

LIVE: Tables = {model: model.name for model in READ_MODELS}


class Refresh:
    """Fills read models."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def write(self, perspective: Perspective, people: People, tables: Tables = LIVE) -> None:
        """Replace the rows of all given people, with tombstones for the streams that are no customer."""
        if not people:
            return
        with self._warehouse.session() as session:
            put_people(session, people)
            self._write(work_out(session, perspective, streams_of(people)), session, tables)

    def write_people_of(self, session: Session, perspective: Perspective, tables: Tables) -> None:
        """The same for whom the session's table `people` holds."""
        self._write(work_out(session, perspective), session, tables)

    def _write(self, parameters: Parameters, session: Session, tables: Tables) -> None:
        for model, table in tables.items():
            session.select(f"INSERT INTO {table} {model.query}", parameters)

    def compute(self, model: ReadModel, perspective: Perspective, people: People) -> list[dict[str, Any]]:
        """Return the rows of the given people as of then, without writing them."""
        with self._warehouse.session() as session:
            put_people(session, people)
            parameters = work_out(session, perspective, streams_of(people))
            rows = session.select_with_names(model.query, parameters)
        return [row for row in rows if row["live"]]


def work_out_sessions(session: Session, perspective: Perspective) -> Parameters:
    """Fill nothing but the sessions of `history`, and no orders; return the parameters of all its queries.

    ClickHouse leaves out what is not asked for of the same text.
    """
    left = unanswered_of_people(session, perspective)
    parameters = perspective.parameters() | left.parameters
    create, fill, _ = sql.script("projections", "workings", "history")
    session.select(create)
    columns = "customer_id, version, live, sessions"
    query = left.query(by_channels(fill.removeprefix("INSERT INTO history\n"), perspective.rules))
    session.select(f"INSERT INTO history ({columns}) SELECT {columns} FROM ({query})", parameters, left.tables)
    session.select(sql.script("projections", "workings", "orders")[0])
    return parameters


def work_out(session: Session, perspective: Perspective, streams: Collection[str] | None = None) -> Parameters:
    """Fill `history` and `orders` of the session; return the parameters of all its queries.

    `streams`: those of `people`, None where there may be any.
    """
    left = unanswered_of_people(session, perspective, streams)
    parameters = perspective.parameters() | left.parameters
    for name in ("history", "orders"):
        for statement in sql.script("projections", "workings", name):
            session.select(left.query(by_channels(statement, perspective.rules)), parameters, left.tables)
    return parameters
