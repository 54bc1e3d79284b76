"""An erasure knows every table."""

from __future__ import annotations

import re

from projections.clickhouse_migrations import migrations
from projections.removal import OF_FACTS, OF_NOBODY, OF_PERSONS

MADE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+)\s*\((.*?)\n\)", re.DOTALL)


def test_every_table_is_named_with_a_column_that_it_has() -> None:
    made = {name: columns for _, source in migrations() for name, columns in MADE.findall(source)}
    named = {**OF_FACTS, **OF_PERSONS}
    assert made.keys() | {"migrations"} == named.keys() | OF_NOBODY
    assert not named.keys() & OF_NOBODY
    for table, column in named.items():
        assert re.search(rf"^    {column} FixedString\(33\)", made[table], re.MULTILINE), f"{table} has no {column}"
