"""The rules of the house that no linter knows: read from the source, so that they hold before anything runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("footfall", "ingest", "query_api", "aggregates", "projections", "schemas")
MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
SQL_FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.sql"))
LONGEST_MODULE = 400

DRIVERS = {
    "sqlite3": "sqlite",
    "clickhouse_driver": "clickhouse",
    "chdb": "chdb",
    "kafka": "kafka",
    "aiokafka": "kafka",
    "faust": "faust",
    "psycopg": "postgres",
    "zipstream": "zipstream",
}
"""A driver and the technology whose adapters alone may import it (design: `<technology>_<role>.py`)."""

EVENTSOURCING_STORES = {"eventsourcing.sqlite": "sqlite", "eventsourcing.postgres": "postgres"}
SQL_HEADER = ("-- purpose:", "-- grain:", "-- reader:", "-- writer:")
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "base", "misc"}
TEST_ONLY = {"tests", "benchmarks", "pytest", "hypothesis"}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield node.module or ""


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        yield from imported_names(node)


def technology_of(module: str) -> str | None:
    for name, technology in EVENTSOURCING_STORES.items():
        if module == name or module.startswith(name + "."):
            return technology
    return DRIVERS.get(module.partition(".")[0])


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_driver_is_imported_only_by_an_adapter_named_after_its_technology(path: Path) -> None:
    wrong = {
        module
        for module in imports(parse(path))
        if (technology := technology_of(module)) and not path.name.startswith(technology + "_")
    }
    assert not wrong, f"{relative(path)} imports {wrong}: only <technology>_<role>.py may"


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_no_import_stands_inside_a_function(path: Path) -> None:
    functions = [node for node in ast.walk(parse(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    wrong = {name for function in functions for name in imports(function)}
    assert not wrong


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_the_product_imports_nothing_of_its_tests(path: Path) -> None:
    wrong = {module for module in imports(parse(path)) if module.partition(".")[0] in TEST_ONLY}
    assert not wrong


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(parse(path)), f"{relative(path)} has no docstring"


@pytest.mark.parametrize("path", [*MODULES, *SQL_FILES], ids=relative)
def test_no_module_grows_into_two_things(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_no_module_has_a_name_that_says_nothing(path: Path) -> None:
    assert path.stem not in VAGUE_NAMES
    assert path.parent.name not in VAGUE_NAMES


@pytest.mark.parametrize("path", SQL_FILES, ids=relative)
def test_every_sql_file_opens_with_its_purpose_grain_reader_and_writer(path: Path) -> None:
    head = path.read_text(encoding="utf-8").split("\n\n")[0].splitlines()
    comments = [line for line in head if line.startswith("--")]
    missing = [field for field in SQL_HEADER if not any(line.startswith(field) for line in comments)]
    assert not missing, f"{relative(path)} lacks {missing}"


CLOCK = re.compile(r"\b(now|now64|today|yesterday|nowInBlock|UTCTimestamp)\s*\(", re.IGNORECASE)


@pytest.mark.parametrize("path", SQL_FILES, ids=relative)
def test_no_sql_reads_the_clock(path: Path) -> None:
    statements = re.sub(r"--[^\n]*", "", path.read_text(encoding="utf-8"))
    assert not CLOCK.search(statements), f"{relative(path)}: time is a parameter"


NOT_OURS = {"node_modules", "__pycache__", "build"}


def our_files(folder: Path = ROOT) -> Iterator[Path]:
    """Walk over what a repository carries: no environment, cache or data folder."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            hidden = path.name.startswith(".") and path.name != ".ci"
            if not hidden and path.name not in NOT_OURS and path.suffix != ".egg-info":
                yield from our_files(path)
        elif path.is_file():
            yield path


MACHINE_PATH = re.compile(rb"/(?:home|Users)/[a-z][\w.-]*/|/(?:work)/(?:main|shared)\b|/root/|/tmp/[a-z]\w+/")
REGISTRY_HOST = re.compile(
    rb"https?://[^\s\"']*(?:pypi|pythonhosted|npmjs|yarnpkg|artifactory|nexus)[^\s\"']*|--(?:extra-)?index-url[ =]"
)
OUR_PATTERNS = {"tests/architecture/test_modules.py"}
BINARY = {".gz", ".png", ".parquet", ".ico"}


def test_no_file_names_a_machine_or_a_registry() -> None:
    wrong = []
    for path in our_files():
        if path.suffix in BINARY or relative(path) in OUR_PATTERNS:
            continue
        content = path.read_bytes()
        wrong += [f"{relative(path)}: {match.group()!r}" for match in MACHINE_PATH.finditer(content)]
        wrong += [f"{relative(path)}: {match.group()!r}" for match in REGISTRY_HOST.finditer(content)]
    assert not wrong


def test_the_lock_holds_versions_and_hashes_only() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    pinned = re.findall(r"^\S+==[^\\]*\\$", lock, re.MULTILINE)
    named = re.findall(r"^[^\s#].*$", lock, re.MULTILINE)
    assert pinned == named
    assert lock.count("--hash=sha256:") >= len(pinned)


@pytest.mark.parametrize("folder", ["tests/clients/node", "ingest/snippet", "benchmarks/storefront"])
def test_a_node_lock_holds_versions_and_hashes_only(folder: str) -> None:
    lock = (ROOT / folder / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert lock.count('"integrity": "sha512-') >= lock.count('"node_modules/') > 0


def test_the_folders_are_those_of_the_design() -> None:
    python_folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert python_folders - {"tests", "benchmarks"} <= set(FOLDERS)
