"""Read models: the one list of them, and the three ways to fill one from its SQL (refresh, rebuild, time travel)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from projections import sql
from projections.clickhouse_connection import FOR_EVER, Warehouse
from projections.scope import People, people_table, time_parameters
from schemas.facts import Microseconds


@dataclass(frozen=True, slots=True)
class ReadModel:
    """A table of one row a person, and the file `read_models/<name>.sql` that gives its rows."""

    name: str

    @property
    def query(self) -> str:
        """The query over the facts of the persons in `people`."""
        return sql.text("projections", "read_models", self.name)


READ_MODELS = (ReadModel("profiles"), ReadModel("sessions"))
"""The one list of read models."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that the answers depend on (docs/definitions.md)."""

    session_timeout: Microseconds = 30 * 60 * 1_000_000

    def parameters(self) -> dict[str, Any]:
        """Return them as query parameters."""
        return {"session_timeout": self.session_timeout}


class Refresh:
    """Fills read models."""

    def __init__(self, warehouse: Warehouse, rules: Rules) -> None:
        self._warehouse = warehouse
        self._rules = rules

    def write(self, model: ReadModel, table: str, store: str, people: People) -> None:
        """Replace the rows of all given people in a table, with tombstones for the streams that are no customer."""
        if not people:
            return
        parameters = self._parameters(store)
        tables = [people_table(people)]
        self._warehouse.select(f"INSERT INTO {table} {model.query}", parameters, tables)
        self._warehouse.select(_TOMBSTONES.format(table=table), parameters, tables)

    def compute(
        self,
        model: ReadModel,
        store: str,
        people: People,
        as_of: Microseconds = FOR_EVER,
        known_at: Microseconds = FOR_EVER,
    ) -> list[dict[str, Any]]:
        """Return the rows of the given people as of then, without writing them."""
        parameters = {**time_parameters(store, as_of, known_at), **self._rules.parameters()}
        return self._warehouse.select_with_names(model.query, parameters, [people_table(people)])

    def _parameters(self, store: str) -> dict[str, Any]:
        return {**time_parameters(store), **self._rules.parameters()}


_TOMBSTONES = """
INSERT INTO {table} (store, customer_id, version, live)
SELECT {{store:String}}, stream, version, 0 FROM people
WHERE (stream, version) NOT IN (
    SELECT customer_id, version FROM {table}
    WHERE store = {{store:String}} AND live AND customer_id IN (SELECT stream FROM people)
)
"""


def refresh_all(refresh: Refresh, store: str, people: People, models: Iterable[ReadModel] = READ_MODELS) -> None:
    """Replace the rows of the given people in all live tables."""
    for model in models:
        refresh.write(model, model.name, store, people)
