"""Reads the SQL texts of the product: files with a header, put together by name, never by input.

A header line `-- with: a, b` puts the texts `projections/ctes/a.sql` and `b.sql` before a query as `WITH a AS (...)`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_WITH = re.compile(r"^-- with: (.+)$", re.MULTILINE)


@cache
def text(package: str, folder: str, name: str) -> str:
    """Return the query of `package/folder/name.sql` with the common table expressions that it names."""
    source = files(package).joinpath(folder, f"{name}.sql").read_text(encoding="utf-8")
    needed = _WITH.search(source)
    names = needed.group(1).split(", ") if needed else []
    expressions = ",\n".join(f"{cte} AS (\n{_body(cte)}\n)" for cte in names)
    body = _strip(source)
    if not names:
        return body
    # a body with expressions of its own goes on with them
    return (
        f"WITH {expressions},\n{body.removeprefix('WITH')}"
        if body.startswith("WITH")
        else f"WITH {expressions}\n{body}"
    )


def _body(cte: str) -> str:
    return _strip(files("projections").joinpath("ctes", f"{cte}.sql").read_text(encoding="utf-8"))


def _strip(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not line.startswith("--")).strip().rstrip(";")


def statements(source: str) -> list[str]:
    """Return the statements of a migration file, header lines left out."""
    return [part.strip() for part in _strip(source).split(";\n") if part.strip()]
