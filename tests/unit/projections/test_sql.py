"""The texts of SQL, read from files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from projections import sql
from projections.clickhouse_migrations import migrations
from projections.left_out import FACTS, OWNERS, Left

LAST_OF_VIEWS = 12
"""The migration that says what the views `facts` and `owners` are."""

ROOT = Path(__file__).resolve().parents[3]
COMPOSED = sorted(
    path
    for folder in ("projections/read_models", "projections/queries", "query_api/queries", "query_api/questions")
    for path in (ROOT / folder).glob("*.sql")
)

SCRIPTS = sorted((ROOT / "projections" / "workings").glob("*.sql"))


def loaded(path: Path) -> str:
    package, folder, name = path.relative_to(ROOT).parts
    return sql.text(package, folder, name.removesuffix(".sql"))


@pytest.mark.parametrize("path", COMPOSED, ids=lambda path: path.stem)
def test_a_text_begins_with_its_query_and_carries_no_header(path: Path) -> None:
    text = loaded(path)
    assert text.startswith(("SELECT", "WITH"))
    assert not re.search(r"^--", text, re.MULTILINE)
    assert not text.endswith(";")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_works_in_tables_of_its_session_alone(path: Path) -> None:
    made = {
        found.group(1)
        for script in SCRIPTS
        for found in re.finditer(r"^CREATE OR REPLACE TEMPORARY TABLE (\w+)$", script.read_text("utf-8"), re.MULTILINE)
    }
    for statement in sql.script("projections", "workings", path.stem):
        found = re.match(r"(CREATE OR REPLACE TEMPORARY TABLE|INSERT INTO) (\w+)", statement)
        assert found
        assert found.group(2) in made
        assert not re.search(r"^--", statement, re.MULTILINE)


def test_a_migration_is_split_into_its_statements() -> None:
    source = (
        "-- purpose: x\nCREATE TABLE a (b String COMMENT 'one; two');\n\n-- why\nCREATE TABLE c\n(\n    d Int8\n);\n"
    )
    assert sql.statements(source) == [
        "CREATE TABLE a (b String COMMENT 'one; two')",
        "CREATE TABLE c\n(\n    d Int8\n)",
    ]


def test_migrations_have_an_order_and_are_safe_to_run_twice() -> None:
    found = migrations()
    assert len({number for number, _ in found}) == len(found)
    for _, source in found:
        for statement in sql.statements(source):
            assert re.match(
                r"CREATE (OR REPLACE (VIEW|FUNCTION)|(TABLE|MATERIALIZED VIEW) IF NOT EXISTS) "
                r"|DROP (VIEW|FUNCTION) IF EXISTS "
                r"|INSERT INTO \w+\sSELECT DISTINCT "  # of a table in which a repeat replaces itself
                r"|ALTER TABLE \w+ (ADD COLUMN IF NOT EXISTS|MODIFY (COLUMN|QUERY))\s",
                statement,
            )


ASKING = sorted(path for path in [*COMPOSED, *SCRIPTS] if re.search(r"\banswered\b", path.read_text("utf-8")))


@pytest.mark.parametrize("path", ASKING, ids=lambda path: path.stem)
def test_a_text_that_asks_what_is_answered_is_told_it(path: Path) -> None:
    text = "\n".join(line for line in path.read_text("utf-8").splitlines() if not line.startswith("--"))
    told: dict[str, list[str]] = {"left_out": []}
    assert not re.search(r"\banswered\b", Left(told, is_refused=False).query(text)), "where nobody refused, all are"
    assert Left(told, is_refused=True).query(text).count("FROM withheld") == 1


def test_every_text_that_answers_asks_what_is_answered() -> None:
    assert {path.stem for path in ASKING} == {"affected", "facts", "funnel", "history", "why_facts"}


@pytest.mark.parametrize("name", ["facts", "owners"])
def test_what_takes_the_place_of_a_view_is_the_view_without_what_looks_up(name: str) -> None:
    (made,) = (
        statement
        for number, source in migrations()
        if number == LAST_OF_VIEWS
        for statement in sql.statements(source)
        if statement.startswith(f"CREATE OR REPLACE VIEW {name} AS\n")
    )
    view = re.sub(
        r"\n    AND concat\(\w+, \w+\) NOT IN \(\n        SELECT concat.*?'UTC'\)\}\)", "", made, flags=re.DOTALL
    )
    assert view.count("\n") < made.count("\n")
    assert view.removeprefix(f"CREATE OR REPLACE VIEW {name} AS\n") == sql.text("projections", "told", name)


def test_no_later_migration_makes_the_views_anew() -> None:
    made = r"CREATE OR REPLACE VIEW (facts|owners) AS"
    assert max(number for number, source in migrations() if re.search(made, source)) == LAST_OF_VIEWS


NAMED = sorted(
    path
    for folder in ("projections", "query_api", "footfall")
    for path in (ROOT / folder).rglob("*.sql")
    if path.parent.name != "migrations"
)


@pytest.mark.parametrize("path", NAMED, ids=lambda path: path.stem)
def test_a_text_names_the_views_as_they_are_replaced(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("facts(") == text.count(FACTS)
    assert text.count("owners(") == text.count(OWNERS)
