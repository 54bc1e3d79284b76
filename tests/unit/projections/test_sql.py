"""The texts of SQL: put together from files, by names that stand in their headers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from projections import sql
from projections.clickhouse_migrations import migrations
from projections.refresh import READ_MODELS, ReadModel

ROOT = Path(__file__).resolve().parents[3]
COMPOSED = sorted(
    path
    for folder in ("projections/read_models", "projections/queries", "query_api/queries", "query_api/questions")
    for path in (ROOT / folder).glob("*.sql")
)


def loaded(path: Path) -> str:
    package, folder, name = path.relative_to(ROOT).parts
    return sql.text(package, folder, name.removesuffix(".sql"))


@pytest.mark.parametrize("path", COMPOSED, ids=lambda path: path.stem)
def test_a_text_begins_with_its_query_and_carries_no_header(path: Path) -> None:
    text = loaded(path)
    assert text.startswith(("SELECT", "WITH"))
    assert not re.search(r"^--", text, re.MULTILINE)
    assert not text.endswith(";")


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.name)
def test_common_table_expressions_come_once_each_in_the_order_of_the_header(model: ReadModel) -> None:
    source = (ROOT / "projections" / "read_models" / f"{model.name}.sql").read_text("utf-8")
    header = re.search(r"^-- with: (.+)$", source, re.MULTILINE)
    assert header
    names = header.group(1).split(", ")
    text = model.query
    places = [text.index(f"{name} AS (") for name in names]
    assert places == sorted(places)
    assert text.startswith(f"WITH {names[0]} AS (\n")
    assert all(text.count(f"{name} AS (\n") == 1 for name in names)


def test_every_expression_that_an_expression_needs_stands_before_it() -> None:
    for cte in (ROOT / "projections" / "ctes").glob("*.sql"):
        needed = re.search(r"^-- with: (.+)$", cte.read_text("utf-8"), re.MULTILINE)
        for model in READ_MODELS:
            for name in needed.group(1).split(", ") if needed else []:
                if f"{cte.stem} AS (" in model.query:
                    assert model.query.index(f"{name} AS (") < model.query.index(f"{cte.stem} AS (")


def test_a_text_has_one_list_of_expressions_however_many_it_brings_itself() -> None:
    for path in COMPOSED:
        assert len(re.findall(r"^WITH", loaded(path), re.MULTILINE)) <= 1


def test_a_text_without_expressions_is_its_query() -> None:
    text = sql.text("projections", "queries", "all_owners")
    assert text.startswith("SELECT stream, customer_id")


def test_a_migration_is_split_into_its_statements() -> None:
    source = (
        "-- purpose: x\nCREATE TABLE a (b String COMMENT 'one; two');\n\n-- why\nCREATE TABLE c\n(\n    d Int8\n);\n"
    )
    assert sql.statements(source) == [
        "CREATE TABLE a (b String COMMENT 'one; two')",
        "CREATE TABLE c\n(\n    d Int8\n)",
    ]


def test_migrations_are_numbered_without_gaps_and_safe_to_run_twice() -> None:
    found = migrations()
    assert [number for number, _ in found] == list(range(1, len(found) + 1))
    for _, source in found:
        for statement in sql.statements(source):
            assert re.match(r"CREATE (OR REPLACE (VIEW|FUNCTION)|(TABLE|MATERIALIZED VIEW) IF NOT EXISTS) ", statement)
