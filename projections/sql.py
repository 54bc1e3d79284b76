"""Reads the SQL texts of the product: files with a header of comments."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files


@cache
def text(package: str, folder: str, name: str) -> str:
    """Return the query of `package/folder/name.sql`."""
    return _strip(_source(package, folder, name))


@cache
def script(package: str, folder: str, name: str) -> Sequence[str]:
    """Return the statements of `package/folder/name.sql`."""
    return tuple(statements(_source(package, folder, name)))


def statements(source: str) -> list[str]:
    """Return the statements of a file of several, header lines left out."""
    return [part.strip() for part in _strip(source).split(";\n") if part.strip()]


def _source(package: str, folder: str, name: str) -> str:
    return files(package).joinpath(folder, f"{name}.sql").read_text(encoding="utf-8")


def _strip(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not line.startswith("--")).strip().rstrip(";")
